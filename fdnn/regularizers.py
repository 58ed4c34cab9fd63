"""Regularisers: what the cost has added to it so that weights stay small.

    J = (1/m) * sum_j L(a_j, y_j) + penalty(params)

Each is a frozen record of two pure functions, the penalty and its gradient.  Biases are not
penalised, and neither is anything else that stands in a column of its own: `Architecture.weights`
says which parameters are weights.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import attrs
import numpy as np

from fdnn.axes import Axes
from fdnn.errors import ArgumentError
from fdnn.guards import not_negative, positive, real, require_kind
from fdnn.keys import whole_number
from fdnn.matrix import Array, freeze
from fdnn.records import Grads, Params


class Regularizer(ABC):
    """What every regulariser offers; subclass it, frozen, to write your own."""

    name: ClassVar[str] = "unnamed"

    @abstractmethod
    def penalty(self, params: Params[*Axes], /) -> float:
        """What is added to the cost: a number from 0 on."""

    @abstractmethod
    def gradient(self, params: Params[*Axes], /) -> Grads[*Axes]:
        """The derivative of the penalty by the parameters."""


def _weights(params: Params[*Axes]) -> Array:
    require_kind("penalty", "params", params, Params, "initialize(architecture, rng=0) gives them")
    return params.weights.vector


def _grads(params: Params[*Axes], vector: Array) -> Grads[*Axes]:
    return Grads(params.architecture, freeze(vector.astype(params.dtype, copy=False)))


def _sum(values: Array) -> float:
    return float(np.sum(values, dtype=np.float64))


@attrs.frozen
class L2(Regularizer):
    """`strength / 2 * sum W^2`, whose gradient is `strength * W` (Krogh & Hertz 1991)."""

    strength: float = attrs.field(converter=real, validator=positive)
    name: ClassVar[str] = "l2"

    @classmethod
    def as_in_course(cls, lambd: float, examples: int) -> Self:
        """The course's `lambd / (2 m) * sum W^2`, for m examples."""
        m, total = whole_number("L2", "examples", examples, least=1), real(lambd)
        if not isinstance(total, float):
            raise ArgumentError("L2", f"lambd is {lambd!r}", "a positive number")
        return cls(total / m)

    def penalty(self, params: Params[*Axes], /) -> float:
        W = _weights(params)
        return 0.5 * self.strength * _sum(W * W)

    def gradient(self, params: Params[*Axes], /) -> Grads[*Axes]:
        """`strength * W`."""
        return _grads(params, self.strength * _weights(params))


@attrs.frozen
class L1(Regularizer):
    """`strength * sum |W|` (Tibshirani 1996); its gradient is `strength * sign(W)`, and 0 at 0."""

    strength: float = attrs.field(converter=real, validator=positive)
    name: ClassVar[str] = "l1"

    def penalty(self, params: Params[*Axes], /) -> float:
        return self.strength * _sum(np.abs(_weights(params)))

    def gradient(self, params: Params[*Axes], /) -> Grads[*Axes]:
        """`strength * sign(W)`."""
        return _grads(params, self.strength * np.sign(_weights(params)))


@attrs.frozen
class Elastic(Regularizer):
    """`l1 * sum |W| + l2 / 2 * sum W^2` (Zou & Hastie 2005)."""

    l1: float = attrs.field(converter=real, validator=not_negative)
    l2: float = attrs.field(converter=real, validator=not_negative)
    name: ClassVar[str] = "elastic"

    def __attrs_post_init__(self) -> None:
        if self.l1 == self.l2 == 0.0:
            raise ArgumentError("Elastic", "l1 and l2 are both 0", "one above 0", "or none at all")

    def penalty(self, params: Params[*Axes], /) -> float:
        W = _weights(params)
        return self.l1 * _sum(np.abs(W)) + 0.5 * self.l2 * _sum(W * W)

    def gradient(self, params: Params[*Axes], /) -> Grads[*Axes]:
        """`l1 * sign(W) + l2 * W`."""
        W = _weights(params)
        return _grads(params, self.l1 * np.sign(W) + self.l2 * W)


def require_penalty(where: str, penalty: Any) -> float:
    """The penalty as a number; refuse what a regulariser of the user's own gave otherwise."""
    given: object = penalty
    if not isinstance(given, (int, float, np.floating)):
        came = f"the penalty is {given!r}"
        raise ArgumentError(where, came, "a number")
    return float(penalty)

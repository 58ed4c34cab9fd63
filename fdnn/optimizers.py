"""Optimizers: from the gradient, the update that is added to the parameters.

Each is a frozen record of two pure functions, `init` and `update`.  `Params` and `Grads` are one
vector each, so an optimizer is a few lines of vector arithmetic that knows nothing of layers.
What it remembers between steps is an `OptimizerState`: how often it has updated, and as many
moments as it keeps, which are `Grads` themselves.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, TypeAlias

import attrs
import numpy as np

from fdnn.axes import Axes
from fdnn.errors import KindError
from fdnn.guards import fraction, real, require_kind, setters
from fdnn.keys import whole_number
from fdnn.matrix import Array, freeze
from fdnn.records import Architecture, Grads, OnArchitecture, Params
from fdnn.schedules import Scaled, Schedule, as_rate, rate_at, valid_rate


@attrs.frozen(repr=False, order=False)
class OptimizerState(OnArchitecture[*Axes]):
    """What an optimizer of `Params[*Axes]` remembers: its count of updates, and its moments."""

    architecture: Architecture[*Axes]
    count: int = 0
    moments: tuple[Grads[*Axes], ...] = ()

    def __attrs_post_init__(self) -> None:
        whole_number("OptimizerState", "count", self.count)
        object.__setattr__(self, "moments", tuple(self.moments))
        for moment in self.moments:
            require_kind("OptimizerState", "a moment", moment, Grads)
            why = "as the architecture has them"
            moment.require_architecture("OptimizerState", "a moment", self.architecture, why)

    def next(self, *moments: Grads[*Axes]) -> OptimizerState[*Axes]:
        """The state one update later, with these moments."""
        return OptimizerState(self.architecture, self.count + 1, moments)

    def over(self, moments: Sequence[Array]) -> OptimizerState[*Axes]:
        """The state one update later, with these vectors as moments, which are known to fit."""
        new = object.__new__(type(self))
        _set_architecture(new, self.architecture)
        _set_count(new, self.count + 1)
        pairs = zip(self.moments, moments, strict=True) if moments else ()
        _set_moments(new, tuple([moment.over(vector) for moment, vector in pairs]))
        return new

    def __repr__(self) -> str:
        axes = ", ".join(map(repr, self.axes))
        return f"OptimizerState[{axes}](count {self.count}, {len(self.moments)} moments)"


_set_architecture, _set_count, _set_moments = setters(OptimizerState)

StagedUpdate: TypeAlias = tuple[
    float, Callable[[Array, Array, tuple[Array, ...], int], tuple[Array, ...]]
]
"""A factor for the gradient, and `update(parameters, gradient, moments, count)`.

The update finds the gradient times the factor in `gradient`, leaves the new parameters in its
place, and returns the new moments in arrays of their own.
"""


class Optimizer(ABC):
    """What every optimizer offers; subclass it, frozen, to write your own."""

    name: ClassVar[str] = "unnamed"
    is_linear: ClassVar[bool] = False
    """Whether parameters, moments and gradient are only added, and multiplied with numbers that are
    the same for all parameters: then training can go by the span of the data (`fdnn.span`)."""

    @abstractmethod
    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        """The state before the first update."""

    @abstractmethod
    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        """What to add to the parameters, and the state after it."""

    def rate_at(self, count: int) -> float:
        """The rate of update number `count`, from 0: that of `rate`, or 1 where there is none.

        Raises `ArgumentError` beyond the end of a schedule.
        """
        return rate_at(getattr(self, "rate", 1.0), count)

    @property
    def end(self) -> int | None:
        """How many updates the schedule of the rate covers; None where that is any number."""
        rate: object = getattr(self, "rate", None)
        return rate.end if isinstance(rate, Schedule) else None

    def staged(self) -> StagedUpdate | None:
        """The update over flat arrays, in place: see `fdnn.plan`, whose fallback is `update`."""
        return None


def zero_moment(params: Params[*Axes]) -> Grads[*Axes]:
    """A moment that has seen nothing yet: the zero of the gradients' space."""
    require_kind("init", "params", params, Params)
    return Grads(params.architecture, freeze(np.zeros_like(params.vector)))


def start_with(moments: int, params: Params[*Axes]) -> OptimizerState[*Axes]:
    """The state before the first update, with so many moments that are zero."""
    zero = zero_moment(params)
    return OptimizerState(params.architecture, 0, (zero,) * moments)


def known_moments(
    where: str, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], n: int
) -> tuple[Grads[*Axes], ...]:
    """The n moments; refuse the parts of another network, and the state of another optimizer."""
    grads.require_architecture(where, "grads", params.architecture, "as params has them")
    state.require_architecture(where, "state", params.architecture, "as params has them")
    if len(state.moments) != n:
        came = f"the state has {len(state.moments)} moments"
        raise KindError(where, came, f"{n}", "it is of another optimizer")
    return state.moments


@attrs.frozen
class GradientDescent(Optimizer):
    """`W := W - rate * dW` (Cauchy 1847), the course's update."""

    rate: float | Schedule = attrs.field(converter=as_rate, validator=valid_rate)
    name: ClassVar[str] = "gradient_descent"
    is_linear: ClassVar[bool] = True

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return start_with(0, params)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        known_moments("GradientDescent", grads, state, params, 0)

        return -self.rate_at(state.count) * grads, state.next()


@attrs.frozen
class Momentum(Optimizer):
    """`v := beta * v + dW`, `W := W - rate * v` (Polyak 1964).

    The course's form, `v := beta * v + (1 - beta) * dW`, is the same with `rate * (1 - beta)`:
    `Momentum.as_in_course`.
    """

    rate: float | Schedule = attrs.field(converter=as_rate, validator=valid_rate)
    beta: float = attrs.field(default=0.9, converter=real, validator=fraction)
    name: ClassVar[str] = "momentum"
    is_linear: ClassVar[bool] = True

    @classmethod
    def as_in_course(cls, rate: float | Schedule, beta: float = 0.9) -> Momentum:
        """`v := beta * v + (1 - beta) * dW`, `W := W - rate * v`, of which `v` here is a multiple.

        The moment that is kept is `v / (1 - beta)` of the course.
        """
        share = 1.0 - cls(rate, beta).beta
        return cls(Scaled(rate, share) if isinstance(rate, Schedule) else rate * share, beta)

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return start_with(1, params)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        (v,) = known_moments("Momentum", grads, state, params, 1)
        v = self.beta * v + grads

        return -self.rate_at(state.count) * v, state.next(v)


@attrs.frozen
class Nesterov(Optimizer):
    """`v := beta * v + dW`, `W := W - rate * (dW + beta * v)` (Nesterov 1983; PyTorch's form).

    The gradient is that of where the parameters stand, and the step looks ahead along `v`.
    """

    rate: float | Schedule = attrs.field(converter=as_rate, validator=valid_rate)
    beta: float = attrs.field(default=0.9, converter=real, validator=fraction)
    name: ClassVar[str] = "nesterov"
    is_linear: ClassVar[bool] = True

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return start_with(1, params)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        (v,) = known_moments("Nesterov", grads, state, params, 1)
        v = self.beta * v + grads

        return -self.rate_at(state.count) * (grads + self.beta * v), state.next(v)

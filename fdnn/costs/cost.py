"""What a cost is: `J = (1/m) * sum_j w_j L(a_j, y_j)`, and its derivative by the logits."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import numpy as np

from fdnn.activations import Activation
from fdnn.axes import C, In, M, One, Out, R
from fdnn.errors import ArgumentError, DataError
from fdnn.guards import require_kind
from fdnn.matrix import Array, Matrix, mean, require_one_loss_each, size_of, to_numpy, unchecked
from fdnn.propagation import LayerCache, activation_backward


class Cost(ABC):
    """What every cost offers; subclass it, frozen, to write your own.

    A cost states the loss of each example and its derivative by the output; one with a link, the
    activation after which both are computed from the logits, states them by the logits too.
    `domain` is where an output must lie for the loss to exist.  `follows`, where a cost has it,
    says to the type checker which activation it is meant for.
    """

    name: ClassVar[str] = "unnamed"
    link: ClassVar[Activation | None] = None
    domain: ClassVar[tuple[float, float]] = (-math.inf, math.inf)

    @abstractmethod
    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        """`L(a_j, y_j)` of each example, from the output `A`."""

    @abstractmethod
    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        """`dL/dA`."""

    def losses_from_logits(self, Z: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        """`L(link(z_j), y_j)` of each example, from the logits `Z`."""
        return self.losses(Z if self.link is None else self.link(Z), Y)

    def derivative_from_logits(
        self, Z: Matrix[R, C], A: Matrix[R, C], Y: Matrix[R, C], /
    ) -> Matrix[R, C]:
        """`dL/dZ` through the link, given `A = link(Z)`; of a canonical link it is `A - Y`."""
        return A - Y

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        """Refuse labels that are none (`DataError`); by itself every number is one."""
        return

    def require(self, where: str, activation: Activation, Y: Matrix[Out, M], /) -> None:
        """Refuse labels that are none, and an activation whose values the cost has no loss for."""
        (low, high), (least, most) = activation.image, self.domain
        if low < least or high > most:
            came = f"the last activation, {activation.name}, gives values in [{low:g}, {high:g}]"
            raise ArgumentError(where, came, f"values in [{least:g}, {most:g}]", self.name)
        self.require_labels(where, Y)

    def value(
        self,
        last: LayerCache[In, Out, M],
        Y: Matrix[Out, M],
        weights: Matrix[One, M] | None = None,
        /,
    ) -> float:
        """`J = (1/m) * sum_j w_j L_j`, given what the last layer left; `w_j` is 1 by itself."""
        is_linked = last.activation == self.link
        L = self.losses_from_logits(last.Z, Y) if is_linked else self.losses(last.A, Y)

        if weights is None:
            return mean(L, last.Z)
        require_one_loss_each(L, last.Z)
        return mean(weighed(L, weights), last.Z)

    def gradient(
        self,
        last: LayerCache[In, Out, M],
        Y: Matrix[Out, M],
        weights: Matrix[One, M] | None = None,
        /,
    ) -> Matrix[Out, M]:
        """`dZ = dJ/dZ`: `w (A - Y) / m` through a canonical link, `g'(Z)^T dA` without one."""
        m = Y.shape[1]
        if last.activation == self.link:
            dL = self.derivative_from_logits(last.Z, last.A, Y)
            return (dL if weights is None else weighed(dL, weights)) / m

        dL = self.derivative(last.A, Y)
        return activation_backward(last, (dL if weights is None else weighed(dL, weights)) / m)

    def staged(self, Z: Array, Y: Array, dZ: Array, scale: float, /) -> Callable[[], float] | None:
        """Through the link, over buffers that are kept: fill `dZ` with `scale * dL/dZ`, return J.

        Where this is None, the plan calls the pure functions: see `fdnn.plan`.  So it does where
        the examples have weights, of which this knows nothing.
        """
        return None


def weighed(a: Matrix[R, C], weights: Matrix[One, C]) -> Matrix[R, C]:
    """`w_j a_ij`, which is 0 where `w_j` is, even for a loss or a slope that is infinite."""
    w = to_numpy(weights)
    with np.errstate(invalid="ignore"):  # 0 times infinity, which is not taken
        products = to_numpy(a) * w
    return unchecked(np.where(w > 0.0, products, w.dtype.type(0)), *size_of(a))


# ------------------------------------------------------------------------------- at a cost's door


def require_follows(cost: Cost, activation: Activation, kind: type[Activation]) -> None:
    """Refuse an activation that a cost is not meant to follow (`ArgumentError`)."""
    require_kind("follows", "activation", activation, Activation)
    if not isinstance(activation, kind):
        came = f"the last activation is {activation.name}"
        raise ArgumentError("follows", came, kind.__name__.lower(), cost.name)


def require_between(
    where: str, Y: Matrix[Out, M], least: float, most: float, expected: str, name: str
) -> None:
    """Refuse labels outside an interval (`DataError`)."""
    labels = to_numpy(Y)
    outside = (labels < least) | (labels > most)
    if outside.any():
        raise DataError(where, f"Y holds {labels[outside].flat[0]}", expected, name)


def require_distributions(where: str, Y: Matrix[Out, M], name: str) -> None:
    """Refuse columns that are no distributions over the classes (`DataError`)."""
    labels = to_numpy(Y)
    sums: Array = labels.sum(axis=0, dtype=np.float64)
    rounding = max(4, len(labels)) * np.finfo(labels.dtype).eps
    wrong = (np.abs(sums - 1.0) > rounding) | (np.min(labels, axis=0) < 0.0)
    if wrong.any():
        column = int(np.argmax(wrong))
        came = f"column {column} of Y sums to {sums[column]:.6g} or has a negative entry"
        raise DataError(where, came, "columns of labels from 0 on that sum to 1", name)

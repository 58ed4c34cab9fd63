"""Costs: `J = (1/m) * sum_j L(a_j, y_j)`, each with its canonical link.

The canonical link of a cost is the activation with which `dL/dZ = A - Y` exactly.  Where it is the
last activation, value and gradient are computed from the logits `Z`, and stay finite and accurate
for any finite logit; every other pairing takes the general path, `dZ = dA * g'(Z)`.  Predictions
and labels are both `(outputs, examples)`, and are never broadcast against each other.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import attrs
import numpy as np

from fdnn import matrix as mx
from fdnn.activations import Activation, identity, sigmoid, softmax
from fdnn.axes import C, In, M, One, Out, R
from fdnn.errors import ArgumentError, DataError
from fdnn.matrix import Array, Matrix, mean, to_numpy
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

    @abstractmethod
    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        """Refuse labels that are none (`DataError`)."""

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

        return mean(L if weights is None else L * weights)

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
            return (dL if weights is None else dL * weights) / m

        dL = self.derivative(last.A, Y)
        return activation_backward(last, (dL if weights is None else dL * weights) / m)

    def staged(self, Z: Array, Y: Array, dZ: Array, scale: float, /) -> Callable[[], float] | None:
        """Through the link, over buffers that are kept: fill `dZ` with `scale * (A - Y)`, return J.

        Where this is None, the plan calls the pure functions: see `fdnn.plan`.
        """
        return None


def _softplus(Z: Matrix[R, C]) -> Matrix[R, C]:
    """`log(1 + e^z)`, to the last digits for any `z`."""
    return mx.maximum(Z, 0.0) + mx.log1p(mx.exp(-mx.maximum(Z, -Z)))


def _times_log(Y: Matrix[R, C], A: Matrix[R, C]) -> Matrix[R, C]:
    """`y log a`, which is 0 where `y` is 0, even at `a = 0`."""
    return mx.where(Y > 0.0, Y * mx.log(mx.where(Y > 0.0, A, 1.0)), 0.0)


def _ratio(Y: Matrix[R, C], A: Matrix[R, C]) -> Matrix[R, C]:
    """`y / a`, which is 0 where `y` is 0, even at `a = 0`."""
    return Y / mx.where(Y > 0.0, A, 1.0)


@attrs.frozen
class BinaryCrossEntropy(Cost):
    """`L = -sum_i [y_i log a_i + (1 - y_i) log(1 - a_i)]`; labels in [0, 1], link sigmoid.

    From the logits, `L = sum_i [y_i s(-z_i) + (1 - y_i) s(z_i)]` with `s(z) = log(1 + e^z)`: two
    terms of one sign, so no digit cancels.
    """

    name: ClassVar[str] = "binary cross-entropy"
    link: ClassVar[Activation | None] = sigmoid
    domain: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return -mx.sum_rows(_times_log(Y, A) + _times_log(1.0 - Y, 1.0 - A))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        """`dL/dA = -(Y / A - (1 - Y) / (1 - A))`."""
        return _ratio(1.0 - Y, 1.0 - A) - _ratio(Y, A)

    def losses_from_logits(self, Z: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return mx.sum_rows(Y * _softplus(-Z) + (1.0 - Y) * _softplus(Z))

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        labels = to_numpy(Y)
        outside = (labels < 0.0) | (labels > 1.0)
        if outside.any():
            came = f"Y holds {labels[outside].flat[0]}"
            raise DataError(where, came, "labels between 0 and 1", self.name)


@attrs.frozen
class CategoricalCrossEntropy(Cost):
    """`L = -sum_i y_i log a_i` over the classes; labels one-hot or weights of sum 1; link softmax.

    From the logits, `-log a_i = (z_max - z_i) + log1p(sum of e^(z_k - z_max) over the others)`: two
    terms of one sign, so no digit cancels, however sure the network is.
    """

    name: ClassVar[str] = "categorical cross-entropy"
    link: ClassVar[Activation | None] = softmax
    domain: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return -mx.sum_rows(_times_log(Y, A))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        """`dL/dA = -Y / A`."""
        return -_ratio(Y, A)

    def losses_from_logits(self, Z: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        below = Z - mx.max_rows(Z)
        others = mx.where(mx.mask_of_max(Z), 0.0, mx.exp(below))
        return -mx.sum_rows(Y * (below - mx.log1p(mx.sum_rows(others))))

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        labels = to_numpy(Y)
        sums: Array = labels.sum(axis=0, dtype=np.float64)
        rounding = max(4, len(labels)) * np.finfo(labels.dtype).eps
        wrong = (np.abs(sums - 1.0) > rounding) | (np.min(labels, axis=0) < 0.0)
        if wrong.any():
            column = int(np.argmax(wrong))
            came = f"column {column} of Y sums to {sums[column]:.6g} or has a negative entry"
            raise DataError(where, came, "columns of labels from 0 on that sum to 1", self.name)


@attrs.frozen
class SquaredError(Cost):
    """`L = 1/2 * sum_i (a_i - y_i)^2`; any labels, link identity.

    The metric `mean_squared_error` has neither the half nor the sum over outputs.
    """

    name: ClassVar[str] = "squared error"
    link: ClassVar[Activation | None] = identity

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        D = A - Y
        return mx.sum_rows(D * D) * 0.5

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        """`dL/dA = A - Y`."""
        return A - Y

    def losses_from_logits(self, Z: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return self.losses(Z, Y)

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        """Every number is a label."""


binary_cross_entropy: BinaryCrossEntropy = BinaryCrossEntropy()
categorical_cross_entropy: CategoricalCrossEntropy = CategoricalCrossEntropy()
squared_error: SquaredError = SquaredError()

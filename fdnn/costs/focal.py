"""Focal costs: cross-entropies in which what is classified well counts less.

A loss `-log p` is multiplied by `(1 - p)^gamma` (Lin, Goyal, Girshick, He & Dollar 2017); gamma 0
is the cross-entropy itself.  Their `alpha` is a weight of the examples (`Batch.weights`).
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import attrs

from fdnn import matrix as mx
from fdnn.activations import Activation, Sigmoid, Softmax, sigmoid, softmax
from fdnn.axes import C, M, One, Out, R
from fdnn.costs.cost import Cost, require_between, require_distributions, require_follows
from fdnn.costs.cross_entropy import log_softmax, softplus
from fdnn.errors import ArgumentError
from fdnn.guards import real
from fdnn.matrix import Matrix


def _from_zero(record: object, field: Any, value: Any) -> None:
    """The validator of a field that must be a number from 0 on."""
    if not (isinstance(value, float) and math.isfinite(value) and value >= 0.0):
        came = f"{field.name} is {value!r}"
        raise ArgumentError(type(record).__name__, came, "a number from 0 on")


def _loss(A: Matrix[R, C], gamma: float) -> Matrix[R, C]:
    """`-(1 - a)^gamma log a`."""
    return -(mx.power(1.0 - A, gamma) * mx.log(A))


def _slope(A: Matrix[R, C], rest: Matrix[R, C], log: Matrix[R, C], gamma: float) -> Matrix[R, C]:
    """`(1 - a)^gamma - gamma a (1 - a)^(gamma - 1) log a`, given `1 - a` and `log a`.

    It is `-a` times the derivative of the loss of `a`.  At `a = 1`, `log a / (1 - a)` is -1.
    """
    near = mx.where(rest > 0.0, log / mx.where(rest > 0.0, rest, 1.0), -1.0)
    return mx.power(rest, gamma) * (1.0 - gamma * (A * near))


@attrs.frozen
class BinaryFocal(Cost):
    """`L = -sum_i [y (1 - a)^gamma log a + (1 - y) a^gamma log(1 - a)]`; labels in [0, 1].

    Computed from the logits after sigmoid, as `-log a = s(-z)` and `1 - a = e^-s(z)` with
    `s(z) = log(1 + e^z)`.
    """

    gamma: float = attrs.field(default=2.0, converter=real, validator=_from_zero)
    name: ClassVar[str] = "binary focal"
    link: ClassVar[Activation | None] = sigmoid
    domain: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        is_1, is_0 = Y > 0.0, Y < 1.0
        of_1 = mx.where(is_1, Y * _loss(mx.where(is_1, A, 1.0), self.gamma), 0.0)
        of_0 = mx.where(is_0, (1.0 - Y) * _loss(1.0 - mx.where(is_0, A, 0.0), self.gamma), 0.0)
        return mx.sum_rows(of_1 + of_0)

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        """`dL/dA = (1 - Y) f(1 - A) - Y f(A)`.

        `f(a) = (1 - a)^gamma / a - gamma (1 - a)^(gamma - 1) log a`.
        """
        A_1, A_0 = mx.where(Y > 0.0, A, 1.0), mx.where(Y < 1.0, 1.0 - A, 1.0)
        f_1 = _slope(A_1, 1.0 - A_1, mx.log(A_1), self.gamma) / A_1
        f_0 = _slope(A_0, 1.0 - A_0, mx.log(A_0), self.gamma) / A_0
        return (1.0 - Y) * f_0 - Y * f_1

    def losses_from_logits(self, Z: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        of_1, of_0 = softplus(-Z), softplus(Z)
        wrong_1, wrong_0 = mx.exp(of_0 * -self.gamma), mx.exp(of_1 * -self.gamma)
        return mx.sum_rows(Y * (wrong_1 * of_1) + (1.0 - Y) * (wrong_0 * of_0))

    def derivative_from_logits(
        self, Z: Matrix[R, C], A: Matrix[R, C], Y: Matrix[R, C], /
    ) -> Matrix[R, C]:
        """`dL/dZ = (1 - Y) f(1 - A) - Y f(A)`.

        `f(a) = (1 - a)^gamma (1 - a - gamma a log a)`.
        """
        of_1, of_0, rest = softplus(-Z), softplus(Z), sigmoid(-Z)
        up = mx.exp(of_1 * -self.gamma) * (A + rest * (of_0 * self.gamma))
        down = mx.exp(of_0 * -self.gamma) * (rest + A * (of_1 * self.gamma))
        return (1.0 - Y) * up - Y * down

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        require_between(where, Y, 0.0, 1.0, "labels between 0 and 1", self.name)

    def follows(self, activation: Sigmoid, /) -> None:
        """The type checker refuses another activation, and so does this (`ArgumentError`)."""
        require_follows(self, activation, Sigmoid)


@attrs.frozen
class CategoricalFocal(Cost):
    """`L = -sum_i y_i (1 - a_i)^gamma log a_i`; labels one-hot or weights of sum 1.

    Computed from the logits after softmax, where `1 - a_i` is the share of the others, added up
    without `a_i`, so that no digit cancels.
    """

    gamma: float = attrs.field(default=2.0, converter=real, validator=_from_zero)
    name: ClassVar[str] = "categorical focal"
    link: ClassVar[Activation | None] = softmax
    domain: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        is_1 = Y > 0.0
        return mx.sum_rows(mx.where(is_1, Y * _loss(mx.where(is_1, A, 1.0), self.gamma), 0.0))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        """`dL/dA = -Y f(A)`, `f(a) = (1 - a)^gamma / a - gamma (1 - a)^(gamma - 1) log a`."""
        A_1 = mx.where(Y > 0.0, A, 1.0)
        return -(Y * (_slope(A_1, 1.0 - A_1, mx.log(A_1), self.gamma) / A_1))

    def losses_from_logits(self, Z: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return -mx.sum_rows(Y * (mx.power(_rest_of_softmax(Z), self.gamma) * log_softmax(Z)))

    def derivative_from_logits(
        self, Z: Matrix[R, C], A: Matrix[R, C], Y: Matrix[R, C], /
    ) -> Matrix[R, C]:
        """`dL/dZ_k = a_k sum_(i != k) h_i - h_k (1 - a_k)`, with `h = -A dL/dA`."""
        rest = _rest_of_softmax(Z)
        H = Y * _slope(A, rest, log_softmax(Z), self.gamma)
        return -(A * (H - mx.sum_rows(H)) + H * rest)

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        require_distributions(where, Y, self.name)

    def follows(self, activation: Softmax, /) -> None:
        """The type checker refuses another activation, and so does this (`ArgumentError`)."""
        require_follows(self, activation, Softmax)


def _rest_of_softmax(Z: Matrix[R, C]) -> Matrix[R, C]:
    """`1 - a`, where `r` is the sum of `e^(z_k - z_max)` over all k but that of `z_max`.

    It is `r / (1 + r)` at `z_max`; elsewhere `(1 + r - e^(z_i - z_max)) / (1 + r)`, over 1/2.
    """
    is_max = mx.mask_of_max(Z)
    others = mx.where(is_max, 0.0, mx.exp(Z - mx.max_rows(Z)))
    total = mx.sum_rows(others)
    return mx.where(is_max, total, 1.0 - (others - total)) / (total + 1.0)


binary_focal: BinaryFocal = BinaryFocal()
categorical_focal: CategoricalFocal = CategoricalFocal()

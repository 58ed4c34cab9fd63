"""Costs of numbers: how far the outputs are from the labels, or from the counts they foretell."""

from __future__ import annotations

import math
from typing import ClassVar

import attrs

from fdnn import matrix as mx
from fdnn.activations import Activation, Exponential, exponential, identity
from fdnn.axes import C, M, One, Out, R
from fdnn.costs.cost import Cost, require_between, require_follows
from fdnn.costs.cross_entropy import ratio, times_log
from fdnn.guards import positive, real, require_kind
from fdnn.matrix import Matrix


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

    def follows(self, activation: Activation, /) -> None:
        """Every activation; what is none is refused (`KindError`)."""
        require_kind("follows", "activation", activation, Activation)


@attrs.frozen
class AbsoluteError(Cost):
    """`L = sum_i |a_i - y_i|`; any labels.

    Its derivative at `a = y` is taken to be 0.  The metric `mean_absolute_error` is the mean over
    the outputs, not their sum.
    """

    name: ClassVar[str] = "absolute error"

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        D = A - Y
        return mx.sum_rows(mx.maximum(D, -D))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        """`dL/dA = sign(A - Y)`."""
        return mx.sign(A - Y)

    def follows(self, activation: Activation, /) -> None:
        """Every activation; what is none is refused (`KindError`)."""
        require_kind("follows", "activation", activation, Activation)


@attrs.frozen
class Huber(Cost):
    """`L = sum_i h(a_i - y_i)` (Huber 1964); any labels.

    `h(d) = d^2 / 2` up to `|d| = delta`, and `delta (|d| - delta / 2)` beyond.  With `c`
    the difference `d` clipped to `[-delta, delta]`, `h = c (d - c / 2)` and `h' = c`.
    """

    delta: float = attrs.field(default=1.0, converter=real, validator=positive)
    name: ClassVar[str] = "huber"

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        D = A - Y
        clipped = self.derivative(A, Y)
        return mx.sum_rows(clipped * (D - clipped * 0.5))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        """`dL/dA`: `A - Y`, clipped to `[-delta, delta]`."""
        return mx.maximum(-mx.maximum(Y - A, -self.delta), -self.delta)

    def follows(self, activation: Activation, /) -> None:
        """Every activation; what is none is refused (`KindError`)."""
        require_kind("follows", "activation", activation, Activation)


@attrs.frozen
class Poisson(Cost):
    """`L = sum_i (a_i - y_i log a_i)`; labels are counts, from 0 on; link exponential.

    It is `-log P(y | a)` of the Poisson distribution of mean `a`, less `log y!`, which does not
    depend on the network (McCullagh & Nelder 1989), and so may be negative.  From the logits,
    `L = sum_i (e^z_i - y_i z_i)`.
    """

    name: ClassVar[str] = "Poisson"
    link: ClassVar[Activation | None] = exponential
    domain: ClassVar[tuple[float, float]] = (0.0, math.inf)

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return mx.sum_rows(A - times_log(Y, A))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        """`dL/dA = 1 - Y / A`."""
        return 1.0 - ratio(Y, A)

    def losses_from_logits(self, Z: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return mx.sum_rows(mx.exp(Z) - Y * Z)

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        require_between(where, Y, 0.0, math.inf, "counts, from 0 on", self.name)

    def follows(self, activation: Exponential, /) -> None:
        """The type checker refuses another activation, and so does this (`ArgumentError`)."""
        require_follows(self, activation, Exponential)


squared_error: SquaredError = SquaredError()
absolute_error: AbsoluteError = AbsoluteError()
huber: Huber = Huber()
poisson: Poisson = Poisson()

"""Cross-entropies, and what is less: the costs of probabilities, through sigmoid and softmax."""

from __future__ import annotations

from typing import ClassVar

import attrs

from fdnn import matrix as mx
from fdnn.activations import Activation, Sigmoid, Softmax, sigmoid, softmax
from fdnn.axes import C, M, One, Out, R
from fdnn.costs.cost import Cost, require_between, require_distributions, require_follows
from fdnn.matrix import Matrix


def softplus(Z: Matrix[R, C]) -> Matrix[R, C]:
    """`log(1 + e^z)`, to the last digits for any `z`."""
    return mx.maximum(Z, 0.0) + mx.log1p(mx.exp(-mx.maximum(Z, -Z)))


def log_softmax(Z: Matrix[R, C]) -> Matrix[R, C]:
    """`log a_i = (z_i - z_max) - log1p(sum of e^(z_k - z_max) over all k but that of z_max)`.

    Two terms of one sign, so no digit cancels.
    """
    below = Z - mx.max_rows(Z)
    others = mx.where(mx.mask_of_max(Z), 0.0, mx.exp(below))
    return below - mx.log1p(mx.sum_rows(others))


def times_log(Y: Matrix[R, C], A: Matrix[R, C]) -> Matrix[R, C]:
    """`y log a`, which is 0 where `y` is 0, even at `a = 0`."""
    return mx.where(Y > 0.0, Y * mx.log(mx.where(Y > 0.0, A, 1.0)), 0.0)


def ratio(Y: Matrix[R, C], A: Matrix[R, C]) -> Matrix[R, C]:
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
        return -mx.sum_rows(times_log(Y, A) + times_log(1.0 - Y, 1.0 - A))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        """`dL/dA = -(Y / A - (1 - Y) / (1 - A))`."""
        return ratio(1.0 - Y, 1.0 - A) - ratio(Y, A)

    def losses_from_logits(self, Z: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return mx.sum_rows(Y * softplus(-Z) + (1.0 - Y) * softplus(Z))

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        require_between(where, Y, 0.0, 1.0, "labels between 0 and 1", self.name)

    def follows(self, activation: Sigmoid, /) -> None:
        """The type checker refuses another activation, and so does this (`ArgumentError`)."""
        require_follows(self, activation, Sigmoid)


@attrs.frozen
class CategoricalCrossEntropy(Cost):
    """`L = -sum_i y_i log a_i` over the classes; labels one-hot or weights of sum 1; link softmax.

    From the logits no digit cancels, however sure the network is: see `log_softmax`.
    """

    name: ClassVar[str] = "categorical cross-entropy"
    link: ClassVar[Activation | None] = softmax
    domain: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return -mx.sum_rows(times_log(Y, A))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        """`dL/dA = -Y / A`."""
        return -ratio(Y, A)

    def losses_from_logits(self, Z: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return -mx.sum_rows(Y * log_softmax(Z))

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        require_distributions(where, Y, self.name)

    def follows(self, activation: Softmax, /) -> None:
        """The type checker refuses another activation, and so does this (`ArgumentError`)."""
        require_follows(self, activation, Softmax)


@attrs.frozen
class KLDivergence(Cost):
    """`L = sum_i y_i log(y_i / a_i)` (Kullback & Leibler 1951); labels distributions; link softmax.

    It is the categorical cross-entropy less the entropy of the labels, so it has the same gradient,
    and is 0 where the network gives the labels themselves; but for rounding, it is never negative.
    """

    name: ClassVar[str] = "KL divergence"
    link: ClassVar[Activation | None] = softmax
    domain: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return mx.sum_rows(times_log(Y, Y) - times_log(Y, A))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        """`dL/dA = -Y / A`."""
        return -ratio(Y, A)

    def losses_from_logits(self, Z: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return mx.sum_rows(times_log(Y, Y) - Y * log_softmax(Z))

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        require_distributions(where, Y, self.name)

    def follows(self, activation: Softmax, /) -> None:
        """The type checker refuses another activation, and so does this (`ArgumentError`)."""
        require_follows(self, activation, Softmax)


binary_cross_entropy: BinaryCrossEntropy = BinaryCrossEntropy()
categorical_cross_entropy: CategoricalCrossEntropy = CategoricalCrossEntropy()
kl_divergence: KLDivergence = KLDivergence()

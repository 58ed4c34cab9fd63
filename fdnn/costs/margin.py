"""The hinge: classes kept apart by a margin, as in support vector machines."""

from __future__ import annotations

from typing import ClassVar

import attrs

from fdnn import matrix as mx
from fdnn.activations import Activation, Identity
from fdnn.axes import C, M, One, Out, R
from fdnn.costs.cost import Cost, require_follows
from fdnn.errors import ArgumentError, DataError
from fdnn.matrix import Matrix, to_numpy


@attrs.frozen
class Hinge(Cost):
    """`L = sum_i max(0, 1 - s_i a_i)`, `s = 2 y - 1` (Cortes & Vapnik 1995); labels are 0 or 1.

    Meant for the identity: the sign of an output says the class.  Of several outputs, each tells
    one class from the rest.  The derivative at the margin, `s a = 1`, is taken to be 0.
    """

    name: ClassVar[str] = "hinge"

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        S = Y * 2.0 - 1.0
        return mx.sum_rows(mx.maximum(1.0 - S * A, 0.0))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        """`dL/dA = -s` where `s a < 1`, and 0 elsewhere."""
        S = Y * 2.0 - 1.0
        return mx.where(S * A < 1.0, -S, 0.0)

    def require(self, where: str, activation: Activation, Y: Matrix[Out, M], /) -> None:
        """Refuse labels that are none, and an activation that cannot say no."""
        low, high = activation.image
        if low >= 0.0 or high <= 0.0:
            came = f"the last activation, {activation.name}, gives values in [{low:g}, {high:g}]"
            raise ArgumentError(where, came, "values of both signs", self.name)
        self.require_labels(where, Y)

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        labels = to_numpy(Y)
        wrong = (labels != 0.0) & (labels != 1.0)
        if wrong.any():
            raise DataError(where, f"Y holds {labels[wrong].flat[0]}", "labels 0 and 1", self.name)

    def follows(self, activation: Identity, /) -> None:
        """The type checker refuses another activation, and so does this (`ArgumentError`)."""
        require_follows(self, activation, Identity)


hinge: Hinge = Hinge()

"""The dense layer: `Z = W A + b`, the linear part of the course's layer."""

from __future__ import annotations

from typing import Self

import attrs

from fdnn import matrix as mx
from fdnn.activations import Activation, identity
from fdnn.axes import ONE, Biased, Dim, In, M, One, Out, biased
from fdnn.errors import DtypeError
from fdnn.guards import require_kind
from fdnn.initializers import Initializer, suited_to
from fdnn.keys import Context, Key
from fdnn.matrix import Matrix
from fdnn.propagation import Cache
from fdnn.records import Layer


def dense(
    inputs: Dim[In],
    outputs: Dim[Out],
    activation: Activation = identity,
    initializer: Initializer | None = None,
) -> Dense[In, Out]:
    """A dense layer without numbers yet, from which `>>` makes an architecture.

    Without an `initializer`, the one suited to the activation draws the weights.
    """
    for argument, size in (("inputs", inputs), ("outputs", outputs)):
        require_kind("dense", argument, size, Dim, "write Dim[Pixel](12288)")
    return Dense(inputs, outputs, mx.blank(outputs, biased(inputs)), activation, initializer)


def dense_of(
    W: Matrix[Out, In], b: Matrix[Out, One], activation: Activation = identity
) -> Dense[In, Out]:
    """The dense layer with these weights `W`, `(Out, In)`, and this bias `b`, `(Out, 1)`."""
    mx.require_matrix("dense_of", "W", W)
    outputs, inputs = mx.size_of(W)
    mx.require_matrix("dense_of", "b", b, outputs, ONE, "b has one number for each row of W")
    if b.dtype != W.dtype:
        raise DtypeError("dense_of", f"b has dtype {b.dtype}", str(W.dtype), "which W has")

    return Dense(inputs, outputs, mx.beside(W, b), activation)


@attrs.frozen(order=False)
class Dense(Layer[In, Out]):
    """Every output is a weighted sum of all inputs, plus a bias; then the activation.

    `W`, `(Out, In)`, and `b`, `(Out, 1)`, are kept side by side in one array `[W | b]`.
    """

    inputs: Dim[In]
    outputs: Dim[Out]
    Wb: Matrix[Out, Biased[In]]
    activation: Activation = identity
    initializer: Initializer | None = None

    def __attrs_post_init__(self) -> None:
        if self.initializer is not None:
            require_kind("Dense", "initializer", self.initializer, Initializer)
        super().__attrs_post_init__()

    @property
    def W(self) -> Matrix[Out, In]:
        """The weights, `(Out, In)`."""
        return mx.weights(self.Wb)

    @property
    def b(self) -> Matrix[Out, One]:
        """The bias, `(Out, 1)`."""
        return mx.bias(self.Wb)

    @property
    def axes(self) -> tuple[Dim[In], Dim[Out]]:
        """`(In, Out)`."""
        return self.inputs, self.outputs

    def initialized(self, key: Key, /) -> Self:
        """`W` from the initialiser, and `b = 0`."""
        draw = self.initializer or suited_to(self.activation)
        W = draw(key, self.outputs, self.inputs)
        mx.require_matrix("initialize", f"W from {draw.name}", W, self.outputs, self.inputs)

        return attrs.evolve(self, Wb=mx.beside(W, mx.zeros(self.outputs, ONE)))

    def forward(
        self, A: Matrix[In, M], _context: Context, /
    ) -> tuple[Matrix[Out, M], LinearCache[In, Out, M]]:
        """`Z = W A + b`."""
        Z = self.W @ A + self.b

        return Z, LinearCache(A, self)


@attrs.frozen(eq=False, repr=False)
class LinearCache(Cache[In, Out, M]):
    """What `Z = W A + b` leaves for the way back: `A`, `(In, examples)`, and the layer."""

    A: Matrix[In, M]
    layer: Dense[In, Out]

    def __attrs_post_init__(self) -> None:
        mx.require_matrix(
            "LinearCache", "A", self.A, self.layer.inputs, None, "as the layer has it"
        )
        super().__attrs_post_init__()

    def gradient(self, dZ: Matrix[Out, M], /) -> Dense[In, Out]:
        """`dW = dZ A^T` and `db = sum_j dZ_j`; the course's `1/m` is in `dZ`, from the cost."""
        dW = dZ @ self.A.T
        db = mx.sum_columns(dZ)

        return attrs.evolve(self.layer, Wb=mx.beside(dW, db))

    def backward(self, dZ: Matrix[Out, M], /) -> tuple[Dense[In, Out], Matrix[In, M]]:
        """`dW`, `db`, and `dA = W^T dZ` for the layer before."""
        dA = self.layer.W.T @ dZ

        return self.gradient(dZ), dA

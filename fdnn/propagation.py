"""The two folds: forward through the layers, and backward through what they left behind.

Forward threads the activations `A` from left to right, and every layer leaves one cache.  Backward
threads the gradient `dA` from right to left through those caches, and every cache leaves the
gradient of its layer.  Neither fold asks what kind a layer is.

Begin with `layer_forward` and `layer_backward`.  The first `dZ`, of the last layer, is the cost's:
`(A - Y) / m` through its own link (`fdnn.costs`), which is where the `1/m` is.  The pullback of an
activation is the way back through it, `dZ = dA * g'(Z)` (`fdnn.activations`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, Protocol

import attrs

from fdnn.activations import Activation
from fdnn.axes import Dim, In, M, Out
from fdnn.errors import DtypeError, ShapeError
from fdnn.guards import Record
from fdnn.keys import Context
from fdnn.matrix import Matrix, sealed


class LayerLike(Protocol[In, Out]):
    """What the folds ask of a layer: its map, and the activation that follows."""

    @property
    def activation(self) -> Activation:
        """`g`."""
        ...

    @property
    def axes(self) -> tuple[Dim[In], Dim[Out]]:
        """The sizes of its inputs and outputs."""
        ...

    @property
    def arrays(self) -> tuple[Matrix[Any, Any], ...]:
        """The layer's numbers."""
        ...

    def forward(
        self, A: Matrix[In, M], context: Context, /
    ) -> tuple[Matrix[Out, M], Cache[In, Out, M]]:
        """`Z`, and what the way back needs."""
        ...


class Cache(Record, ABC, Generic[In, Out, M]):
    """What the parametrised part of a layer leaves behind for the way back.

    A kind's own cache is an attrs record; its matrices are made read-only when it is built.
    """

    @abstractmethod
    def backward(self, dZ: Matrix[Out, M], /) -> tuple[LayerLike[In, Out], Matrix[In, M]]:
        """The gradient, a record of the layer's own kind, and `dA` of the layer's input."""

    def gradient(self, dZ: Matrix[Out, M], /) -> LayerLike[In, Out]:
        """The gradient alone; a kind overrides it where that saves work in the first layer."""
        return self.backward(dZ)[0]


@attrs.frozen(eq=False, repr=False)
class LayerCache(Record, Generic[In, Out, M]):
    """What a whole layer leaves behind: the cache of its map, `Z`, and `A = g(Z)`."""

    linear: Cache[In, Out, M]
    activation: Activation
    Z: Matrix[Out, M]
    A: Matrix[Out, M]


# --------------------------------------------------------------------------------------- one layer


def layer_forward(
    layer: LayerLike[In, Out], A_prev: Matrix[In, M], context: Context
) -> LayerCache[In, Out, M]:
    """`Z = W A_prev + b`, or what the layer's kind has in its place; then `A = g(Z)`."""
    Z, linear = layer.forward(A_prev, context)
    Z = sealed(Z)
    A = sealed(layer.activation(Z))
    expected = (layer.axes[1], A_prev.shape[1])
    if not A.shape == Z.shape == expected:
        came = f"from A_prev of shape {A_prev.shape} came Z of {Z.shape} and A of {A.shape}"
        raise ShapeError("forward", came, f"both of {expected}", repr(layer))
    if min(Z.dtype.itemsize, A.dtype.itemsize) < A_prev.dtype.itemsize:
        came = f"from A_prev of {A_prev.dtype} came Z of {Z.dtype} and A of {A.dtype}"
        raise DtypeError("forward", came, f"no lower precision than {A_prev.dtype}", repr(layer))

    return LayerCache(linear, layer.activation, Z, A)


def layer_backward(
    cache: LayerCache[In, Out, M], dA: Matrix[Out, M]
) -> tuple[LayerLike[In, Out], Matrix[In, M]]:
    """`dZ = dA * g'(Z)`; then `dW`, `db` and `dA_prev`, or what the layer's kind has there."""
    dZ = activation_backward(cache, dA)

    return cache.linear.backward(dZ)


def activation_backward(cache: LayerCache[In, Out, M], dA: Matrix[Out, M]) -> Matrix[Out, M]:
    """`dZ = dA * g'(Z)`, or `g'(Z)^T dA` where `g` is not elementwise."""
    shape = cache.Z.shape
    if dA.shape != shape:
        raise ShapeError("backward", f"dA has shape {dA.shape}", f"{shape}", "as Z has it")
    dZ = cache.activation.pullback(dA, cache.Z, cache.A)
    if dZ.shape != shape:
        raise ShapeError("backward", f"dZ has shape {dZ.shape}", f"{shape}", "as Z has it")

    return dZ


# ---------------------------------------------------------------------------------------- the folds


def forward(
    layers: Sequence[LayerLike[Any, Any]], X: Matrix[Any, M], context: Context
) -> tuple[LayerCache[Any, Any, M], ...]:
    """`A0 = X`; `A_l = g_l(W_l A_(l-1) + b_l)` for `l = 1 ... L`: the caches of all layers."""
    A = X
    caches: list[LayerCache[Any, Any, M]] = []

    for place, layer in enumerate(layers):
        cache = layer_forward(layer, A, context.at(place))
        A = cache.A
        caches.append(cache)

    return tuple(caches)


def backward(
    caches: Sequence[LayerCache[Any, Any, M]], dZ: Matrix[Any, M]
) -> tuple[tuple[LayerLike[Any, Any], ...], Matrix[Any, M]]:
    """From `dZ` of the last layer, the gradients of all layers, and `dX`."""
    gradient, dA = caches[-1].linear.backward(dZ)
    gradients = [gradient]

    for cache in reversed(caches[:-1]):
        gradient, dA = layer_backward(cache, dA)
        gradients.append(gradient)

    return tuple(reversed(gradients)), dA


def gradients(
    caches: Sequence[LayerCache[Any, Any, M]], dZ: Matrix[Any, M]
) -> tuple[LayerLike[Any, Any], ...]:
    """The gradients that `backward` gives, without the work of `dX`, which nobody asked for."""
    first, *rest = caches
    if not rest:
        return (first.linear.gradient(dZ),)

    later, dA = backward(rest, dZ)
    dZ = activation_backward(first, dA)

    return (first.linear.gradient(dZ), *later)

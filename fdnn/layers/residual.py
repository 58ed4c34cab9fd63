"""Residual blocks: `Z = A + chain(A)` (He et al. 2016).

A chain that starts and ends on one axis is itself a layer; with the input added, what it learns is
a change, and the gradient has a way past it.  `residual(hidden)(dense(hidden, deep, relu) >>
dense(deep, hidden))` is a layer from `Hidden` to `Hidden`, and may be a part of another such chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, Self

import attrs

from fdnn import matrix as mx
from fdnn import propagation
from fdnn.activations import Activation, identity
from fdnn.axes import Dim, F, M, describe, same_axis
from fdnn.errors import AxisError, DtypeError, ShapeError
from fdnn.guards import require_kind
from fdnn.keys import INFERENCE, Context, Key
from fdnn.matrix import Matrix
from fdnn.propagation import Cache, LayerCache, LayerLike
from fdnn.records import Architecture, Layer, chain


def residual(features: Dim[F], activation: Activation = identity) -> ResidualOf[F]:
    """`residual(hidden)(block)`: the layer `Z = A + block(A)` on the axis `hidden`.

    The block is a layer or an architecture that starts and ends there.
    """
    require_kind("residual", "features", features, Dim, "write Dim[Hidden](20)")
    return ResidualOf(features, activation)


@attrs.frozen(order=False)
class ResidualOf(Generic[F]):
    """What makes a residual layer of a block; see `residual`."""

    features: Dim[F]
    activation: Activation = identity

    @property
    def axes(self) -> tuple[Dim[F]]:
        """`(F,)`."""
        return (self.features,)

    def __call__(self, block: Architecture[F, *tuple[Any, ...], F] | Layer[F, F], /) -> Residual[F]:
        """The layer `Z = A + block(A)`, blank as an architecture is.

        Raises `ShapeError` or `AxisError` for a block that does not start and end on the axis.
        """
        whole = chain(block) if isinstance(block, Layer) else block
        return Residual(self.features, whole, self.activation)


@attrs.frozen(order=False)
class Residual(Layer[F, F]):
    """`Z = A + block(A)`, then the activation, which is the identity unless given.

    `numbers` are the arrays of the block's layers, one after the other.  In the block each layer
    has its own place, and so its own draws, beyond the place of this layer.

    The way back: `Z` is a sum, so `dZ` goes back both ways, through the block by the fold itself,
    and past it: `dA = dZ + (dA of the block)`.
    """

    features: Dim[F]
    block: Architecture[*tuple[Any, ...]]
    activation: Activation = identity
    numbers: tuple[Matrix[Any, Any], ...] = ()

    def __attrs_post_init__(self) -> None:
        require_kind("Residual", "features", self.features, Dim, "write Dim[Hidden](20)")
        require_kind("Residual", "block", self.block, Architecture, "or a layer")
        first, last = self.block.axes[0], self.block.axes[-1]
        if not (same_axis(first, self.features) and same_axis(last, self.features)):
            is_size = not int(first) == int(last) == int(self.features)
            axes = f"from {describe((first,))} to {describe((last,))}"
            expected = f"from {describe((self.features,))} to {describe((self.features,))}"
            kind = ShapeError if is_size else AxisError
            raise kind("residual", f"the block goes {axes}", expected, "Z = A + block(A)")

        blanks = [array for layer in self.block.layers for array in layer.arrays]
        numbers = self._owned(tuple(self.numbers) or tuple(blanks), blanks)
        object.__setattr__(self, "numbers", numbers)
        super().__attrs_post_init__()

    def _owned(
        self, arrays: Sequence[Matrix[Any, Any]], blanks: Sequence[Matrix[Any, Any]]
    ) -> tuple[Matrix[Any, Any], ...]:
        """The arrays, read-only; refuse those that are not as the block has them."""
        if len(arrays) != len(blanks):
            why = f"as {self.block!r} has them"
            raise ShapeError("Residual", f"there are {len(arrays)} arrays", f"{len(blanks)}", why)
        for array, blank in zip(arrays, blanks, strict=True):
            why = f"as {self.block!r} has it"
            mx.require_matrix("Residual", "an array", array, *mx.size_of(blank), why)
        dtypes = sorted({str(array.dtype) for array in arrays if not mx.is_blank(array)})
        if len(dtypes) > 1:
            raise DtypeError("Residual", f"arrays have dtypes {' and '.join(dtypes)}", "one dtype")
        return tuple(map(mx.owned, arrays))

    @property
    def axes(self) -> tuple[Dim[F], Dim[F]]:
        """`(F, F)`."""
        return self.features, self.features

    @property
    def arrays(self) -> tuple[Matrix[Any, Any], ...]:
        """The parameters, `numbers`."""
        return self.numbers

    @property
    def layers(self) -> tuple[Layer[Any, Any], ...]:
        """The layers of the block, with their arrays."""
        rest = iter(self.numbers)
        return tuple(layer.over([next(rest) for _ in layer.arrays]) for layer in self.block.layers)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Those of the layers of the block, with their places, which count from 1."""
        return tuple(
            f"{name} of layer {place} of the block"
            for place, layer in enumerate(self.block.layers, start=1)
            for name in layer.parameter_names
        )

    @property
    def weight_columns(self) -> tuple[int, ...]:
        """Those of the layers of the block."""
        return tuple(columns for layer in self.block.layers for columns in layer.weight_columns)

    @property
    def settings(self) -> dict[str, Any]:
        """The axis, the block without numbers, and the activation."""
        return {"features": self.features, "block": self.block, "activation": self.activation}

    def replace(self, arrays: Iterable[Matrix[Any, Any]], /) -> Self:
        """The same layer with other parameters."""
        return type(self)(**self.settings, numbers=tuple(arrays))

    def over(self, arrays: Iterable[Matrix[Any, Any]], /) -> Self:
        """`replace` for arrays that are known to fit."""
        new = object.__new__(type(self))
        for name, value in {**self.settings, "numbers": tuple(arrays)}.items():
            object.__setattr__(new, name, value)
        return new

    def initialized(self, key: Key, /) -> Self:
        """Each layer of the block draws its own numbers, at the key of its place."""
        return self.with_layers([x.initialized(key.at(l)) for l, x in enumerate(self.block.layers)])

    def calibrated(self, inputs: Iterable[Matrix[F, M]], /) -> Self:
        """Each layer of the block sees what those before it, already calibrated, make of it."""
        return self.with_layers(calibrated_in_turn(self.layers, inputs))

    def with_layers(self, layers: Sequence[LayerLike[Any, Any]]) -> Self:
        """The same layer with the arrays of other layers of the block."""
        return self.replace([array for layer in layers for array in layer.arrays])

    def forward(
        self, A: Matrix[F, M], context: Context, /
    ) -> tuple[Matrix[F, M], ResidualCache[F, M]]:
        """`Z = A + block(A)`."""
        caches = propagation.forward(self.layers, A, context)
        change: Matrix[F, M] = caches[-1].A

        return A + change, ResidualCache(caches, self)

    def __reduce__(self) -> tuple[object, ...]:
        is_blank = any(mx.is_blank(array) for array in self.numbers)
        numbers = () if is_blank else self.numbers
        return type(self), (self.features, self.block, self.activation, numbers)


@attrs.frozen(eq=False, repr=False)
class ResidualCache(Cache[F, F, M]):
    """What a residual layer leaves for the way back: the caches of its block, and itself."""

    caches: tuple[LayerCache[Any, Any, M], ...]
    layer: Residual[F]

    def gradient(self, dZ: Matrix[F, M], /) -> Residual[F]:
        """The gradients of the layers of the block."""
        into = propagation.activation_backward(self.caches[-1], dZ)
        return self.layer.with_layers(propagation.gradients(self.caches, into))

    def backward(self, dZ: Matrix[F, M], /) -> tuple[Residual[F], Matrix[F, M]]:
        """The gradients of the layers of the block, and `dA = dZ + (dA of the block)`."""
        into = propagation.activation_backward(self.caches[-1], dZ)
        gradients, dA = propagation.backward(self.caches, into)

        return self.layer.with_layers(gradients), dZ + dA


# -------------------------------------------------------------------------------------- calibration


def calibrated_in_turn(
    layers: Sequence[Layer[Any, Any]], inputs: Iterable[Matrix[Any, Any]]
) -> tuple[Layer[Any, Any], ...]:
    """Each layer calibrated on what those before it, already calibrated, make of the inputs."""
    done: list[Layer[Any, Any]] = []
    for layer in layers:
        done.append(layer.calibrated(Activations(tuple(done), inputs)))
    return tuple(done)


@attrs.frozen(eq=False)
class Activations:
    """What layers make of some inputs, in inference; made anew each time that it is gone through.

    A layer that learns nothing of its inputs does not go through it, and then nothing is computed.
    """

    layers: tuple[Layer[Any, Any], ...]
    inputs: Iterable[Matrix[Any, Any]]

    def __iter__(self) -> Iterator[Matrix[Any, Any]]:
        for A in self.inputs:
            yield propagation.forward(self.layers, A, INFERENCE)[-1].A if self.layers else A

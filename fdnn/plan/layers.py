"""Staged forms of the maps of layers: `Z` from `A`, and from `dZ` the gradient and `dA`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

import attrs
import numpy as np

from fdnn.keys import Context
from fdnn.layers.dense import Dense
from fdnn.layers.dropout import Dropout
from fdnn.layers.normalization import BatchNorm, LayerNorm, require_several
from fdnn.layers.residual import Residual
from fdnn.matrix import Array, freeze, to_numpy, unnamed
from fdnn.plan.activations import staged_activation, works_in_place
from fdnn.plan.buffers import Axis, Scratch, hidden_axis, own_form, pair_of, put
from fdnn.propagation import Cache
from fdnn.records import Layer

T = TypeVar("T")


@attrs.frozen(eq=False)
class Map:
    """The two ways of a map; `draws` where it must be told the context of each step.

    It draws numbers, or does in training what it does not do in inference.
    """

    forward: Callable[[Sequence[Array], Context], object]
    backward: Callable[[Sequence[Array], Sequence[Array]], object]
    draws: bool


Forward: TypeAlias = Callable[[Sequence[Array], Context], object]
Backward: TypeAlias = Callable[[Sequence[Array], Sequence[Array]], object]


def staged_map(layer: Layer[Any, Any], below: Axis, Z: Array, dZ: Array) -> Map:
    """Both ways of a layer's map, by its own staged form, by ours, or by its pure functions."""
    form = STAGED.get(type(layer))
    if form is not None:
        return form(layer, below, Z, dZ)
    own = own_form(layer, ("forward",), below.A, Z, dZ, below.dA)
    return _pure(layer, below, Z, dZ) if own is None else Map(*pair_of(layer, own), draws=True)


def every_layer(layers: Sequence[Layer[Any, Any]]) -> Iterator[Layer[Any, Any]]:
    """The layers and, after each residual one, the layers of its block."""
    for layer in layers:
        yield layer
        if isinstance(layer, Residual):
            yield from every_layer(layer.block.layers)


def is_our_map(layer: Layer[Any, Any]) -> bool:
    """Whether the map of a layer, its block aside, is fdnn's own, whose way back is linear."""
    return type(layer) in STAGED


def _dense(_: Dense[Any, Any], below: Axis, Z: Array, dZ: Array) -> Map:
    """`Z = [W | b] [A; 1]`, `[dW | db] = dZ [A; 1]^T`, `[dA; .] = [W | b]^T dZ`: a product each."""
    biased = below.biased
    forward = _forward_turned if _is_tall(biased, Z) else _forward
    gradient = _gradient_turned if _is_thin(biased, Z) else _gradient

    return Map(forward(biased, Z), _with_dA(gradient(biased, dZ), dZ, below.dA_biased), draws=False)


def _forward(biased: Array, Z: Array) -> Forward:
    def forward(arrays: Sequence[Array], _context: Context) -> None:
        arrays[0].dot(biased, Z)

    return forward


def _gradient(biased: Array, dZ: Array) -> Backward:
    biased_T, dot = biased.T, dZ.dot

    def gradient(_arrays: Sequence[Array], gradients: Sequence[Array]) -> None:
        dot(biased_T, gradients[0])

    return gradient


# Some products are faster by more than it takes to turn one matrix, by figures that belong to the
# BLAS and not to the mathematics: measured with OpenBLAS 0.3 on AVX-512.


def _is_tall(biased: Array, Z: Array) -> bool:
    """Whether `Z^T` is found sooner: many inputs that lie by examples, in single precision."""
    lies_by_examples = biased.flags.f_contiguous
    return lies_by_examples and Z.itemsize == 4 and biased.shape[0] >= 8 * Z.shape[0]


def _forward_turned(biased: Array, Z: Array) -> Forward:
    by_examples = np.empty(Z.T.shape, Z.dtype)
    turned, dot, copyto = by_examples.T, biased.T.dot, np.copyto

    def forward(arrays: Sequence[Array], _context: Context) -> None:
        dot(arrays[0].T, by_examples)
        copyto(Z, turned)

    return forward


def _is_thin(biased: Array, Z: Array) -> bool:
    """Whether `dW` is found sooner from `A` by examples: where `A` is small, and `W` is not."""
    lies_by_units = biased.flags.c_contiguous
    return lies_by_units and 2048 < biased.size <= 8448 and Z.shape[0] >= 32


def _gradient_turned(biased: Array, dZ: Array) -> Backward:
    by_examples = np.empty(biased.T.shape, biased.dtype)
    turned, dot, copyto = by_examples.T, dZ.dot, np.copyto

    def gradient(_arrays: Sequence[Array], gradients: Sequence[Array]) -> None:
        copyto(turned, biased)
        dot(by_examples, gradients[0])

    return gradient


def _with_dA(gradient: Backward, dZ: Array, dA_biased: Array | None) -> Backward:
    if dA_biased is None:
        return gradient

    def backward(arrays: Sequence[Array], gradients: Sequence[Array]) -> None:
        gradient(arrays, gradients)
        arrays[0].T.dot(dZ, dA_biased)

    return backward


# ----------------------------------------------------------------------------------------- dropout


def _dropout(layer: Dropout[Any], below: Axis, Z: Array, dZ: Array) -> Map:
    """`Z = A * mask`, `dA = dZ * mask`; nothing is drawn in inference, where `Z = A`."""
    A, dA = below.A, below.dA
    drawn, is_heard, mask = np.empty(A.shape, A.dtype), np.empty(A.shape, bool), np.empty_like(Z)
    rate, scale = np.array(layer.rate, A.dtype), np.array(layer.scale, A.dtype)
    precision: Any = "float32" if A.itemsize == 4 else "float64"
    greater_equal, multiply, copyto = np.greater_equal, np.multiply, np.copyto

    def forward(_arrays: Sequence[Array], context: Context) -> None:
        if not context.training:
            copyto(Z, A)
            return
        context.generator().random(dtype=precision, out=drawn)
        greater_equal(drawn, rate, is_heard)
        multiply(is_heard, scale, mask)
        multiply(A, mask, Z)

    def backward(_arrays: Sequence[Array], _gradients: Sequence[Array]) -> None:
        if dA is not None:
            multiply(dZ, mask, dA)

    return Map(forward, backward, draws=True)


# ----------------------------------------------------------------------------------- normalisation


def _batch_norm(layer: BatchNorm[Any], below: Axis, Z: Array, dZ: Array) -> Map:
    """`Z = gain * N + shift`; `dA = gain / s * (dZ - (dshift + N * dgain) / m)`.

    In that form of the way back the means are those that the gradient needs anyhow.
    """
    A, dA = below.A, below.dA
    units, m = A.shape
    N, room = np.empty_like(A), np.empty_like(Z)
    ones = np.ones(m, A.dtype)
    mean, variance, slope, part = (np.empty((units, 1), A.dtype) for _ in range(4))
    flat_mean, flat_variance = mean.reshape(-1), variance.reshape(-1)
    count, epsilon = np.array(m, A.dtype), np.array(layer.epsilon, A.dtype)
    add, subtract, multiply, divide, sqrt = np.add, np.subtract, np.multiply, np.divide, np.sqrt

    def forward(arrays: Sequence[Array], context: Context) -> None:
        gain, shift = arrays[0], arrays[1]
        if context.training:
            require_several(m)
            A.dot(ones, flat_mean)
            divide(mean, count, mean)
            subtract(A, mean, N)
            multiply(N, N, room)
            room.dot(ones, flat_variance)
            divide(variance, count, variance)
            add(variance, epsilon, slope)
        else:
            layer.over([unnamed(array) for array in arrays]).require_statistics("forward")
            subtract(A, arrays[2], N)
            add(arrays[3], epsilon, slope)
        sqrt(slope, slope)
        divide(N, slope, N)
        divide(gain, slope, slope)
        multiply(N, gain, Z)
        add(Z, shift, Z)

    def backward(_arrays: Sequence[Array], gradients: Sequence[Array]) -> None:
        dgain, dshift, dmean, dvariance = gradients
        multiply(dZ, N, room)
        room.dot(ones, dgain.reshape(-1))
        dZ.dot(ones, dshift.reshape(-1))
        dmean.fill(0.0)
        dvariance.fill(0.0)
        if dA is None:
            return
        divide(dgain, count, part)
        multiply(N, part, room)
        divide(dshift, count, part)
        add(room, part, room)
        subtract(dZ, room, dA)
        multiply(dA, slope, dA)

    return Map(forward, backward, draws=True)


def _layer_norm(layer: LayerNorm[Any], below: Axis, Z: Array, dZ: Array) -> Map:
    """`Z = gain * N + shift`; `dA = (gain * dZ - mean(gain * dZ) - N * mean(gain * dZ * N)) / s`.

    The means over the units are products with a row: `gain^T dZ / n`, `gain^T (dZ * N) / n`.
    """
    A, dA = below.A, below.dA
    units, m = A.shape
    N, room = np.empty_like(A), np.empty_like(Z)
    by_unit, by_example = np.ones(units, A.dtype), np.ones(m, A.dtype)
    row, slope = np.empty(m, A.dtype), np.empty(m, A.dtype)
    count, epsilon, one = (np.array(x, A.dtype) for x in (units, layer.epsilon, 1.0))
    add, subtract, multiply, divide, sqrt = np.add, np.subtract, np.multiply, np.divide, np.sqrt

    def forward(arrays: Sequence[Array], _context: Context) -> None:
        gain, shift = arrays
        by_unit.dot(A, row)
        divide(row, count, row)
        subtract(A, row, N)
        multiply(N, N, room)
        by_unit.dot(room, slope)
        divide(slope, count, slope)
        add(slope, epsilon, slope)
        sqrt(slope, slope)
        divide(one, slope, slope)
        multiply(N, slope, N)
        multiply(N, gain, Z)
        add(Z, shift, Z)

    def backward(arrays: Sequence[Array], gradients: Sequence[Array]) -> None:
        gain, (dgain, dshift) = arrays[0], gradients
        multiply(dZ, N, room)
        room.dot(by_example, dgain.reshape(-1))
        dZ.dot(by_example, dshift.reshape(-1))
        if dA is None:
            return
        flat = gain.reshape(-1)
        flat.dot(room, row)
        divide(row, count, row)
        multiply(N, row, room)
        multiply(dZ, gain, dA)
        subtract(dA, room, dA)
        flat.dot(dZ, row)
        divide(row, count, row)
        subtract(dA, row, dA)
        multiply(dA, slope, dA)

    return Map(forward, backward, draws=False)


# ----------------------------------------------------------------------------- chains and residuals


Parameters: TypeAlias = Sequence[Sequence[Array]]
"""The arrays of each layer."""


@attrs.frozen(eq=False)
class Chain:
    """Both ways through layers, from the axis below to the axis `after`, where `dA` comes in."""

    forward: Callable[[Parameters, Context], object]
    backward: Callable[[Parameters, Parameters], object]
    after: Axis
    draws: bool


def staged_chain(
    layers: Sequence[Layer[Any, Any]],
    below: Axis,
    scratch: Scratch,
    first_map: Callable[[Axis, Array, Array], Map] | None = None,
) -> Chain:
    """The two folds over layers; `first_map` in place of the first map."""
    m, dtype = below.A.shape[1], below.A.dtype
    there: list[tuple[Callable[[Sequence[Array], Context], object], Callable[[], object]]] = []
    back: list[
        tuple[Callable[[Sequence[Array], Sequence[Array]], object], Callable[[], object]]
    ] = []
    draws = False
    for place, layer in enumerate(layers):
        after = hidden_axis(int(layer.axes[1]), m, dtype)
        A, dA = after.A, after.dA
        Z = A if works_in_place(layer.activation) else np.empty_like(A)
        assert dA is not None

        is_other = place == 0 and first_map is not None
        make = first_map if is_other and first_map is not None else map_of(layer)
        linear = make(below, Z, dA)
        activate, pull_back = staged_activation(layer.activation, Z, A, dA, scratch)
        there.append((placed(linear.forward, linear.draws, place), activate))
        back.insert(0, (linear.backward, pull_back))
        draws, below = draws or linear.draws, after
    last = len(layers) - 1

    def forward(parameters: Parameters, context: Context) -> None:
        for (forward, activate), arrays in zip(there, parameters, strict=False):
            forward(arrays, context)
            activate()

    def backward(parameters: Parameters, gradients: Parameters) -> None:
        earlier = zip(back, parameters[last::-1], gradients[last::-1], strict=False)
        for (backward, pull_back), arrays, gradient in earlier:
            pull_back()
            backward(arrays, gradient)

    return Chain(forward, backward, below, draws)


def map_of(layer: Layer[Any, Any]) -> Callable[[Axis, Array, Array], Map]:
    """What makes the staged map of a layer."""
    return lambda below, Z, dZ: staged_map(layer, below, Z, dZ)


def placed(
    forward: Callable[[Sequence[Array], Context], T], draws: bool, place: int
) -> Callable[[Sequence[Array], Context], T]:
    """The way there of the layer at this place, which has its own key where it draws."""
    if not draws:
        return forward
    return lambda arrays, context: forward(arrays, context.at(place))


def _residual(layer: Residual[Any], below: Axis, Z: Array, dZ: Array) -> Map:
    """`Z = A + block(A)`, `dA = dZ + (dA of the block)`, which the block leaves in its place."""
    layers, A, dA = layer.block.layers, below.A, below.dA
    largest = max(int(inner.axes[1]) for inner in layers)
    block = staged_chain(layers, below, Scratch(largest * A.shape[1], A.dtype))
    through, back, change, into = block.forward, block.backward, block.after.A, block.after.dA
    assert into is not None
    cuts = [slice(*cut) for cut in pairwise(accumulate([0, *(len(x.arrays) for x in layers)]))]
    add, copyto = np.add, np.copyto

    def forward(arrays: Sequence[Array], context: Context) -> None:
        through([arrays[cut] for cut in cuts], context)
        add(A, change, Z)

    def backward(arrays: Sequence[Array], gradients: Sequence[Array]) -> None:
        copyto(into, dZ)
        back([arrays[cut] for cut in cuts], [gradients[cut] for cut in cuts])
        if dA is not None:
            add(dA, dZ, dA)

    return Map(forward, backward, block.draws)


STAGED: Mapping[type[Layer[Any, Any]], Callable[[Any, Axis, Array, Array], Map]] = MappingProxyType(
    {
        Dense: _dense,
        Dropout: _dropout,
        BatchNorm: _batch_norm,
        LayerNorm: _layer_norm,
        Residual: _residual,
    }
)


# -------------------------------------------------------------------------- kinds of the user's own


def _pure(layer: Layer[Any, Any], below: Axis, Z: Array, dZ: Array) -> Map:
    """The pure functions of a kind without a staged form."""
    A, pure_dZ, dA = freeze(below.A[...]), freeze(dZ[...]), below.dA
    left: list[Cache[Any, Any, Any]] = []

    def forward(arrays: Sequence[Array], context: Context) -> None:
        whole = layer.over([unnamed(freeze(array[...])) for array in arrays])
        given, cache = whole.forward(unnamed(A[...]), context)
        put(to_numpy(given), Z)
        left[:] = [cache]

    def backward(_arrays: Sequence[Array], gradients: Sequence[Array]) -> None:
        (cache,) = left
        if dA is None:
            gradient = cache.gradient(unnamed(pure_dZ[...]))
        else:
            gradient, given = cache.backward(unnamed(pure_dZ[...]))
            put(to_numpy(given), dA)
        for given, into in zip(gradient.arrays, gradients, strict=True):
            put(to_numpy(given), into)

    return Map(forward, backward, draws=True)

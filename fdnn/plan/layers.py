"""Staged forms of the maps of layers: `Z` from `A`, and from `dZ` the gradient and `dA`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import attrs
import numpy as np

from fdnn.keys import Context
from fdnn.layers.dense import Dense
from fdnn.matrix import Array, freeze, to_numpy, unnamed
from fdnn.plan.buffers import Axis, own_form, pair_of, put
from fdnn.propagation import Cache
from fdnn.records import Layer


@attrs.frozen(eq=False)
class Map:
    """The two ways of a map; `draws` where it must be told the context of each step."""

    forward: Callable[[Sequence[Array], Context], object]
    backward: Callable[[Sequence[Array], Sequence[Array]], object]
    draws: bool


Forward: TypeAlias = Callable[[Sequence[Array], Context], object]
Backward: TypeAlias = Callable[[Sequence[Array], Sequence[Array]], object]


def staged_map(layer: Layer[Any, Any], below: Axis, Z: Array, dZ: Array) -> Map:
    """Both ways of a layer's map, by its own staged form, by ours, or by its pure functions."""
    if type(layer) is Dense:
        return _dense(below, Z, dZ)
    own = own_form(layer, ("forward",), below.A, Z, dZ, below.dA)
    return _pure(layer, below, Z, dZ) if own is None else Map(*pair_of(layer, own), draws=True)


def _dense(below: Axis, Z: Array, dZ: Array) -> Map:
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

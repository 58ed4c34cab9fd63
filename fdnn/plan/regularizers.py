"""Staged forms of the regularisers: the penalty, and its gradient added to that of the cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import attrs
import numpy as np

from fdnn.axes import Axes
from fdnn.errors import Misfit
from fdnn.matrix import Array
from fdnn.plan.buffers import BLOCK, PART, blocks
from fdnn.records import Architecture, Grads, Params
from fdnn.regularizers import L1, L2, Elastic, Regularizer, require_penalty

Arrays: TypeAlias = Sequence[Sequence[Array]]

Squares: TypeAlias = Callable[[Array], float]
"""The sum of the squares of the first layer's weights, given its array."""


@attrs.frozen(eq=False)
class Penalty:
    """`value(params, arrays)`, and `add(params, arrays, grads, gradients, factor)`.

    The second adds the gradient of the penalty times the factor to what stands in `grads`, of which
    `gradients` are the arrays.
    """

    value: Callable[[Params[*tuple[Any, ...]], Arrays], float]
    add: Callable[[Params[*tuple[Any, ...]], Arrays, Array, Arrays, float], object]


def staged_regularizer(
    regularizer: Regularizer,
    architecture: Architecture[*Axes],
    dtype: np.dtype[Any],
    first: Squares | None = None,
) -> Penalty:
    """The penalty, by ours or by its pure functions; `first` has the squares of the first layer."""
    kind: object = type(regularizer)
    if isinstance(regularizer, L2) and kind is L2:
        return _elastic(0.0, regularizer.strength, architecture, dtype, first)
    if isinstance(regularizer, L1) and kind is L1:
        return _elastic(regularizer.strength, 0.0, architecture, dtype, first)
    if isinstance(regularizer, Elastic) and kind is Elastic:
        return _elastic(regularizer.l1, regularizer.l2, architecture, dtype, first)
    return _pure(regularizer)


def _elastic(
    l1: float,
    l2: float,
    architecture: Architecture[*Axes],
    dtype: np.dtype[Any],
    first: Squares | None,
) -> Penalty:
    places = [
        (layer, array, kind.arrays[array].shape, leading)
        for layer, kind in enumerate(architecture.layers)
        for array, leading in enumerate(kind.weight_columns)
        if leading > 0
    ]
    sums = [
        _sums(l1, l2, shape, leading, dtype) if first is None or layer > 0 else _first_of(first, l2)
        for layer, _, shape, leading in places
    ]
    adds = [_add(l1, l2, shape, leading, dtype) for *_, shape, leading in places]

    def value(_params: Params[*tuple[Any, ...]], arrays: Arrays) -> float:
        total = 0.0
        for (layer, array, *_), sum_of in zip(places, sums, strict=True):
            total += sum_of(arrays[layer][array])
        return total

    def add(
        _params: Params[*tuple[Any, ...]],
        arrays: Arrays,
        _grads: Array,
        gradients: Arrays,
        factor: float,
    ) -> None:
        for (layer, array, *_), add_to in zip(places, adds, strict=True):
            add_to(arrays[layer][array], gradients[layer][array], factor)

    return Penalty(value, add)


def _first_of(squares: Squares, l2: float) -> Callable[[Array], float]:
    return lambda array: 0.5 * l2 * squares(array)


def _sums(
    l1: float, l2: float, shape: tuple[int, ...], columns: int, dtype: np.dtype[Any]
) -> Callable[[Array], float]:
    """Row by row, and then the rows in double precision."""
    height = max(1, PART // columns)
    absolute, add, dot, room = np.absolute, np.add, np.vecdot, np.empty((height, columns), dtype)
    by_row, ones = np.empty(shape[0], dtype), np.ones(columns, dtype)

    def sum_of(array: Array) -> float:
        W, penalty = array[:, :columns], 0.0
        if l2 > 0.0:
            dot(W, W, by_row)
            penalty += 0.5 * l2 * float(add.reduce(by_row, dtype="float64"))
        if l1 > 0.0:
            for start in range(0, len(W), height):
                some = W[start : start + height]
                part = room[: len(some)]
                absolute(some, part)
                part.dot(ones, by_row[start : start + height])
            penalty += l1 * float(add.reduce(by_row, dtype="float64"))
        return penalty

    return sum_of


def _add(
    l1: float, l2: float, shape: tuple[int, ...], columns: int, dtype: np.dtype[Any]
) -> Callable[[Array, Array, float], object]:
    """To all numbers, which lie side by side; what is no weight is put back as it was."""
    room = np.empty(min(math.prod(shape), BLOCK), dtype)
    apart = np.empty((shape[0], shape[1] - columns), dtype)
    multiply, sign, add, copyto = np.multiply, np.sign, np.add, np.copyto

    def add_to(array: Array, gradient: Array, factor: float) -> None:
        lasso, ridge = np.array(factor * l1, dtype), np.array(factor * l2, dtype)
        others = gradient[:, columns:]
        copyto(apart, others)
        for W, dW in blocks(array.reshape(-1), gradient.reshape(-1)):
            part = room[: W.size]
            if l1 > 0.0:
                sign(W, part)
                multiply(part, lasso, part)
                add(dW, part, dW)
            if l2 > 0.0:
                multiply(W, ridge, part)
                add(dW, part, dW)
        copyto(others, apart)

    return add_to


def _pure(regularizer: Regularizer) -> Penalty:
    """The pure functions of a kind without a staged form."""

    def value(params: Params[*tuple[Any, ...]], _arrays: Arrays) -> float:
        return require_penalty("step", regularizer.penalty(params))

    def add(
        params: Params[*tuple[Any, ...]],
        _arrays: Arrays,
        grads: Array,
        _gradients: Arrays,
        factor: float,
    ) -> None:
        gradient = regularizer.gradient(params)
        kind: object = type(gradient)
        if kind is not Grads or gradient.dtype != grads.dtype:
            raise Misfit
        gradient.require_architecture("step", "the gradient", params.architecture, "of the penalty")
        np.add(grads, gradient.vector * grads.dtype.type(factor), grads)

    return Penalty(value, add)

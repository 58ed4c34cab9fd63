"""Staged forms of the regularisers: the penalty, and its gradient added to that of the cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import attrs
import numpy as np

from fdnn.axes import Axes
from fdnn.errors import Misfit
from fdnn.matrix import Array
from fdnn.plan.buffers import PART
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
        (layer, array, leading)
        for layer, kind in enumerate(architecture.layers)
        for array, leading in enumerate(kind.weight_columns)
        if leading > 0
    ]
    sums = [
        _sums(l1, l2, leading, dtype) if first is None or layer > 0 else _first_of(first, l2)
        for layer, _, leading in places
    ]
    adds = [_add(l1, l2, leading, dtype) for *_, leading in places]

    def value(_params: Params[*tuple[Any, ...]], arrays: Arrays) -> float:
        total = 0.0
        for (layer, array, _), sum_of in zip(places, sums, strict=True):
            total += sum_of(arrays[layer][array])
        return total

    def add(
        _params: Params[*tuple[Any, ...]],
        arrays: Arrays,
        _grads: Array,
        gradients: Arrays,
        factor: float,
    ) -> None:
        for (layer, array, _), add_to in zip(places, adds, strict=True):
            add_to(arrays[layer][array], gradients[layer][array], factor)

    return Penalty(value, add)


def _first_of(squares: Squares, l2: float) -> Callable[[Array], float]:
    return lambda array: 0.5 * l2 * squares(array)


def _rows(columns: int) -> int:
    """So many rows of weights are worked on at a time."""
    return max(1, PART // columns)


def _sums(l1: float, l2: float, columns: int, dtype: np.dtype[Any]) -> Callable[[Array], float]:
    rows = _rows(columns)
    room = np.empty((rows, columns), dtype)
    multiply, absolute, total = np.multiply, np.absolute, np.add.reduce

    def sum_of(array: Array) -> float:
        penalty = 0.0
        for start in range(0, len(array), rows):
            W = array[start : start + rows, :columns]
            part = room[: len(W)]
            flat = part.reshape(-1)
            if l2 > 0.0:
                multiply(W, W, part)
                penalty += 0.5 * l2 * float(total(flat))
            if l1 > 0.0:
                absolute(W, part)
                penalty += l1 * float(total(flat))
        return penalty

    return sum_of


def _add(
    l1: float, l2: float, columns: int, dtype: np.dtype[Any]
) -> Callable[[Array, Array, float], object]:
    rows = _rows(columns)
    room = np.empty((rows, columns), dtype)
    multiply, sign, add = np.multiply, np.sign, np.add

    def add_to(array: Array, gradient: Array, factor: float) -> None:
        lasso, ridge = dtype.type(factor * l1), dtype.type(factor * l2)
        for start in range(0, len(array), rows):
            W = array[start : start + rows, :columns]
            dW = gradient[start : start + rows, :columns]
            part = room[: len(W)]
            if l1 > 0.0:
                sign(W, part)
                multiply(part, lasso, part)
                add(dW, part, dW)
            if l2 > 0.0:
                multiply(W, ridge, part)
                add(dW, part, dW)

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

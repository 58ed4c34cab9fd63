"""Staged forms of the optimizers: the new parameters, in the place of the gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from fdnn.matrix import Array
from fdnn.optimizers import Adam, GradientDescent, Momentum, Optimizer, StagedUpdate

BLOCK = 65536
"""So many numbers of each array are worked on at a time, so that they stay in the cache."""


def staged_update(optimizer: Optimizer, size: int, dtype: np.dtype[Any]) -> StagedUpdate | None:
    """The update by the optimizer's own staged form or by ours; None where it has neither."""
    form = STAGED.get(type(optimizer))
    return optimizer.staged() if form is None else form(optimizer, size, dtype)


def _blocks(*arrays: Array) -> Iterator[tuple[Array, ...]]:
    """The same part of several flat arrays, part after part."""
    size = arrays[0].size
    if size <= BLOCK:
        yield arrays
        return
    for start in range(0, size, BLOCK):
        yield tuple(array[start : start + BLOCK] for array in arrays)


def _gradient_descent(
    optimizer: GradientDescent, _size: int, _dtype: np.dtype[Any]
) -> StagedUpdate:
    subtract = np.subtract

    def update(
        parameters: Array, gradient: Array, _moments: tuple[Array, ...], _count: int
    ) -> tuple[Array, ...]:
        subtract(parameters, gradient, gradient)
        return ()

    return optimizer.rate, update


def _momentum(optimizer: Momentum, _size: int, dtype: np.dtype[Any]) -> StagedUpdate:
    beta, rate = np.array(optimizer.beta, dtype), np.array(optimizer.rate, dtype)
    multiply, add, subtract = np.multiply, np.add, np.subtract

    def update(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], _count: int
    ) -> tuple[Array, ...]:
        velocity = np.empty_like(gradient)
        for W, dW, v_before, v in _blocks(parameters, gradient, moments[0], velocity):
            multiply(v_before, beta, v)
            add(v, dW, v)
            multiply(v, rate, dW)
            subtract(W, dW, dW)
        return (velocity,)

    return 1.0, update


def _adam(optimizer: Adam, size: int, dtype: np.dtype[Any]) -> StagedUpdate:
    """Adam with the numbers taken together that belong to all parameters.

    The gradient comes as `s dW` with `s = sqrt(1 - beta2)`, whose square needs no factor any more;
    and with `c1 = 1 - beta1^t` and `c2 = 1 - beta2^t`, the update
    `rate * (m / c1) / (sqrt(v / c2) + e)` is `(rate sqrt(c2) / c1) * m / (sqrt(v) + e sqrt(c2))`.
    """
    scale = (1.0 - optimizer.beta2) ** 0.5
    beta1, beta2, rest1 = (
        np.array(number, dtype)
        for number in (optimizer.beta1, optimizer.beta2, (1.0 - optimizer.beta1) / scale)
    )
    room = np.empty(min(size, BLOCK), dtype)
    multiply, add, subtract, divide, sqrt = np.multiply, np.add, np.subtract, np.divide, np.sqrt

    def update(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        c1, c2 = 1.0 - optimizer.beta1 ** (count + 1), 1.0 - optimizer.beta2 ** (count + 1)
        rate = np.array(optimizer.rate * c2**0.5 / c1, dtype)
        epsilon = np.array(optimizer.epsilon * c2**0.5, dtype)
        first, second = np.empty_like(gradient), np.empty_like(gradient)

        for W, dW, m_before, v_before, m, v in _blocks(
            parameters, gradient, *moments, first, second
        ):
            t = room[: dW.size]
            multiply(dW, rest1, t)
            multiply(m_before, beta1, m)
            add(m, t, m)

            multiply(dW, dW, dW)
            multiply(v_before, beta2, v)
            add(v, dW, v)

            sqrt(v, dW)
            add(dW, epsilon, dW)
            divide(m, dW, dW)
            multiply(dW, rate, dW)
            subtract(W, dW, dW)
        return first, second

    return scale, update


STAGED: Mapping[type[Optimizer], Callable[[Any, int, np.dtype[Any]], StagedUpdate]] = (
    MappingProxyType({GradientDescent: _gradient_descent, Momentum: _momentum, Adam: _adam})
)

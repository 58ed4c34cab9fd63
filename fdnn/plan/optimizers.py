"""Staged forms of the optimizers: the new parameters, in the place of the gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from numbers import Real
from types import MappingProxyType
from typing import Any

import numpy as np

from fdnn.errors import KindError
from fdnn.matrix import Array
from fdnn.optimizers import Adam, GradientDescent, Momentum, Optimizer, StagedUpdate
from fdnn.plan.buffers import own_form

BLOCK = 65536
"""So many numbers of each array are worked on at a time, so that they stay in the cache."""


def staged_update(optimizer: Optimizer, size: int, dtype: np.dtype[Any]) -> StagedUpdate | None:
    """The update by the optimizer's own staged form or by ours; None where it has neither."""
    form = STAGED.get(type(optimizer))
    if form is not None:
        return form(optimizer, size, dtype)
    own = own_form(optimizer, ("init", "update"))
    if own is None:
        return None
    parts: list[Any] = list(own) if own.__class__ is tuple else []
    if [(isinstance(part, Real), callable(part)) for part in parts] != [
        (True, False),
        (False, True),
    ]:
        came = f"{type(optimizer).__name__}.staged gave {own!r}"
        raise KindError("staged", came, "a number and a function")
    return float(parts[0]), _fresh(type(optimizer).__name__, parts[1])


def _fresh(name: str, update: Callable[..., Any]) -> Callable[..., tuple[Array, ...]]:
    """An update of the user's own, whose moments are looked at, and copied: they may be buffers."""

    def looked_at(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        given: Any = update(parameters, gradient, moments, count)
        like = [gradient.dtype.str, gradient.shape]
        kinds = [[array.dtype.str, array.shape] for array in map(np.asarray, given)]
        if kinds != [like] * len(moments):
            came = f"the staged update gave moments of {kinds}"
            raise KindError(name, came, f"{len(moments)} of {like}")
        return tuple(np.array(moment) for moment in given)

    return looked_at


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

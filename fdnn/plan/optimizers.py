"""Staged forms of the optimizers: the new parameters, in the place of the gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from types import MappingProxyType
from typing import Any

import numpy as np

from fdnn.adaptive import AdaGrad, Adam, AdamW, Lion, NAdam, RMSProp
from fdnn.errors import KindError
from fdnn.lbfgs import LBFGS, lbfgs_update
from fdnn.matrix import Array
from fdnn.modifiers import Modifier
from fdnn.optimizers import GradientDescent, Momentum, Nesterov, Optimizer, StagedUpdate
from fdnn.plan.buffers import BLOCK, blocks, own_form
from fdnn.plan.modifiers import MODIFIED, decayed
from fdnn.records import Architecture
from fdnn.schedules import Schedule, rate_at

Network = Architecture[*tuple[Any, ...]]


def staged_update(
    optimizer: Optimizer, architecture: Network, dtype: np.dtype[Any]
) -> StagedUpdate | None:
    """The update by the optimizer's own staged form or by ours; None where it has neither."""
    form = STAGED.get(type(optimizer))
    if form is not None:
        return form(optimizer, architecture, dtype)
    if isinstance(optimizer, Modifier) and type(optimizer) in MODIFIED:
        inner = staged_update(optimizer.optimizer, architecture, dtype)
        around = MODIFIED[type(optimizer)]
        return None if inner is None else around(optimizer, inner, architecture, dtype)
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


def _rates(rate: float | Schedule, dtype: np.dtype[Any]) -> Callable[[int], Array]:
    """The rate of each update, as a number of that dtype."""
    if isinstance(rate, Schedule):
        return lambda count: np.array(rate_at(rate, count), dtype)
    same = np.array(rate, dtype)
    return lambda _count: same


def _numbers(dtype: np.dtype[Any], *numbers: float) -> list[Array]:
    return [np.array(number, dtype) for number in numbers]


def _room(architecture: Network, dtype: np.dtype[Any]) -> Array:
    """Room for a block of each array."""
    return np.empty(min(architecture.size, BLOCK), dtype)


def _gradient_descent(
    optimizer: GradientDescent, _architecture: Network, dtype: np.dtype[Any]
) -> StagedUpdate:
    """A rate that stays the same is the factor of the gradient, and costs nothing."""
    rates, subtract = _rates(optimizer.rate, dtype), np.subtract

    def update(
        parameters: Array, gradient: Array, _moments: tuple[Array, ...], _count: int
    ) -> tuple[Array, ...]:
        subtract(parameters, gradient, gradient)
        return ()

    def scheduled(
        parameters: Array, gradient: Array, _moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        rate = rates(count)
        for W, dW in blocks(parameters, gradient):
            np.multiply(dW, rate, dW)
            subtract(W, dW, dW)
        return ()

    rate = optimizer.rate
    return (1.0, scheduled) if isinstance(rate, Schedule) else (rate, update)


def _momentum(optimizer: Momentum, _architecture: Network, dtype: np.dtype[Any]) -> StagedUpdate:
    (beta,), rates = _numbers(dtype, optimizer.beta), _rates(optimizer.rate, dtype)
    multiply, add, subtract = np.multiply, np.add, np.subtract

    def update(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        velocity, rate = np.empty_like(gradient), rates(count)
        for W, dW, v_before, v in blocks(parameters, gradient, moments[0], velocity):
            multiply(v_before, beta, v)
            add(v, dW, v)
            multiply(v, rate, dW)
            subtract(W, dW, dW)
        return (velocity,)

    return 1.0, update


def _nesterov(optimizer: Nesterov, architecture: Network, dtype: np.dtype[Any]) -> StagedUpdate:
    (beta,), rates = _numbers(dtype, optimizer.beta), _rates(optimizer.rate, dtype)
    room = _room(architecture, dtype)
    multiply, add, subtract = np.multiply, np.add, np.subtract

    def update(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        velocity, rate = np.empty_like(gradient), rates(count)
        for W, dW, v_before, v in blocks(parameters, gradient, moments[0], velocity):
            t = room[: dW.size]
            multiply(v_before, beta, v)
            add(v, dW, v)
            multiply(v, beta, t)
            add(dW, t, dW)
            multiply(dW, rate, dW)
            subtract(W, dW, dW)
        return (velocity,)

    return 1.0, update


def _adagrad(optimizer: AdaGrad, architecture: Network, dtype: np.dtype[Any]) -> StagedUpdate:
    (epsilon,), rates = _numbers(dtype, optimizer.epsilon), _rates(optimizer.rate, dtype)
    room = _room(architecture, dtype)
    multiply, add, subtract, divide, sqrt = np.multiply, np.add, np.subtract, np.divide, np.sqrt

    def update(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        squares, rate = np.empty_like(gradient), rates(count)
        for W, dW, v_before, v in blocks(parameters, gradient, moments[0], squares):
            t = room[: dW.size]
            multiply(dW, dW, t)
            add(v_before, t, v)

            sqrt(v, t)
            add(t, epsilon, t)
            divide(dW, t, dW)
            multiply(dW, rate, dW)
            subtract(W, dW, dW)
        return (squares,)

    return 1.0, update


def _rmsprop(optimizer: RMSProp, architecture: Network, dtype: np.dtype[Any]) -> StagedUpdate:
    """RMSProp on `s dW` with `s = sqrt(1 - beta)`, whose square needs no factor any more."""
    scale = (1.0 - optimizer.beta) ** 0.5
    beta, epsilon, back = _numbers(dtype, optimizer.beta, optimizer.epsilon, 1.0 / scale)
    rates, room = _rates(optimizer.rate, dtype), _room(architecture, dtype)
    multiply, add, subtract, divide, sqrt = np.multiply, np.add, np.subtract, np.divide, np.sqrt

    def update(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        squares, rate = np.empty_like(gradient), rates(count) * back
        for W, dW, v_before, v in blocks(parameters, gradient, moments[0], squares):
            t = room[: dW.size]
            multiply(dW, dW, t)
            multiply(v_before, beta, v)
            add(v, t, v)

            sqrt(v, t)
            add(t, epsilon, t)
            divide(dW, t, dW)
            multiply(dW, rate, dW)
            subtract(W, dW, dW)
        return (squares,)

    return scale, update


def _adam(optimizer: Adam, architecture: Network, dtype: np.dtype[Any]) -> StagedUpdate:
    """Adam with the numbers taken together that belong to all parameters.

    The gradient comes as `s dW` with `s = sqrt(1 - beta2)`, whose square needs no factor any more;
    and with `c1 = 1 - beta1^t` and `c2 = 1 - beta2^t`, the update
    `rate * (m / c1) / (sqrt(v / c2) + e)` is `(rate sqrt(c2) / c1) * m / (sqrt(v) + e sqrt(c2))`.
    """
    scale = (1.0 - optimizer.beta2) ** 0.5
    share = (1.0 - optimizer.beta1) / scale
    beta1, beta2, rest1 = _numbers(dtype, optimizer.beta1, optimizer.beta2, share)
    rate_of, room = optimizer.rate_at, _room(architecture, dtype)
    multiply, add, subtract, divide, sqrt = np.multiply, np.add, np.subtract, np.divide, np.sqrt

    def update(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        c1, c2 = 1.0 - optimizer.beta1 ** (count + 1), 1.0 - optimizer.beta2 ** (count + 1)
        rate = np.array(rate_of(count) * c2**0.5 / c1, dtype)
        epsilon = np.array(optimizer.epsilon * c2**0.5, dtype)
        first, second = np.empty_like(gradient), np.empty_like(gradient)

        for W, dW, m_before, v_before, m, v in blocks(
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


def _nadam(optimizer: NAdam, architecture: Network, dtype: np.dtype[Any]) -> StagedUpdate:
    """As Adam, and `ahead` in the place of `m`: `c1' = 1 - beta1^(t + 1)` belongs to the next m."""
    scale = (1.0 - optimizer.beta2) ** 0.5
    share = (1.0 - optimizer.beta1) / scale
    beta1, beta2, rest1 = _numbers(dtype, optimizer.beta1, optimizer.beta2, share)
    rate_of, room, other = optimizer.rate_at, *(_room(architecture, dtype) for _ in range(2))
    multiply, add, subtract, divide, sqrt = np.multiply, np.add, np.subtract, np.divide, np.sqrt

    def update(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        c1, c1_next = (1.0 - optimizer.beta1 ** (count + n) for n in (1, 2))
        c2 = 1.0 - optimizer.beta2 ** (count + 1)
        rate, epsilon = _numbers(dtype, rate_of(count) * c2**0.5, optimizer.epsilon * c2**0.5)
        of_m, of_dW = _numbers(dtype, optimizer.beta1 / c1_next, 1.0 / c1)
        first, second = np.empty_like(gradient), np.empty_like(gradient)

        for W, dW, m_before, v_before, m, v in blocks(
            parameters, gradient, *moments, first, second
        ):
            t, ahead = room[: dW.size], other[: dW.size]
            multiply(dW, rest1, t)
            multiply(m_before, beta1, m)
            add(m, t, m)
            multiply(m, of_m, ahead)
            multiply(t, of_dW, t)
            add(ahead, t, ahead)

            multiply(dW, dW, dW)
            multiply(v_before, beta2, v)
            add(v, dW, v)

            sqrt(v, dW)
            add(dW, epsilon, dW)
            divide(ahead, dW, dW)
            multiply(dW, rate, dW)
            subtract(W, dW, dW)
        return first, second

    return scale, update


def _adamw(optimizer: AdamW, architecture: Network, dtype: np.dtype[Any]) -> StagedUpdate:
    return decayed(optimizer, _adam(optimizer.adam, architecture, dtype), architecture, dtype)


def _lion(optimizer: Lion, architecture: Network, dtype: np.dtype[Any]) -> StagedUpdate:
    beta1, rest1, beta2, rest2 = _numbers(
        dtype, optimizer.beta1, 1.0 - optimizer.beta1, optimizer.beta2, 1.0 - optimizer.beta2
    )
    rates, room = _rates(optimizer.rate, dtype), _room(architecture, dtype)
    multiply, add, subtract, sign = np.multiply, np.add, np.subtract, np.sign

    def update(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        moment, rate = np.empty_like(gradient), rates(count)
        for W, dW, m_before, m in blocks(parameters, gradient, moments[0], moment):
            t = room[: dW.size]
            multiply(m_before, beta1, t)
            multiply(dW, rest1, m)
            add(t, m, t)

            multiply(m_before, beta2, m)
            multiply(dW, rest2, dW)
            add(m, dW, m)

            sign(t, dW)  # in place it would take twelve times as long
            multiply(dW, rate, dW)
            subtract(W, dW, dW)
        return (moment,)

    return 1.0, update


def _lbfgs(optimizer: LBFGS, _architecture: Network, _dtype: np.dtype[Any]) -> StagedUpdate:
    """By the equations: nearly all of its time is in products of whole vectors."""

    def update(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        g = gradient.copy()
        step, pairs = lbfgs_update(g, moments, count, optimizer.rate_at(count))
        np.add(parameters, step, gradient)
        return (g, step, *pairs)

    return 1.0, update


STAGED: Mapping[type[Optimizer], Callable[[Any, Network, np.dtype[Any]], StagedUpdate]] = (
    MappingProxyType(
        {
            GradientDescent: _gradient_descent,
            Momentum: _momentum,
            Nesterov: _nesterov,
            AdaGrad: _adagrad,
            RMSProp: _rmsprop,
            Adam: _adam,
            AdamW: _adamw,
            NAdam: _nadam,
            Lion: _lion,
            LBFGS: _lbfgs,
        }
    )
)

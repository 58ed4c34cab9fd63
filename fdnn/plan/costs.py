"""Staged forms of the costs through their links: `J`, and `dZ` of the last layer, from its `Z`.

The logits and the labels are `(outputs, examples)`, with the examples side by side in memory.
`dZ` comes multiplied by a factor: `1/m`, and what the optimizer wants of the gradient besides;
and where the examples have weights, `(1, m)`, by those too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from fdnn.costs import BinaryCrossEntropy, CategoricalCrossEntropy, Cost, SquaredError
from fdnn.errors import KindError
from fdnn.matrix import Array
from fdnn.plan.buffers import own_form

Head = Callable[[], float]

FEW = 256
"""For so few numbers the calls take longer than the numbers."""

MANY_EXAMPLES = 8192
"""More losses than these are added by halves, so that no rounding adds up."""

MANY_CLASSES = 1024
"""With more, a sum over the classes is better left to the pure cost, which adds by halves."""


def staged_cost(
    cost: Cost, Z: Array, Y: Array, dZ: Array, scale: float, weights: Array | None
) -> Head | None:
    """`J` and `dZ` by the cost's own staged form or by ours; None where it has neither.

    A form of the user's own knows nothing of weights.
    """
    form = STAGED.get(type(cost))
    if form is not None:
        return form(cost, Z, Y, dZ, scale, weights)
    if weights is not None:
        return None
    methods = ("value", "gradient", "losses_from_logits", "derivative_from_logits", "link")
    own = own_form(cost, methods, Z, Y, dZ, scale)
    if own is None:
        return None
    if not hasattr(own, "__call__"):  # noqa: B004  # `callable` would forget what it returns
        raise KindError("staged", f"{type(cost).__name__}.staged gave {own!r}", "a function")
    return lambda: float(own())


def _sum_of(array: Array) -> Callable[[], float]:
    """The sum of a contiguous array: of few numbers a product with ones has it sooner."""
    flat = array.reshape(-1)
    if flat.size > MANY_EXAMPLES:
        return lambda: float(np.add.reduce(flat))
    dot, ones = flat.dot, np.ones_like(flat)
    return lambda: float(dot(ones))


def _weighing(
    losses: Array, scale: float, weights: Array | None
) -> tuple[Callable[[], float], Array]:
    """The sum of the losses, each times its weight, in their place; and the factor of `dZ`.

    The factor is one number where there are no weights, and otherwise one for each example, which
    the sum has filled in.
    """
    factor, total = np.array(scale, losses.dtype), _sum_of(losses)
    if weights is None:
        return total, factor
    factors, multiply = np.empty_like(weights), np.multiply
    rows = losses.reshape(-1, weights.size)

    def weighted() -> float:
        multiply(rows, weights, rows)
        multiply(weights, factor, factors)
        return total()

    return weighted, factors


def _binary_cross_entropy(
    _: Cost, Z: Array, Y: Array, dZ: Array, scale: float, weights: Array | None
) -> Head:
    """`L = l + (1 - y) max(z, 0) - y min(z, 0)`, and `a = e^(min(z, 0) - l)`.

    Here `l = log(1 + e^-|z|)`; no term of `L` is negative, so that no digit cancels.
    """
    if Z.size <= FEW and not Y.flags.writeable and ((Y == 0.0) | (Y == 1.0)).all():
        return _few_hard_labels(Z, Y, dZ, scale, weights)
    below, log, losses, room = (np.empty_like(Z) for _ in range(4))
    zeros, one, m = np.zeros_like(Z), np.ones((), Z.dtype), int(Z.shape[1])
    sum_of_losses, factor = _weighing(losses, scale, weights)
    exp, log1p, maximum, minimum = np.exp, np.log1p, np.maximum, np.minimum
    add, subtract, multiply = np.add, np.subtract, np.multiply

    def head() -> float:
        maximum(Z, zeros, out=losses)
        minimum(Z, zeros, out=below)
        subtract(below, losses, room)
        exp(room, room)
        log1p(room, log)

        subtract(one, Y, room)
        multiply(losses, room, losses)
        multiply(below, Y, room)
        subtract(losses, room, losses)
        add(losses, log, losses)
        J = sum_of_losses()

        subtract(below, log, below)
        exp(below, dZ)
        subtract(dZ, Y, dZ)
        multiply(dZ, factor, dZ)
        return J / m

    return head


def _few_hard_labels(Z: Array, Y: Array, dZ: Array, scale: float, weights: Array | None) -> Head:
    """With `s = (1 - 2 y) z`: `L = log(1 + e^s)` and `a - y = (1 - 2 y) (1 - e^-L)`.

    NumPy's `logaddexp` takes long for each number, but is one call instead of six.  A logit that is
    not finite makes the cost so, on the right side too, where `L` itself would be 0.
    """
    wrong, losses = np.empty_like(Z), np.empty_like(Z)
    times_0 = np.zeros(Z.size, Z.dtype).dot
    logits = Z.reshape(-1)
    sign, zero, m = 1.0 - 2.0 * Y, np.zeros((), Z.dtype), int(Z.shape[1])
    factor = (-scale * sign).astype(Z.dtype)
    each = np.ones_like(Z) if weights is None else np.ones_like(Z) * weights
    factor, weigh, flat = factor * each, losses.reshape(-1).dot, each.reshape(-1)
    logaddexp, negative, expm1, multiply = np.logaddexp, np.negative, np.expm1, np.multiply

    def head() -> float:
        multiply(Z, sign, wrong)
        logaddexp(wrong, zero, losses)
        J = float(weigh(flat)) + float(times_0(logits))

        negative(losses, losses)
        expm1(losses, losses)
        multiply(losses, factor, dZ)
        return J / m

    return head


def _categorical_cross_entropy(
    _: Cost, Z: Array, Y: Array, dZ: Array, scale: float, weights: Array | None
) -> Head | None:
    """`L = log s + z_max - sum_i y_i z_i`, and `a_i = e^(z_i - z_max) / s`.

    `s = n + r`, with `n` the number of classes that are largest and `r` the sum over the others:
    `log s = log1p((n - 1) + r)`, so that no digit of `r` is lost, however sure the network is.
    """
    classes, m = map(int, Z.shape)
    if classes > MANY_CLASSES:
        return None
    below, E, room = (np.empty_like(Z) for _ in range(3))
    largest, others, ties, s = (np.empty(m, Z.dtype) for _ in range(4))
    mask, one, zero = np.empty(Z.shape, bool), np.ones((), Z.dtype), np.zeros((), Z.dtype)
    agreement, factor = _weighing(room, scale, weights)
    logs, _factor = _weighing(ties, scale, weights)
    exp, log1p, rint, less = np.exp, np.log1p, np.rint, np.less
    add, subtract, multiply, divide = np.add, np.subtract, np.multiply, np.divide
    add_up, highest = np.ones(classes, Z.dtype).dot, np.maximum.reduce

    def head() -> float:
        highest(Z, 0, out=largest)
        subtract(Z, largest, below)
        exp(below, E)

        less(below, zero, mask)
        multiply(E, mask, room)
        add_up(room, others)
        add_up(E, s)
        subtract(s, others, ties)
        rint(ties, ties)
        add(ties, others, s)

        subtract(ties, one, ties)
        add(ties, others, ties)
        log1p(ties, ties)
        multiply(Y, below, room)
        J = logs() - agreement()

        divide(E, s, dZ)
        subtract(dZ, Y, dZ)
        multiply(dZ, factor, dZ)
        return J / m

    return head


def _squared_error(
    _: Cost, Z: Array, Y: Array, dZ: Array, scale: float, weights: Array | None
) -> Head:
    """`L = 1/2 * sum_i (z_i - y_i)^2`."""
    room = np.empty_like(Z)
    squares, factor = _weighing(room, scale, weights)
    m = int(Z.shape[1])
    subtract, multiply = np.subtract, np.multiply

    def head() -> float:
        subtract(Z, Y, dZ)
        multiply(dZ, dZ, room)
        J = squares()
        multiply(dZ, factor, dZ)
        return 0.5 * J / m

    return head


Staged = Callable[[Any, Array, Array, Array, float, Array | None], Head | None]

STAGED: Mapping[type[Cost], Staged] = MappingProxyType(
    {
        BinaryCrossEntropy: _binary_cross_entropy,
        CategoricalCrossEntropy: _categorical_cross_entropy,
        SquaredError: _squared_error,
    }
)

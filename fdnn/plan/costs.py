"""Staged forms of the costs: `J`, and `dZ` of the last layer, from its `Z`.

They are those through the links of the costs, and those after the identity.

The logits and the labels are `(outputs, examples)`, with the examples side by side in memory.
`dZ` comes multiplied by a factor: `1/m`, and what the optimizer wants of the gradient besides;
and where the examples have weights, `(1, m)`, by those too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from fdnn.activations import Activation, identity
from fdnn.costs import (
    AbsoluteError,
    BinaryCrossEntropy,
    BinaryFocal,
    CategoricalCrossEntropy,
    CategoricalFocal,
    Cost,
    Hinge,
    Huber,
    KLDivergence,
    Poisson,
    SquaredError,
)
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


def is_linked(cost: Cost, last: Activation) -> bool:
    """Whether value and gradient are those of the logits, behind this activation."""
    if cost.link is None:
        return type(cost) in STAGED and last == identity
    return last == cost.link


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
    not finite makes the cost so, on the right side too, where `L` itself would be 0: `s`, times 0,
    is added up with the losses.
    """
    both = np.empty((2, *Z.shape), Z.dtype)
    wrong, losses = both
    sign, zero, m = 1.0 - 2.0 * Y, np.zeros((), Z.dtype), int(Z.shape[1])
    factor = (-scale * sign).astype(Z.dtype)
    each = np.ones_like(Z) if weights is None else np.ones_like(Z) * weights
    factor, weigh = factor * each, both.reshape(-1).dot
    only_losses = np.stack([np.zeros_like(Z), each]).reshape(-1)
    logaddexp, negative, expm1, multiply = np.logaddexp, np.negative, np.expm1, np.multiply

    def head() -> float:
        multiply(Z, sign, wrong)
        logaddexp(wrong, zero, losses)
        J = float(weigh(only_losses))

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


def _absolute_error(
    _: Cost, Z: Array, Y: Array, dZ: Array, scale: float, weights: Array | None
) -> Head:
    """`L = sum_i |z_i - y_i|`."""
    room = np.empty_like(Z)
    distances, factor = _weighing(room, scale, weights)
    m = int(Z.shape[1])
    subtract, absolute, sign, multiply = np.subtract, np.absolute, np.sign, np.multiply

    def head() -> float:
        subtract(Z, Y, dZ)
        absolute(dZ, room)
        J = distances()
        sign(dZ, room)
        multiply(room, factor, dZ)
        return J / m

    return head


def _huber(cost: Huber, Z: Array, Y: Array, dZ: Array, scale: float, weights: Array | None) -> Head:
    """`L = sum_i c_i (d_i - c_i / 2)`, where `c` is the difference `d` within its bounds."""
    losses, difference = np.empty_like(Z), np.empty_like(Z)
    sum_of_losses, factor = _weighing(losses, scale, weights)
    low, high, half = (np.array(number, Z.dtype) for number in (-cost.delta, cost.delta, 0.5))
    m, maximum, minimum = int(Z.shape[1]), np.maximum, np.minimum
    subtract, multiply = np.subtract, np.multiply

    def head() -> float:
        subtract(Z, Y, difference)
        minimum(difference, high, out=dZ)
        maximum(dZ, low, out=dZ)
        multiply(dZ, half, losses)
        subtract(difference, losses, losses)
        multiply(losses, dZ, losses)
        J = sum_of_losses()
        multiply(dZ, factor, dZ)
        return J / m

    return head


def _poisson(_: Cost, Z: Array, Y: Array, dZ: Array, scale: float, weights: Array | None) -> Head:
    """`L = sum_i (e^z_i - y_i z_i)`."""
    losses = np.empty_like(Z)
    sum_of_losses, factor = _weighing(losses, scale, weights)
    m = int(Z.shape[1])
    exp, subtract, multiply = np.exp, np.subtract, np.multiply

    def head() -> float:
        exp(Z, dZ)
        multiply(Y, Z, losses)
        subtract(dZ, losses, losses)
        J = sum_of_losses()
        subtract(dZ, Y, dZ)
        multiply(dZ, factor, dZ)
        return J / m

    return head


def _hinge(_: Cost, Z: Array, Y: Array, dZ: Array, scale: float, weights: Array | None) -> Head:
    """`L = sum_i max(0, 1 - s_i z_i)`, and `-s_i` where that is not 0, with `s = 2 y - 1`."""
    losses, sign, is_within = np.empty_like(Z), np.empty_like(Z), np.empty(Z.shape, bool)
    sum_of_losses, factor = _weighing(losses, -scale, weights)
    zeros, one, two, m = np.zeros_like(Z), np.ones((), Z.dtype), np.array(2.0, Z.dtype), len(Z.T)
    maximum, greater, subtract, multiply = np.maximum, np.greater, np.subtract, np.multiply

    def head() -> float:
        multiply(Y, two, sign)
        subtract(sign, one, sign)
        multiply(sign, Z, losses)
        subtract(one, losses, losses)
        maximum(losses, zeros, out=losses)
        greater(losses, zeros, is_within)
        J = sum_of_losses()
        multiply(sign, is_within, dZ)
        multiply(dZ, factor, dZ)
        return J / m

    return head


def _binary_focal(
    cost: BinaryFocal, Z: Array, Y: Array, dZ: Array, scale: float, weights: Array | None
) -> Head:
    """`L = y b^gamma u + (1 - y) a^gamma v`, with `u = -log a`, `v = -log b` and `b = 1 - a`.

    `dL/dz = (1 - y) a^gamma (a + gamma b v) - y b^gamma (b + gamma a u)`.
    """
    u, v, a, b, p, q, losses, room = (np.empty_like(Z) for _ in range(8))
    sum_of_losses, factor = _weighing(losses, scale, weights)
    gamma, power_of = np.array(cost.gamma, Z.dtype), np.array(-cost.gamma, Z.dtype)
    zeros, one, m = np.zeros_like(Z), np.ones((), Z.dtype), int(Z.shape[1])
    exp, log1p, maximum, minimum, negative = np.exp, np.log1p, np.maximum, np.minimum, np.negative
    add, subtract, multiply = np.add, np.subtract, np.multiply

    def head() -> float:
        maximum(Z, zeros, out=v)
        minimum(Z, zeros, out=u)
        subtract(u, v, room)
        exp(room, room)
        log1p(room, room)
        add(v, room, v)
        subtract(room, u, u)

        for logarithm, number, factor_of in ((u, a, q), (v, b, p)):
            negative(logarithm, number)
            exp(number, number)
            multiply(logarithm, power_of, factor_of)
            exp(factor_of, factor_of)
        multiply(p, Y, p)
        subtract(one, Y, room)
        multiply(q, room, q)

        multiply(a, u, dZ)
        multiply(dZ, gamma, dZ)
        add(dZ, b, dZ)
        multiply(dZ, p, dZ)
        multiply(b, v, room)
        multiply(room, gamma, room)
        add(room, a, room)
        multiply(room, q, room)
        subtract(room, dZ, dZ)

        multiply(p, u, losses)
        multiply(q, v, room)
        add(losses, room, losses)
        J = sum_of_losses()
        multiply(dZ, factor, dZ)
        return J / m

    return head


def _categorical_focal(
    cost: CategoricalFocal, Z: Array, Y: Array, dZ: Array, scale: float, weights: Array | None
) -> Head | None:
    """`L = -sum_i y_i b_i^gamma log a_i` with `b = 1 - a`, and the sums of the cross-entropy.

    With `h = y b^gamma (1 - gamma a log(a) / b)`, `dL/dz_k = a_k sum_i h_i - h_k (a_k + b_k)`; the
    sum is less `h_k` before it is multiplied, so that no digit cancels where one class is certain.
    """
    classes, m = map(int, Z.shape)
    if classes > MANY_CLASSES:
        return None
    log_a, A, b, p, H, losses, room = (np.empty_like(Z) for _ in range(7))
    r, s, total = (np.empty(m, Z.dtype) for _ in range(3))
    is_below, is_0 = np.empty(Z.shape, bool), np.empty(Z.shape, bool)
    sum_of_losses, factor = _weighing(losses, scale, weights)
    one, zero, gamma = (np.array(number, Z.dtype) for number in (1.0, 0.0, cost.gamma))
    exp, log1p, rint, less, equal = np.exp, np.log1p, np.rint, np.less, np.equal
    add, subtract, multiply, divide = np.add, np.subtract, np.multiply, np.divide
    add_up, highest = np.ones(classes, Z.dtype).dot, np.maximum.reduce
    power, copyto, negative, logical_not = np.power, np.copyto, np.negative, np.logical_not

    def head() -> float:
        highest(Z, 0, out=total)
        subtract(Z, total, log_a)
        exp(log_a, A)
        less(log_a, zero, is_below)
        multiply(A, is_below, room)
        add_up(room, r)
        add_up(A, s)
        subtract(s, r, total)
        rint(total, total)
        add(total, r, s)
        subtract(total, one, total)
        add(total, r, r)

        subtract(s, A, b)
        logical_not(is_below, is_0)
        copyto(b, r, where=is_0)
        divide(b, s, b)
        divide(A, s, A)
        log1p(r, r)
        subtract(log_a, r, log_a)
        power(b, gamma, p)
        multiply(p, Y, p)

        equal(b, zero, is_0)
        divide(log_a, b, room)
        copyto(room, -one, where=is_0)
        multiply(room, A, room)
        multiply(room, gamma, room)
        subtract(one, room, H)
        multiply(H, p, H)

        multiply(p, log_a, losses)
        negative(losses, losses)
        J = sum_of_losses()

        add_up(H, total)
        subtract(total, H, dZ)
        multiply(dZ, A, dZ)
        multiply(H, b, room)
        subtract(dZ, room, dZ)
        multiply(dZ, factor, dZ)
        return J / m

    return head


def _kl_divergence(
    cost: Cost, Z: Array, Y: Array, dZ: Array, scale: float, weights: Array | None
) -> Head | None:
    """The categorical cross-entropy, less the entropy of the labels."""
    cross_entropy = _categorical_cross_entropy(cost, Z, Y, dZ, scale, weights)
    if cross_entropy is None:
        return None
    room, m = np.empty_like(Y), int(Y.shape[1])
    agreement, _factor = _weighing(room, scale, weights)
    least, log, maximum, multiply = (
        np.array(np.finfo(Y.dtype).tiny),
        np.log,
        np.maximum,
        np.multiply,
    )

    def entropy() -> float:
        maximum(Y, least, out=room)
        log(room, room)
        multiply(room, Y, room)
        return -agreement() / m

    if not Y.flags.writeable:
        known = entropy()
        return lambda: cross_entropy() - known
    return lambda: cross_entropy() - entropy()


Staged = Callable[[Any, Array, Array, Array, float, Array | None], Head | None]

STAGED: Mapping[type[Cost], Staged] = MappingProxyType(
    {
        BinaryCrossEntropy: _binary_cross_entropy,
        CategoricalCrossEntropy: _categorical_cross_entropy,
        KLDivergence: _kl_divergence,
        BinaryFocal: _binary_focal,
        CategoricalFocal: _categorical_focal,
        Poisson: _poisson,
        Hinge: _hinge,
        SquaredError: _squared_error,
        AbsoluteError: _absolute_error,
        Huber: _huber,
    }
)

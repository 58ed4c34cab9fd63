"""Staged forms of the activations: the operations of `fdnn.activations`, one by one, into buffers.

Where `Z` and `A` are one buffer, the way back has only `A` to go by: enough for those `IN_PLACE`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from fdnn import normal
from fdnn.activations import (
    ELU,
    GELU,
    GELU_CUBIC,
    SELU,
    SELU_ALPHA,
    SELU_SCALE,
    SIXTH,
    TWICE_SQRT_2_PI,
    Activation,
    Exponential,
    GELUTanh,
    HardSigmoid,
    HardSwish,
    HardTanh,
    Identity,
    LeakyReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    StagedActivation,
    Tanh,
)
from fdnn.matrix import Array, freeze, largest_exponent, to_numpy, unnamed
from fdnn.plan.buffers import PART, Scratch, own_form, pair_of, put


def staged_activation(
    activation: Activation, Z: Array, A: Array, dA: Array, scratch: Scratch
) -> StagedActivation:
    """Both ways of an activation, by its own staged form, by ours, or by its pure functions."""
    form = STAGED.get(type(activation))
    if form is not None:
        return form(activation, Z, A, dA, scratch)
    own = own_form(activation, ("__call__", "pullback"), Z, A, dA)
    return _pure(activation, Z, A, dA) if own is None else pair_of(activation, own)


def works_in_place(activation: Activation) -> bool:
    """Whether `A` may take the place of `Z`."""
    return type(activation) in IN_PLACE


def is_ours(activation: Activation) -> bool:
    """Whether the staged form is ours, whose `dZ` is linear in `dA`."""
    return type(activation) in STAGED


def _identity(_: Activation, Z: Array, A: Array, _dA: Array, _scratch: Scratch) -> StagedActivation:
    def nothing() -> None:
        pass

    def forward() -> None:
        np.copyto(A, Z)

    return (nothing if Z is A else forward), nothing


def _relu(_: Activation, Z: Array, A: Array, dA: Array, scratch: Scratch) -> StagedActivation:
    """`dZ = dA * min(A, 1)`, of the numbers that the bits of `dA` and of `A` are as whole numbers.

    The bits of a positive number are a whole number of at least 1, and those of 0 are 0; so nothing
    need be converted, as a mask would be.  Should `A` be -0, the least of all, `dZ` is a zero too.
    """
    zeros, ones, room = scratch.parts
    flat_Z, flat_A = Z.reshape(-1), A.reshape(-1)
    A_bits, dA_bits = (a.reshape(-1).view(ones.dtype) for a in (A, dA))
    maximum, minimum, multiply = np.maximum, np.minimum, np.multiply

    def on_part(z: Array, a: Array, bits: Array, d_bits: Array) -> StagedActivation:
        zero, one, is_positive = zeros[: z.size], ones[: z.size], room[: z.size]

        def forward() -> None:
            maximum(z, zero, out=a)  # an array of zeros: three times as fast as a number

        def backward() -> None:
            minimum(bits, one, out=is_positive)
            multiply(d_bits, is_positive, d_bits)

        return forward, backward

    parts = [
        on_part(*(a[start : start + PART] for a in (flat_Z, flat_A, A_bits, dA_bits)))
        for start in range(0, Z.size, PART)
    ]
    forwards, backwards = zip(*parts, strict=True)
    return _one_by_one(forwards), _one_by_one(backwards)


def _one_by_one(works: Sequence[Callable[[], object]]) -> Callable[[], object]:
    if len(works) == 1:
        return works[0]

    def all_of_them() -> None:
        for work in works:
            work()

    return all_of_them


def _leaky_relu(
    activation: LeakyReLU, Z: Array, A: Array, dA: Array, scratch: Scratch
) -> StagedActivation:
    slope, is_positive = scratch.room(Z), scratch.mask(Z)
    maximum, greater, multiply, add = np.maximum, np.greater, np.multiply, np.add
    low, rest, zero = (
        np.array(number, Z.dtype) for number in (activation.slope, 1.0 - activation.slope, 0.0)
    )

    def forward() -> None:
        multiply(Z, low, slope)
        maximum(Z, slope, out=A)

    def derivative() -> None:
        greater(Z, zero, is_positive)
        multiply(is_positive, rest, slope)
        add(slope, low, slope)

    return forward, _times(dA, slope, derivative)


def _sigmoid(_: Activation, Z: Array, A: Array, dA: Array, scratch: Scratch) -> StagedActivation:
    room = scratch.room(Z)
    subtract, multiply = np.subtract, np.multiply
    one = np.ones((), Z.dtype)

    def derivative() -> None:
        subtract(one, A, room)
        multiply(A, room, room)

    return _sigmoid_of(Z, A, scratch), _times(dA, room, derivative)


def _sigmoid_of(Z: Array, S: Array, scratch: Scratch) -> Callable[[], object]:
    """`S = 1 / (1 + e^-Z)`; both may be one buffer."""
    room, zeros = scratch.room(Z), scratch.zeros(Z)
    absolute, negative, exp, minimum = np.absolute, np.negative, np.exp, np.minimum
    add, divide = np.add, np.divide
    one = np.ones((), Z.dtype)

    def fill() -> None:
        absolute(Z, room)
        negative(room, room)
        exp(room, room)
        minimum(Z, zeros, out=S)
        exp(S, S)
        add(room, one, room)
        divide(S, room, S)

    return fill


def _tanh(_: Activation, Z: Array, A: Array, dA: Array, scratch: Scratch) -> StagedActivation:
    room = scratch.room(Z)
    tanh, multiply, subtract = np.tanh, np.multiply, np.subtract
    one = np.ones((), Z.dtype)

    def forward() -> None:
        tanh(Z, A)

    def derivative() -> None:
        multiply(A, A, room)
        subtract(one, room, room)

    return forward, _times(dA, room, derivative)


def _elu(activation: ELU, Z: Array, A: Array, dA: Array, scratch: Scratch) -> StagedActivation:
    return _exponential_linear(1.0, activation.alpha, Z, A, dA, scratch)


def _selu(_: SELU, Z: Array, A: Array, dA: Array, scratch: Scratch) -> StagedActivation:
    return _exponential_linear(SELU_SCALE, SELU_SCALE * SELU_ALPHA, Z, A, dA, scratch)


def _exponential_linear(
    right: float, left: float, Z: Array, A: Array, dA: Array, scratch: Scratch
) -> StagedActivation:
    """`right * z` for `z > 0` and `left * (e^z - 1)` elsewhere.

    The slope is `min(A, 0) + left`, and `right - left` more where `A > 0`.  That sum is `right` to
    the bit: the difference is exact where `left > right`, and else rounded by less than it takes.
    """
    room, step = scratch.room(Z), scratch.room(Z, 1)
    zeros, is_positive = scratch.zeros(Z), scratch.mask(Z)
    high, low = np.array(right, Z.dtype), np.array(left, Z.dtype)
    rest = high - low
    minimum, maximum, greater, expm1 = np.minimum, np.maximum, np.greater, np.expm1
    multiply, add, is_even = np.multiply, np.add, bool(high == low)

    def forward() -> None:
        minimum(Z, zeros, out=room)
        expm1(room, room)
        multiply(room, low, room)
        maximum(Z, zeros, out=A)
        multiply(A, high, A)
        add(A, room, A)

    def derivative() -> None:
        minimum(A, zeros, out=room)
        add(room, low, room)
        if is_even:
            return
        greater(A, zeros, is_positive)
        multiply(is_positive, rest, step)
        add(room, step, room)

    return forward, _times(dA, room, derivative)


def _softplus(_: Activation, Z: Array, A: Array, dA: Array, scratch: Scratch) -> StagedActivation:
    room, zeros = scratch.room(Z), scratch.zeros(Z)
    absolute, negative, exp, log1p, expm1 = np.absolute, np.negative, np.exp, np.log1p, np.expm1
    maximum, add = np.maximum, np.add

    def forward() -> None:
        absolute(Z, room)
        negative(room, room)
        exp(room, room)
        log1p(room, room)
        maximum(Z, zeros, out=A)
        add(A, room, A)

    def derivative() -> None:
        negative(A, room)
        expm1(room, room)
        negative(room, room)

    return forward, _times(dA, room, derivative)


def _silu(_: Activation, Z: Array, A: Array, dA: Array, scratch: Scratch) -> StagedActivation:
    room, S = scratch.room(Z), np.empty_like(Z)
    fill = _sigmoid_of(Z, S, scratch)
    subtract, multiply, add = np.subtract, np.multiply, np.add
    one = np.ones((), Z.dtype)

    def forward() -> None:
        fill()
        multiply(Z, S, A)

    def derivative() -> None:
        subtract(one, S, room)
        multiply(A, room, room)
        add(room, S, room)

    return forward, _times(dA, room, derivative)


def _gelu(_: Activation, Z: Array, A: Array, dA: Array, scratch: Scratch) -> StagedActivation:
    """`Phi` and `e^(-z^2/2)` are kept; `Phi` is `|[z > 0] - tail|`."""
    bell, cdf, room = np.empty_like(Z), np.empty_like(Z), scratch.room(Z)
    far, zeros, is_positive = scratch.all_of(normal.FAR, Z), scratch.zeros(Z), scratch.mask(Z)
    distance, t = scratch.room(Z, 1), scratch.room(Z, 2)
    absolute, minimum, trunc, exp, greater = np.absolute, np.minimum, np.trunc, np.exp, np.greater
    add, subtract, multiply, divide = np.add, np.subtract, np.multiply, np.divide

    def number(value: float) -> Array:
        return np.array(value, Z.dtype)

    centre, grid, half, one = map(number, (normal.CENTRE, normal.GRID, 0.5, 1.0))
    minus_half, density = number(-0.5), number(normal.DENSITY_AT_ZERO)
    highest, following, *rest = map(number, normal.polynomial(Z.dtype))

    def forward() -> None:
        absolute(Z, distance)
        minimum(distance, far, out=distance)

        multiply(distance, grid, room)
        trunc(room, room)
        divide(room, grid, room)
        subtract(room, distance, bell)
        add(room, distance, t)
        multiply(bell, t, bell)
        multiply(bell, half, bell)
        exp(bell, bell)
        multiply(room, room, room)
        multiply(room, minus_half, room)
        exp(room, room)
        multiply(room, bell, bell)

        subtract(distance, centre, room)
        add(distance, centre, t)
        divide(room, t, t)
        multiply(t, highest, cdf)
        add(cdf, following, cdf)
        for coefficient in rest:
            multiply(cdf, t, cdf)
            add(cdf, coefficient, cdf)
        multiply(bell, cdf, cdf)
        add(distance, one, room)
        divide(cdf, room, cdf)

        greater(Z, zeros, is_positive)
        subtract(is_positive, cdf, cdf)
        absolute(cdf, cdf)
        multiply(Z, cdf, A)

    def derivative() -> None:
        multiply(bell, density, room)
        multiply(Z, room, room)
        add(room, cdf, room)

    return forward, _times(dA, room, derivative)


def _gelu_tanh(_: Activation, Z: Array, A: Array, dA: Array, scratch: Scratch) -> StagedActivation:
    room, Y, S = scratch.room(Z), np.empty_like(Z), np.empty_like(Z)
    top, bottom = scratch.all_of(30.0, Z), scratch.all_of(-30.0, Z)
    fill = _sigmoid_of(S, S, scratch)
    maximum, minimum = np.maximum, np.minimum
    subtract, multiply, add = np.subtract, np.multiply, np.add
    one, linear, cubic, thrice_cubic = (
        np.array(number, Z.dtype)
        for number in (
            1.0,
            TWICE_SQRT_2_PI,
            TWICE_SQRT_2_PI * GELU_CUBIC,
            TWICE_SQRT_2_PI * GELU_CUBIC * 3.0,
        )
    )

    def forward() -> None:
        maximum(Z, bottom, out=Y)
        minimum(Y, top, out=Y)
        multiply(Y, Y, S)
        multiply(S, cubic, S)
        add(S, linear, S)
        multiply(Y, S, S)
        fill()
        multiply(Z, S, A)

    def derivative() -> None:
        multiply(Y, Y, Y)
        multiply(Y, thrice_cubic, Y)
        add(Y, linear, Y)
        subtract(one, S, room)
        multiply(A, room, room)
        multiply(room, Y, room)
        add(room, S, room)

    return forward, _times(dA, room, derivative)


# A hard function is flat where it is at one of its two ends, which are whole numbers: there the
# numbers above and below it are one, and between them they are one apart.


def _hard_sigmoid(
    _: Activation, Z: Array, A: Array, dA: Array, scratch: Scratch
) -> StagedActivation:
    room, below = scratch.room(Z), scratch.room(Z, 1)
    ceil, floor, subtract, multiply = np.ceil, np.floor, np.subtract, np.multiply
    sixth = np.array(SIXTH, Z.dtype)

    def derivative() -> None:
        ceil(A, room)
        floor(A, below)
        subtract(room, below, room)
        multiply(room, sixth, room)

    return _hard_sigmoid_of(Z, A, scratch), _times(dA, room, derivative)


def _hard_sigmoid_of(Z: Array, H: Array, scratch: Scratch) -> Callable[[], object]:
    """`H = min(max(Z + 3, 0), 6) / 6`; both may be one buffer."""
    zeros, sixes = scratch.zeros(Z), scratch.all_of(6.0, Z)
    add, maximum, minimum, divide = np.add, np.maximum, np.minimum, np.divide
    three, six = np.array(3.0, Z.dtype), np.array(6.0, Z.dtype)

    def fill() -> None:
        add(Z, three, H)
        maximum(H, zeros, out=H)
        minimum(H, sixes, out=H)
        divide(H, six, H)

    return fill


def _hard_swish(_: Activation, Z: Array, A: Array, dA: Array, scratch: Scratch) -> StagedActivation:
    room, below, H = scratch.room(Z), scratch.room(Z, 1), np.empty_like(Z)
    fill = _hard_sigmoid_of(Z, H, scratch)
    ceil, floor, subtract, multiply, add = np.ceil, np.floor, np.subtract, np.multiply, np.add
    sixth = np.array(SIXTH, Z.dtype)

    def forward() -> None:
        fill()
        multiply(Z, H, A)

    def derivative() -> None:
        ceil(H, room)
        floor(H, below)
        subtract(room, below, room)
        multiply(room, Z, room)
        multiply(room, sixth, room)
        add(room, H, room)

    return forward, _times(dA, room, derivative)


def _hard_tanh(_: Activation, Z: Array, A: Array, dA: Array, scratch: Scratch) -> StagedActivation:
    room = scratch.room(Z)
    bottom, top = scratch.all_of(-1.0, Z), scratch.all_of(1.0, Z)
    maximum, minimum, absolute = np.maximum, np.minimum, np.absolute
    floor, subtract, one = np.floor, np.subtract, np.ones((), Z.dtype)

    def forward() -> None:
        maximum(Z, bottom, out=A)
        minimum(A, top, out=A)

    def derivative() -> None:
        absolute(A, room)
        floor(room, room)
        subtract(one, room, room)

    return forward, _times(dA, room, derivative)


def _softsign(_: Activation, Z: Array, A: Array, dA: Array, _scratch: Scratch) -> StagedActivation:
    D = np.empty_like(Z)
    absolute, add, divide, one = np.absolute, np.add, np.divide, np.ones((), Z.dtype)

    def forward() -> None:
        absolute(Z, D)
        add(D, one, D)
        divide(Z, D, A)

    def backward() -> None:
        divide(dA, D, dA)
        divide(dA, D, dA)

    return forward, backward


def _exponential(
    _: Activation, Z: Array, A: Array, dA: Array, scratch: Scratch
) -> StagedActivation:
    limit = scratch.all_of(largest_exponent(unnamed(Z)), Z)
    minimum, exp, multiply = np.minimum, np.exp, np.multiply

    def forward() -> None:
        minimum(Z, limit, out=A)
        exp(A, A)

    def backward() -> None:
        multiply(dA, A, dA)

    return forward, backward


def _softmax(_: Activation, Z: Array, A: Array, dA: Array, scratch: Scratch) -> StagedActivation:
    if Z.shape[1] == 1:  # without an axis for the examples, three times as fast
        Z, A, dA = (a.reshape(-1) for a in (Z, A, dA))
    room, row, ones = scratch.room(Z), np.empty(Z.shape[1:], Z.dtype), np.ones(len(Z), Z.dtype)
    highest, add_up, exp = np.maximum.reduce, ones.dot, np.exp
    subtract, multiply, divide = np.subtract, np.multiply, np.divide

    def forward() -> None:
        highest(Z, 0, out=row)
        subtract(Z, row, A)
        exp(A, A)
        add_up(A, row)
        divide(A, row, A)

    def backward() -> None:
        multiply(dA, A, room)
        add_up(room, row)
        subtract(dA, row, dA)
        multiply(dA, A, dA)

    return forward, backward


def _times(dA: Array, slope: Array, derivative: Callable[[], object]) -> Callable[[], object]:
    """`dZ = dA * g'(Z)`, where `derivative` fills `slope` with `g'(Z)`."""
    multiply = np.multiply
    flat, flat_slope = dA.reshape(-1), slope.reshape(-1)

    def backward() -> None:
        derivative()
        multiply(flat, flat_slope, flat)

    return backward


Staged = Callable[[Any, Array, Array, Array, Scratch], StagedActivation]

STAGED: Mapping[type[Activation], Staged] = MappingProxyType(
    {
        Identity: _identity,
        ReLU: _relu,
        LeakyReLU: _leaky_relu,
        Sigmoid: _sigmoid,
        Tanh: _tanh,
        Softmax: _softmax,
        ELU: _elu,
        SELU: _selu,
        Softplus: _softplus,
        SiLU: _silu,
        GELU: _gelu,
        GELUTanh: _gelu_tanh,
        HardSigmoid: _hard_sigmoid,
        HardTanh: _hard_tanh,
        HardSwish: _hard_swish,
        Softsign: _softsign,
        Exponential: _exponential,
    }
)

IN_PLACE = frozenset(STAGED) - {SiLU, GELU, GELUTanh, HardSwish, Softsign}
"""Those whose way back can be computed from `A` alone."""


def _pure(activation: Activation, Z: Array, A: Array, dA: Array) -> StagedActivation:
    """The pure functions of a kind without a staged form."""
    pure_Z, pure_A, pure_dA = (freeze(a[...]) for a in (Z, A, dA))

    def forward() -> None:
        put(to_numpy(activation(unnamed(pure_Z[...]))), A)

    def backward() -> None:
        views = (unnamed(buffer[...]) for buffer in (pure_dA, pure_Z, pure_A))
        dZ = activation.pullback(*views)
        put(to_numpy(dZ), dA)

    return forward, backward

"""Staged forms of the activations: the operations of `fdnn.activations`, one by one, into buffers.

Where `Z` and `A` are one buffer, the way back has only `A` to go by, which is enough for these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from fdnn.activations import (
    Activation,
    Identity,
    LeakyReLU,
    ReLU,
    Sigmoid,
    Softmax,
    StagedActivation,
    Tanh,
)
from fdnn.matrix import Array, freeze, to_numpy, unnamed
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
    room, zeros = scratch.room(Z), scratch.zeros(Z)
    absolute, negative, exp, minimum = np.absolute, np.negative, np.exp, np.minimum
    add, subtract, multiply, divide = np.add, np.subtract, np.multiply, np.divide
    one = np.ones((), Z.dtype)

    def forward() -> None:
        absolute(Z, room)
        negative(room, room)
        exp(room, room)
        minimum(Z, zeros, out=A)
        exp(A, A)
        add(room, one, room)
        divide(A, room, A)

    def derivative() -> None:
        subtract(one, A, room)
        multiply(A, room, room)

    return forward, _times(dA, room, derivative)


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
    }
)


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

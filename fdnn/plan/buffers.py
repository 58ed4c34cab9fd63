"""Buffers: what a plan keeps of each axis of a network, for one number of examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, TypeVar

import attrs
import numpy as np

from fdnn.errors import KindError, Misfit
from fdnn.guards import speaks_for
from fdnn.matrix import Array

K = TypeVar("K")
T = TypeVar("T")

PART = 16384
"""So many numbers are worked on at a time where that keeps them in the cache."""


BLOCK = 65536
"""So many numbers of each vector of parameters are worked on at a time, for the same reason."""


def blocks(*arrays: Array) -> Iterator[Sequence[Array]]:
    """The same part of several flat arrays, part after part."""
    size = arrays[0].size
    if size <= BLOCK:
        yield arrays
        return
    for start in range(0, size, BLOCK):
        part = slice(start, start + BLOCK)
        yield [array[part] for array in arrays]


@attrs.frozen(eq=False)
class Axis:
    """The activations of one axis, `A`, `(units, examples)`, and room for `dA`, of the same shape.

    `biased` is `A` over a row of ones; `dA_biased` has a row to spare under `dA`, for
    `[W | b]^T dZ`, and is None where nobody asks for `dA`.
    """

    A: Array
    biased: Array
    dA_biased: Array | None

    @property
    def dA(self) -> Array | None:
        """`(units, examples)`."""
        return None if self.dA_biased is None else self.dA_biased[:-1]


def hidden_axis(units: int, m: int, dtype: np.dtype[Any]) -> Axis:
    """Room for the activations of a layer."""
    biased = np.ones((units + 1, m), dtype)
    return Axis(biased[:-1], biased, np.empty_like(biased))


class Scratch:
    """Room that the layers of one plan use one after the other, made when it is asked for."""

    def __init__(self, largest: int, dtype: np.dtype[Any]) -> None:
        self._largest, self._dtype = largest, dtype
        self._rooms: dict[int, Array] = {}
        self._constants: dict[float, Array] = {}

    def room(self, Z: Array, number: int = 0) -> Array:
        """Room of the shape of `Z`; another one for another number."""
        if number not in self._rooms:
            self._rooms[number] = np.empty(self._largest, self._dtype)
        return self._rooms[number][: Z.size].reshape(Z.shape)

    def mask(self, Z: Array) -> Array:
        """Room for a mask of the shape of `Z`."""
        return self._mask[: Z.size].reshape(Z.shape)

    def zeros(self, Z: Array) -> Array:
        """Zeros of the shape of `Z`, to compare with."""
        return self.all_of(0.0, Z)

    def all_of(self, number: float, Z: Array) -> Array:
        """One number in the shape of `Z`, to compare with: four times as fast as the number."""
        if number not in self._constants:
            self._constants[number] = np.full(self._largest, number, self._dtype)
        return self._constants[number][: Z.size].reshape(Z.shape)

    @cached_property
    def parts(self) -> tuple[Array, Array, Array]:
        """Zeros, and of whole numbers of the same width ones and room, for `PART` numbers."""
        size, bits = min(PART, self._largest), np.dtype(f"i{self._dtype.itemsize}")
        return np.zeros(size, self._dtype), np.ones(size, bits), np.empty(size, bits)

    @cached_property
    def _mask(self) -> Array:
        return np.empty(self._largest, bool)


def own_form(kind: Any, methods: Sequence[str], *buffers: Any) -> Any:
    """What a kind of the user's own gives as its staged form; None where it has none.

    One that was inherited, while the pure methods were overridden, is another kind's.
    """
    if not speaks_for(kind.__class__, "staged", *methods):
        return None
    return kind.staged(*buffers)


def pair_of(kind: object, form: Any) -> tuple[Any, Any]:
    """The two functions of a staged form (`KindError`)."""
    parts: list[Any] = list(form) if form.__class__ is tuple else []
    if [*map(callable, parts)] != [True, True]:
        came = f"{type(kind).__name__}.staged gave {form!r}"
        raise KindError("staged", came, "two functions, forward and backward")
    return parts[0], parts[1]


MOST = 4
"""Batches of so many sizes have buffers at a time; all epochs have two, or one."""


def keep(kept: dict[K, T], size: K, value: T) -> None:
    """Keep what was made for batches of a size, and let go of what was made first of all."""
    kept[size] = value
    if len(kept) > MOST:
        del kept[next(iter(kept))]


def put(given: Array, into: Array) -> None:
    """Copy what a pure function gave into a buffer; `Misfit` for another shape or dtype."""
    if given.shape != into.shape or given.dtype != into.dtype:
        raise Misfit
    into[...] = given

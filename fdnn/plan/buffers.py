"""Buffers: what a plan keeps of each axis of a network, for one number of examples."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from fdnn.errors import DtypeError, ShapeError
from fdnn.matrix import Array

LIGHT = 65536
"""Inputs of at most so many bytes are copied to stand over a row of ones."""


@attrs.frozen(eq=False)
class Axis:
    """The activations of one axis, `A`, `(units, examples)`, and room for `dA`, of the same shape.

    `biased` is `A` over a row of ones; None where that would be one more copy of large data.
    `dA_biased` has a row to spare under `dA`, for `[W | b]^T dZ`; None where nobody asks for `dA`.
    """

    A: Array
    biased: Array | None
    dA_biased: Array | None

    @property
    def dA(self) -> Array | None:
        """`(units, examples)`."""
        return None if self.dA_biased is None else self.dA_biased[:-1]


def hidden_axis(units: int, m: int, dtype: np.dtype[Any]) -> Axis:
    """Room for the activations of a layer."""
    biased = np.ones((units + 1, m), dtype)
    return Axis(biased[:-1], biased, np.empty_like(biased))


def input_axis(X: Array, biased: Array | None) -> Axis:
    """The axis of the data themselves."""
    if biased is None and X.nbytes <= LIGHT:
        biased = np.vstack([X, np.ones_like(X[:1])])
    return Axis(X, biased, None)


@attrs.frozen(eq=False)
class Scratch:
    """Room that the layers of one plan use one after the other, and zeros to compare with."""

    room: Array
    mask: Array
    zeros: Array

    @classmethod
    def of(cls, largest: int, dtype: np.dtype[Any]) -> Scratch:
        """For arrays of at most so many numbers."""
        return cls(np.empty(largest, dtype), np.empty(largest, bool), np.zeros(largest, dtype))

    def like(self, Z: Array) -> tuple[Array, Array, Array]:
        """Room, a mask and zeros, of the shape of `Z`."""
        room, mask, zeros = (
            a[: Z.size].reshape(Z.shape) for a in (self.room, self.mask, self.zeros)
        )
        return room, mask, zeros


def put(where: str, what: str, given: Array, into: Array) -> None:
    """Copy what a pure function gave into a buffer; refuse another shape or dtype."""
    if given.shape != into.shape:
        raise ShapeError(where, f"{what} has shape {given.shape}", str(into.shape))
    if given.dtype != into.dtype:
        raise DtypeError(where, f"{what} has dtype {given.dtype}", str(into.dtype))
    into[...] = given

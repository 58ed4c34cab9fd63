"""Batches: examples and their labels, checked once, where they enter; and orders of examples.

An epoch is one pass over all examples, in mini-batches.  Its order is a function of the run's key
and the number of the epoch, and so a mini-batch is a function of the key and the step: a run that
is started anew from its middle meets the same mini-batches.
"""

from __future__ import annotations

from typing import Any, Generic

import attrs
import numpy as np
from numpy.typing import NDArray

from fdnn.axes import Dim, In, M, One, Out
from fdnn.errors import DtypeError, ShapeError
from fdnn.guards import Record, admit_weights, require_kind
from fdnn.keys import Key
from fdnn.matrix import (
    Array,
    Matrix,
    freeze,
    owned,
    require_finite,
    require_matrix,
    size_of,
    standing,
    to_numpy,
    unnamed,
)


@attrs.frozen(eq=False, repr=False)
class Batch(Record, Generic[In, Out, M]):
    """The examples `X`, `(inputs, examples)`, and their labels `Y`, `(outputs, examples)`.

    `weights`, `(One, examples)`, say how much the loss of each example counts:
    `J = (1/m) * sum_j w_j L_j`.  They are from 0 on; without them each counts 1.

    Building one scans for NaN and infinities, and keeps a read-only copy of its own, in which the
    examples lie one after the other over a row of ones; whoever is handed a batch need not look
    again.  Where the sizes are given as `Dim`, the names of the axes are remembered, and another
    network's labels are refused by name.

    Raises `ShapeError`, `DtypeError`, `DataError`.
    """

    X: Matrix[In, M]
    Y: Matrix[Out, M]
    inputs: Dim[In] | None = None
    outputs: Dim[Out] | None = None
    weights: Matrix[One, M] | None = None

    def __attrs_post_init__(self) -> None:
        require_matrix("Batch", "X", self.X)
        object.__setattr__(self, "X", standing(self.X))
        super().__attrs_post_init__()
        X, Y = to_numpy(self.X), to_numpy(self.Y)

        _require_rows("X", X, self.inputs)
        _require_rows("Y", Y, self.outputs)
        if X.shape[1] != Y.shape[1]:
            came = f"Y has {Y.shape[1]} columns"
            raise ShapeError("Batch", came, f"{X.shape[1]}", "X has as many: one for each example")
        if X.dtype != Y.dtype:
            came = f"Y has dtype {Y.dtype}"
            raise DtypeError("Batch", came, str(X.dtype), "which is the dtype of X")
        require_finite("Batch", "X", X)
        require_finite("Batch", "Y", Y)
        if self.weights is not None:
            m = size_of(self.X)[1]
            admit_weights("Batch", self.weights, m, X.dtype, f"X has {int(m)} columns")
            object.__setattr__(self, "weights", owned(self.weights))

    @property
    def size(self) -> int:
        """How many examples there are, m."""
        return int(to_numpy(self.X).shape[1])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The precision of the numbers."""
        return self.X.dtype

    @property
    def axes(self) -> tuple[Dim[Any], ...]:
        """The sizes of the inputs, the outputs and the examples, with the names that are known."""
        (n, m), (k, _) = size_of(self.X), size_of(self.Y)
        return self.inputs or n, self.outputs or k, m

    def __repr__(self) -> str:
        inputs, outputs, m = self.axes
        weighted = "" if self.weights is None else ", weighted"
        return f"Batch({inputs!r}, {outputs!r}, m={int(m)}, {to_numpy(self.X).dtype}{weighted})"


# ------------------------------------------------------------------------------------ mini-batches


def order(key: Key, epoch: int, m: int) -> NDArray[np.intp]:
    """The order in which an epoch takes the m examples: a permutation, `(m,)`, drawn at its key.

    Layers draw further in, at a path of the step and their place.
    """
    return key.at(epoch).generator().permutation(m)


def epoch_of(step: int, m: int, size: int, drop_last: bool = False) -> tuple[int, slice]:
    """The epoch of a step, and which part of the epoch's order is the mini-batch of that step.

    The last mini-batch of an epoch has what is left, or is left out where `drop_last` says so.

    >>> epoch_of(step=5, m=100, size=40), epoch_of(step=5, m=100, size=40, drop_last=True)
    ((1, slice(80, 120, None)), (2, slice(40, 80, None)))
    """
    epoch, place = divmod(step, steps_in_epoch(m, size, drop_last))
    return epoch, slice(place * size, (place + 1) * size)


def steps_in_epoch(m: int, size: int, drop_last: bool = False) -> int:
    """How many mini-batches of `size` an epoch of m examples has.

    >>> steps_in_epoch(100, 40), steps_in_epoch(100, 40, drop_last=True)
    (3, 2)
    """
    return m // size if drop_last else -(-m // size)


def minibatch(
    batch: Batch[In, Out, M], size: int, key: Key, step: int, drop_last: bool = False
) -> Batch[In, Out, Any]:
    """The mini-batch of a step: `size` of the examples, or what is left at the end of an epoch."""
    epoch, part = epoch_of(step, batch.size, size, drop_last)
    return select(batch, order(key, epoch, batch.size)[part])


def select(batch: Batch[In, Out, M], places: NDArray[np.intp]) -> Batch[In, Out, Any]:
    """The examples at these places, `(places,)`, in this order, as a batch of their own."""
    X = freeze(np.take(to_numpy(batch.X), places, axis=1))
    Y = freeze(np.take(to_numpy(batch.Y), places, axis=1))

    weights = None
    if batch.weights is not None:
        weights = unnamed(freeze(np.take(to_numpy(batch.weights), places, axis=1)))
    return Batch(unnamed(X), unnamed(Y), batch.inputs, batch.outputs, weights)


def _require_rows(field: str, array: Array, dim: Dim[Any] | None) -> None:
    if dim is None:
        return
    require_kind("Batch", "a size", dim, Dim, "write Dim[Pixel](12288)")
    if dim != array.shape[0]:
        why = "batch_from_columns takes columns, batch_from_rows rows"
        if field == "Y" and array.shape[0] == 1:
            why = "are they the numbers of the classes? one_hot(numbers, outputs) makes the rows"
        raise ShapeError("Batch", f"{field} has shape {array.shape}", f"({dim!r}, m)", why)

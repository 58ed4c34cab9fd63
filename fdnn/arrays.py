"""Plain arrays in: batches of arrays whose columns, or whose rows, are examples, and labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from fdnn.axes import ONE, Dim, In, Out
from fdnn.batches import Batch
from fdnn.errors import DataError, DtypeError, ShapeError
from fdnn.matrix import Array, above_ones, freeze, numbers, require_dtype, unchecked


def batch_from_columns(
    x: ArrayLike,
    y: ArrayLike,
    inputs: Dim[In],
    outputs: Dim[Out],
    dtype: DTypeLike | None = None,
    weights: ArrayLike | None = None,
) -> Batch[In, Out, Any]:
    """The batch of two arrays whose *columns* are examples, as in the course and in fdnn.

    `x` is `(inputs, examples)` and `y` is `(outputs, examples)`, of one floating dtype; `dtype`
    converts both, integers too.  `weights`, a flat array with a number for each example, say how
    much each counts, and are converted to the dtype of the examples.  Raises `ShapeError`,
    `DtypeError`, `DataError`.
    """
    given, labels = (
        numbers("Batch", name, a, dtype, copy=None) for name, a in (("x", x), ("y", y))
    )
    _require_no_class_numbers(labels, outputs)
    X = above_ones(given) if given.ndim == 2 else given
    Y = freeze(np.array(labels, order="C"))
    examples = Dim[Any](max(1, X.shape[-1] if X.ndim else 1))
    named_X = unchecked(X, inputs, examples)
    named_Y = unchecked(Y, outputs, examples)

    if weights is None:
        return Batch(named_X, named_Y, inputs, outputs)
    row = unchecked(_row_of(weights, X.dtype), ONE, examples)
    return Batch(named_X, named_Y, inputs, outputs, row)


def batch_from_rows(
    x: ArrayLike,
    y: ArrayLike,
    inputs: Dim[In],
    outputs: Dim[Out],
    dtype: DTypeLike | None = None,
    weights: ArrayLike | None = None,
) -> Batch[In, Out, Any]:
    """The batch of two arrays whose *rows* are examples, as in data tables and in scikit-learn.

    `x` is `(examples, inputs)` and `y` is `(examples, outputs)`; a flat `y` of m labels is one
    output for each of the m rows.  Otherwise as `batch_from_columns`.
    """
    X, Y = (numbers("Batch", name, a, dtype, copy=None) for name, a in (("x", x), ("y", y)))
    _require_no_class_numbers(Y, outputs)
    Y = Y[:, np.newaxis] if Y.ndim == 1 else Y
    if Y.shape == (outputs, len(X)) != (len(X), outputs):
        came, expected = f"y has shape {Y.shape}", f"({len(X)}, {outputs!r})"
        why = "its columns are the examples, as one_hot makes them: give y.T"
        raise ShapeError("Batch", came, expected, why)

    return batch_from_columns(X.T, Y.T, inputs, outputs, dtype, weights)


def _require_no_class_numbers(labels: Array, outputs: int) -> None:
    """Refuse a flat array where there are several outputs: what it is, it cannot say."""
    if labels.ndim == 1 and outputs > 1:
        why = "are they the numbers of the classes? one_hot(y, outputs) makes a row for each"
        raise ShapeError("Batch", f"y has shape {labels.shape}", f"({outputs!r}, m)", why)


def _row_of(weights: ArrayLike, dtype: np.dtype[Any]) -> Array:
    """A flat array of weights as one row, in the precision of the examples."""
    flat = numbers("Batch", "weights", weights, None)
    if flat.ndim != 1:
        why = "a flat array with one weight for each example"
        raise ShapeError("Batch", f"weights has shape {flat.shape}", "(m,)", why)
    if flat.dtype.kind not in "biuf":
        raise DtypeError("Batch", f"weights has dtype {flat.dtype}", "real numbers")
    return freeze(flat.astype(dtype))[np.newaxis]


def one_hot(labels: ArrayLike, classes: Dim[Out], dtype: DTypeLike = "float64") -> Array:
    """The labels that softmax learns from, `(classes, examples)`: `Y_ij = 1` where label j is i.

    Labels are whole numbers from 0 on, `(examples,)`.  Raises `DataError` for others.

    >>> class Digit: ...
    >>> one_hot([2, 0], Dim[Digit](3))
    array([[0., 1.],
           [0., 0.],
           [1., 0.]])
    """
    require_dtype("one_hot", dtype)
    flat = numbers("one_hot", "labels", labels, None, copy=None)
    if flat.ndim != 1:
        raise ShapeError(
            "one_hot", f"labels has shape {flat.shape}", "(m,)", "one for each example"
        )
    wrong = ~np.isin(flat, np.arange(classes))
    if wrong.any():
        came = f"labels holds {flat[wrong][0]}"
        raise DataError("one_hot", came, f"whole numbers from 0 to {classes - 1}", repr(classes))
    return freeze((np.arange(classes)[:, np.newaxis] == flat).astype(dtype))

"""Plain arrays in: batches of arrays whose columns, or whose rows, are examples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from fdnn.axes import Dim, In, Out
from fdnn.batches import Batch
from fdnn.matrix import freeze, numbers, unchecked


def batch_from_columns(
    x: ArrayLike, y: ArrayLike, inputs: Dim[In], outputs: Dim[Out], dtype: DTypeLike | None = None
) -> Batch[In, Out, Any]:
    """The batch of two arrays whose *columns* are examples, as in the course and in fdnn."""
    X, Y = (freeze(numbers("Batch", name, a, dtype)) for name, a in (("x", x), ("y", y)))
    examples = Dim[Any](max(1, X.shape[-1] if X.ndim else 1))
    named_X = unchecked(X, inputs, examples)
    named_Y = unchecked(Y, outputs, examples)

    return Batch(named_X, named_Y, inputs, outputs)


def batch_from_rows(
    x: ArrayLike, y: ArrayLike, inputs: Dim[In], outputs: Dim[Out], dtype: DTypeLike | None = None
) -> Batch[In, Out, Any]:
    """The batch of two arrays whose *rows* are examples, as in data tables and in scikit-learn.

    A flat `y` of m labels is one output for each of the m rows.
    """
    X, Y = (numbers("Batch", name, a, dtype, copy=None) for name, a in (("x", x), ("y", y)))
    Y = Y[:, np.newaxis] if Y.ndim == 1 else Y

    return batch_from_columns(X.T, Y.T, inputs, outputs, dtype)

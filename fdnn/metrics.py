"""Metrics: how good predictions are, in numbers that people read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fdnn.axes import M, Out
from fdnn.guards import admit
from fdnn.matrix import Matrix, require_matrix, size_of, to_numpy


def classes(A: Matrix[Out, M]) -> NDArray[np.intp]:
    """The class of each example, `(examples,)`.

    With one output it is whether the output exceeds a half; with several, which is the largest.
    """
    outputs = to_numpy(A)
    if outputs.shape[0] == 1:
        above: NDArray[np.intp] = (outputs[0] > 0.5).astype(np.intp)
        return above
    largest: NDArray[np.intp] = np.argmax(outputs, axis=0)
    return largest


def accuracy(A: Matrix[Out, M], Y: Matrix[Out, M]) -> float:
    """The share of examples whose predicted class is that of their label."""
    _require_beside("accuracy", A, Y)
    return float(np.mean(classes(A) == classes(Y), dtype=np.float64))


def mean_squared_error(A: Matrix[Out, M], Y: Matrix[Out, M]) -> float:
    """The mean of `(a - y)^2` over all outputs and examples."""
    _require_beside("mean_squared_error", A, Y)
    errors = to_numpy(A) - to_numpy(Y)
    return float(np.mean(np.square(errors), dtype=np.float64))


def _require_beside(where: str, A: Matrix[Out, M], Y: Matrix[Out, M]) -> None:
    require_matrix(where, "A", A)
    rows, columns = size_of(A)
    admit(where, "A", A, rows, "")
    admit(where, "Y", Y, rows, "as A has it", None, columns)

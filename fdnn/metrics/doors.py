"""What every metric asks of its arguments, and how the numbers of several outputs are averaged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fdnn.axes import M, Out
from fdnn.choices import choice
from fdnn.errors import DataError, ShapeError
from fdnn.guards import admit
from fdnn.matrix import REAL, Array, Matrix, require_dtype, require_matrix, size_of, to_numpy

Average: TypeAlias = Literal["macro", "micro", "weighted"]
"""Of the numbers of several outputs: their mean; the number of all decisions taken together; or
their mean weighted with how many examples have the label."""

AVERAGES: tuple[Average, ...] = ("macro", "micro", "weighted")

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


def beside(where: str, A: Matrix[Out, M], Y: Matrix[Out, M]) -> tuple[Array, Array]:
    """The outputs and the labels as arrays: real, finite, and of one shape."""
    require_matrix(where, "A", A)
    rows, columns = size_of(A)
    admit(where, "A", A, rows, "")
    admit(where, "Y", Y, rows, "as A has it", None, columns)
    outputs, labels = to_numpy(A), to_numpy(Y)
    for array in (outputs, labels):
        require_dtype(where, array.dtype, REAL)
    return outputs, labels


def beside_labels(
    where: str, A: Matrix[Out, M], Y: Matrix[Out, M], multilabel: bool = True
) -> tuple[Array, Array]:
    """`beside`, for labels in [0, 1]; unless `multilabel`, several of them sum to one."""
    outputs, labels = beside(where, A, Y)
    hint = "one class an example; with multilabel=True every output is a label by itself"
    require_labels(where, labels, multilabel, hint)
    return outputs, labels


def require_labels(where: str, labels: Array, multilabel: bool, why: str) -> None:
    """Refuse labels outside of [0, 1], or of several classes that do not sum to 1 (`DataError`)."""
    require_between(where, "Y", labels, "labels")
    if not multilabel and len(labels) > 1:
        sums: Array = labels.sum(axis=0, dtype=np.float64)
        wrong = np.abs(sums - 1.0) > 1e-3
        if wrong.any():
            column = int(np.argmax(wrong))
            came = f"column {column} of Y sums to {sums[column]:.6g}"
            raise DataError(where, came, "columns that sum to 1", why)


def require_between(where: str, argument: str, array: Array, what: str) -> None:
    """Refuse numbers outside of [0, 1] (`DataError`)."""
    outside = (array < 0.0) | (array > 1.0)
    if outside.any():
        came = f"{argument} holds {array[outside].flat[0]:.6g}"
        raise DataError(where, came, f"{what} between 0 and 1")


def require_several(where: str, array: Array) -> None:
    """Refuse a single output, where there must be one for each class (`ShapeError`)."""
    if len(array) == 1:
        raise ShapeError(where, "A has 1 row", "2 or more", "one output for each class")


def require_average(where: str, average: str) -> None:
    """Refuse the name of an average that there is not (`ArgumentError`)."""
    if average not in AVERAGES:
        raise choice(where, "average", average, AVERAGES)


def averaged(values: Floats, support: Array, average: Average) -> float:
    """The mean of one number an output, `(outputs,)`, plain or weighted with `support`.

    Where no output has support, the weighted mean is 0.
    """
    if average != "weighted":
        return float(np.mean(values))
    total = float(np.sum(support))
    return float(np.sum(values * support)) / total if total > 0.0 else 0.0


def over_outputs(
    scores: Array, true: Flags, average: Average, score: Callable[[Array, Flags, str], float]
) -> float:
    """The average of `score(scores, true, name)`, asked of each output, `(examples,)`, by itself.

    The micro-average asks once, of all outputs laid one after the other.
    """
    if average == "micro" or len(scores) == 1:
        return score(scores.ravel(), true.ravel(), "Y")
    values: Any = [
        score(of_output, truth, f"output {i} of Y")
        for i, (of_output, truth) in enumerate(zip(scores, true, strict=True))
    ]
    return averaged(np.array(values), true.sum(axis=1), average)

"""Metrics of decisions: which class was predicted, and which it was."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fdnn.axes import M, Out
from fdnn.errors import ArgumentError
from fdnn.guards import real
from fdnn.keys import whole_number
from fdnn.matrix import Array, Matrix, freeze, to_numpy
from fdnn.metrics.doors import (
    Average,
    Flags,
    Floats,
    averaged,
    beside_labels,
    require_average,
    require_several,
)


def classes(A: Matrix[Out, M]) -> NDArray[np.intp]:
    """The class of each example, `(examples,)`.

    With one output it is whether the output exceeds a half; with several, which is the largest, and
    the first of them where several are equal.
    """
    return _classes(to_numpy(A))


def accuracy(A: Matrix[Out, M], Y: Matrix[Out, M], *, multilabel: bool = False) -> float:
    """The share of examples whose predicted class is that of their label.

    With `multilabel`, the share of examples of which every label is right.  Raises `DataError` for
    labels outside of [0, 1], or that are not one class an example.
    """
    outputs, labels = beside_labels("accuracy", A, Y, multilabel)
    if multilabel:
        return float(np.mean(((outputs > 0.5) == (labels > 0.5)).all(axis=0), dtype=np.float64))
    return float(np.mean(_classes(outputs) == _classes(labels), dtype=np.float64))


def top_k(A: Matrix[Out, M], Y: Matrix[Out, M], *, k: int) -> float:
    """The share of examples whose class is among the k largest outputs.

    Of equal outputs the first comes first, so that `top_k(A, Y, k=1)` is `accuracy(A, Y)`.  Raises
    `ArgumentError` where there are fewer than k classes, and `ShapeError` for a single output.
    """
    k = whole_number("top_k", "k", k, least=1)
    outputs, labels = beside_labels("top_k", A, Y, multilabel=False)
    require_several("top_k", outputs)
    n = len(outputs)
    if k > n:
        raise ArgumentError("top_k", f"k is {k}", f"at most {n}", "there are so many classes")

    true = _classes(labels)
    score = outputs[true, np.arange(len(true))]
    equal_before = (outputs == score) & (np.arange(n)[:, np.newaxis] < true)
    ahead = np.sum((outputs > score) | equal_before, axis=0)
    return float(np.mean(ahead < k, dtype=np.float64))


def precision(
    A: Matrix[Out, M], Y: Matrix[Out, M], *, average: Average = "macro", multilabel: bool = False
) -> float:
    """`TP / (TP + FP)`: of the examples that are predicted to have a label, the share that have it.

    It is 0 where none is predicted.  With one output it is that of the label 1, and there is
    nothing to average.
    """
    TP, FP, FN = _counts("precision", A, Y, average, multilabel)
    return averaged(_share(TP, TP + FP), TP + FN, average)


def recall(
    A: Matrix[Out, M], Y: Matrix[Out, M], *, average: Average = "macro", multilabel: bool = False
) -> float:
    """`TP / (TP + FN)`: of the examples that have a label, the share that are predicted to.

    It is 0 where none has it; otherwise as `precision`.
    """
    TP, _, FN = _counts("recall", A, Y, average, multilabel)
    return averaged(_share(TP, TP + FN), TP + FN, average)


def f_beta(
    A: Matrix[Out, M],
    Y: Matrix[Out, M],
    *,
    beta: float = 1.0,
    average: Average = "macro",
    multilabel: bool = False,
) -> float:
    """`(1 + b^2) TP / ((1 + b^2) TP + b^2 FN + FP)` (van Rijsbergen 1979): with `beta=1`, F1.

    It is the harmonic mean of precision and recall, in which recall weighs `beta` times as much; 0
    where no example has the label or is predicted to; otherwise as `precision`.
    """
    given: object = real(beta)
    if not (isinstance(given, float) and np.isfinite(given) and given > 0.0):
        raise ArgumentError("f_beta", f"beta is {beta!r}", "a positive number")
    TP, FP, FN = _counts("f_beta", A, Y, average, multilabel)
    b2 = given**2
    return averaged(_share((1.0 + b2) * TP, (1.0 + b2) * TP + b2 * FN + FP), TP + FN, average)


def confusion_matrix(A: Matrix[Out, M], Y: Matrix[Out, M]) -> NDArray[np.intp]:
    """How many examples of class i (rows) were taken for class j (columns), `(classes, classes)`.

    With one output there are two classes, 0 and 1.
    """
    outputs, labels = beside_labels("confusion_matrix", A, Y, multilabel=False)
    k = max(2, len(outputs))
    pairs = _classes(labels) * k + _classes(outputs)
    counts: NDArray[np.intp] = np.bincount(pairs, minlength=k * k).reshape(k, k)
    return freeze(counts.copy())


def _classes(outputs: Array) -> NDArray[np.intp]:
    if outputs.shape[0] == 1:
        above: NDArray[np.intp] = (outputs[0] > 0.5).astype(np.intp)
        return above
    largest: NDArray[np.intp] = np.argmax(outputs, axis=0)
    return largest


def _counts(
    where: str, A: Matrix[Out, M], Y: Matrix[Out, M], average: Average, multilabel: bool
) -> tuple[Floats, Floats, Floats]:
    """Of each output, `(outputs,)`: true positives, false positives, false negatives."""
    require_average(where, average)
    outputs, labels = beside_labels(where, A, Y, multilabel)
    if multilabel or len(outputs) == 1:
        predicted, true = outputs > 0.5, labels > 0.5
    else:
        rows = np.arange(len(outputs))[:, np.newaxis]
        predicted, true = rows == _classes(outputs), rows == _classes(labels)
    if average == "micro":
        predicted, true = predicted.reshape(1, -1), true.reshape(1, -1)

    return _sums(predicted & true), _sums(predicted & ~true), _sums(~predicted & true)


def _sums(hits: Flags) -> Floats:
    sums: Floats = hits.sum(axis=1, dtype=np.float64)
    return sums


def _share(part: Floats, whole: Floats) -> Floats:
    """`part / whole`, which is 0 where there is none."""
    share: Floats = part / np.where(whole > 0.0, whole, 1.0)
    return share

"""Metrics of regression: how far the outputs are from the labels.

The numbers of several outputs are averaged, each output counting the same.
"""

from __future__ import annotations

import numpy as np

from fdnn.axes import M, Out
from fdnn.matrix import Array, Matrix
from fdnn.metrics.doors import Floats, beside


def mean_squared_error(A: Matrix[Out, M], Y: Matrix[Out, M]) -> float:
    """The mean of `(a - y)^2` over all outputs and examples."""
    outputs, labels = beside("mean_squared_error", A, Y)
    return float(np.mean(np.square(outputs - labels), dtype=np.float64))


def root_mean_squared_error(A: Matrix[Out, M], Y: Matrix[Out, M]) -> float:
    """`sqrt((1/m) sum (a - y)^2)`, in the unit of the labels; the mean of it over the outputs."""
    outputs, labels = beside("root_mean_squared_error", A, Y)
    squares = np.mean(np.square(outputs - labels), axis=1, dtype=np.float64)
    return float(np.mean(np.sqrt(squares)))


def mean_absolute_error(A: Matrix[Out, M], Y: Matrix[Out, M]) -> float:
    """The mean of `|a - y|` over all outputs and examples."""
    outputs, labels = beside("mean_absolute_error", A, Y)
    return float(np.mean(np.abs(outputs - labels), dtype=np.float64))


def r2(A: Matrix[Out, M], Y: Matrix[Out, M]) -> float:
    """`R^2 = 1 - sum (y - a)^2 / sum (y - mean y)^2`, the share of the variance explained.

    Where the labels of an output are all equal, there is nothing to explain: 1 where the output
    meets them exactly and 0 elsewhere, as scikit-learn has it.
    """
    outputs, labels = (array.astype(np.float64) for array in beside("r2", A, Y))
    residual = _sum_of_squares(labels - outputs)
    total = _sum_of_squares(labels - np.mean(labels, axis=1, keepdims=True))
    constant = np.ptp(labels, axis=1) == 0.0

    explained = 1.0 - residual / np.where(constant | (total == 0.0), 1.0, total)
    return float(np.mean(np.where(constant, residual == 0.0, explained)))


def _sum_of_squares(D: Array) -> Floats:
    sums: Floats = np.sum(np.square(D), axis=1)
    return sums

"""Metrics of ranking: whether examples that have a label score higher than those that have not."""

from __future__ import annotations

import numpy as np

from fdnn.axes import M, Out
from fdnn.errors import DataError
from fdnn.matrix import Array, Matrix
from fdnn.metrics.doors import Average, Flags, Floats, beside_labels, over_outputs, require_average


def roc_auc(A: Matrix[Out, M], Y: Matrix[Out, M], *, average: Average = "macro") -> float:
    """The area under the curve of true against false positive rates (Hanley & McNeil 1982).

    It is the chance that an example with the label scores higher than one without it; a tie is half
    a success.  Any increasing function of the scores gives the same, logits too.  Of several
    outputs each is one label against the rest.  Raises `DataError` for an output whose label all
    examples have, or none: there is no pair to compare.
    """
    require_average("roc_auc", average)
    scores, labels = beside_labels("roc_auc", A, Y)
    return over_outputs(scores, labels > 0.5, average, _area)


def average_precision(A: Matrix[Out, M], Y: Matrix[Out, M], *, average: Average = "macro") -> float:
    """`sum_n (R_n - R_(n-1)) P_n` over the thresholds n, from the highest score downwards.

    `P_n` and `R_n` are precision and recall where the label is given to scores that reach the
    threshold; equal scores share one.  It is 0 for an output whose label no example has.
    """
    require_average("average_precision", average)
    scores, labels = beside_labels("average_precision", A, Y)
    return over_outputs(scores, labels > 0.5, average, _area_under_precision)


def _area(scores: Array, true: Flags, name: str) -> float:
    """`(sum of the ranks of the positives - p (p + 1) / 2) / (p n)`: Mann & Whitney's U."""
    p = int(np.sum(true))
    n = len(true) - p
    if p == 0 or n == 0:
        came = f"{name} has the label {int(n == 0)} alone"
        raise DataError("roc_auc", came, "both labels, 0 and 1", "there is no pair to compare")

    _, place, ties = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(ties)
    rank = last - (ties - 1) / 2.0
    return (float(np.sum(rank[place][true])) - p * (p + 1) / 2.0) / (float(p) * n)


def _area_under_precision(scores: Array, true: Flags, _name: str) -> float:
    if not true.any():
        return 0.0
    descending = np.argsort(-scores, kind="stable")
    ordered, hits = scores[descending], np.cumsum(true[descending])
    thresholds = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))

    TP = hits[thresholds]
    precisions: Floats = TP / (thresholds + 1.0)
    return float(np.sum(np.diff(TP, prepend=0) / TP[-1] * precisions))

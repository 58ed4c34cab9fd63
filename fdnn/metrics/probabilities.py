"""Metrics of probabilities: whether the outputs mean what they say."""

from __future__ import annotations

import numpy as np

from fdnn.axes import M, Out
from fdnn.keys import whole_number
from fdnn.matrix import Array, Matrix
from fdnn.metrics.doors import Floats, beside_labels, require_between


def log_loss(A: Matrix[Out, M], Y: Matrix[Out, M], *, multilabel: bool = False) -> float:
    """`-(1/m) sum y log a` over classes and examples, of probabilities.

    With one output there is `1 - a` for the class 0; with `multilabel`, it is the mean of that over
    all labels.  A probability is kept an `eps` of its precision away from 0 and 1, as scikit-learn
    does, so that one sure mistake is not infinite.  Soft labels are taken as they are.  Raises
    `DataError` for outputs or labels outside of [0, 1].
    """
    outputs, labels = beside_labels("log_loss", A, Y, multilabel)
    require_between("log_loss", "A", outputs, "probabilities")
    eps = np.finfo(outputs.dtype).eps
    P = np.clip(outputs, eps, 1.0 - eps).astype(np.float64)
    losses: Floats = -labels * np.log(P)
    if multilabel or len(outputs) == 1:
        losses = losses - (1.0 - labels) * np.log1p(-P)
        return float(losses.mean())
    return float(losses.sum(axis=0).mean())


def calibration_error(
    A: Matrix[Out, M], Y: Matrix[Out, M], *, bins: int = 15, multilabel: bool = False
) -> float:
    """`ECE = sum_b (n_b / m) |acc_b - conf_b|`, the expected calibration error (Guo et al. 2017).

    The confidence of an example is the probability of the class that was predicted for it.  The
    examples are put into `bins` of equal width, bin b holding confidences in `((b-1)/B, b/B]`, and
    `acc_b` and `conf_b` are the share of right predictions and the mean confidence in a bin.  With
    `multilabel`, every label of every example is a prediction by itself.
    """
    bins = whole_number("calibration_error", "bins", bins, least=1)
    outputs, labels = beside_labels("calibration_error", A, Y, multilabel)
    require_between("calibration_error", "A", outputs, "probabilities")
    confidence, right = _predictions(outputs, labels, multilabel)

    edges = np.linspace(0.0, 1.0, bins + 1)
    place = np.searchsorted(edges[1:-1], confidence)
    gaps = np.bincount(place, weights=right - confidence, minlength=bins)
    return float(np.sum(np.abs(gaps))) / len(confidence)


def _predictions(outputs: Array, labels: Array, multilabel: bool) -> tuple[Floats, Floats]:
    """The confidence of each prediction, and 1 where it is right, 0 elsewhere."""
    if multilabel or len(outputs) == 1:
        P = outputs.ravel().astype(np.float64)
        predicted, true = P > 0.5, labels.ravel() > 0.5
        return np.maximum(P, 1.0 - P), (predicted == true).astype(np.float64)
    predicted, true = np.argmax(outputs, axis=0), np.argmax(labels, axis=0)
    return np.max(outputs, axis=0).astype(np.float64), (predicted == true).astype(np.float64)

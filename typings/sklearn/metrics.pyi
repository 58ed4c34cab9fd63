"""The metrics of scikit-learn that the tests compare with."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

_Average: TypeAlias = Literal["binary", "macro", "micro", "weighted"]

def accuracy_score(y_true: ArrayLike, y_pred: ArrayLike) -> float: ...
def top_k_accuracy_score(
    y_true: ArrayLike, y_score: ArrayLike, *, k: int = 2, labels: ArrayLike | None = None
) -> float: ...
def precision_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: Sequence[int] | None = None,
    average: _Average = "binary",
    zero_division: float = 0.0,
) -> float: ...
def recall_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: Sequence[int] | None = None,
    average: _Average = "binary",
    zero_division: float = 0.0,
) -> float: ...
def fbeta_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    beta: float,
    labels: Sequence[int] | None = None,
    average: _Average = "binary",
    zero_division: float = 0.0,
) -> float: ...
def confusion_matrix(
    y_true: ArrayLike, y_pred: ArrayLike, *, labels: Sequence[int] | None = None
) -> NDArray[np.int64]: ...
def roc_auc_score(
    y_true: ArrayLike, y_score: ArrayLike, *, average: _Average = "macro"
) -> float: ...
def average_precision_score(
    y_true: ArrayLike, y_score: ArrayLike, *, average: _Average = "macro"
) -> float: ...
def log_loss(
    y_true: ArrayLike, y_pred: ArrayLike, *, labels: Sequence[Any] | None = None
) -> float: ...
def r2_score(y_true: ArrayLike, y_pred: ArrayLike) -> float: ...
def mean_squared_error(y_true: ArrayLike, y_pred: ArrayLike) -> float: ...
def root_mean_squared_error(y_true: ArrayLike, y_pred: ArrayLike) -> float: ...
def mean_absolute_error(y_true: ArrayLike, y_pred: ArrayLike) -> float: ...

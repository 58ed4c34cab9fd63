"""The one linear model of scikit-learn that fdnn is compared with."""

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

class LogisticRegression:
    coef_: NDArray[np.float64]
    intercept_: NDArray[np.float64]
    n_iter_: NDArray[np.int32]
    def __init__(
        self,
        *,
        C: float = 1.0,
        tol: float = 1e-4,
        fit_intercept: bool = True,
        random_state: int | None = None,
        solver: Literal["lbfgs", "newton-cg", "newton-cholesky"] = "lbfgs",
        max_iter: int = 100,
    ) -> None: ...
    def fit(self, X: ArrayLike, y: ArrayLike) -> Self: ...
    def predict(self, X: ArrayLike) -> NDArray[Any]: ...
    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]: ...
    def score(self, X: ArrayLike, y: ArrayLike) -> float: ...

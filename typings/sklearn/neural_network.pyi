"""The networks of scikit-learn that fdnn is compared with."""

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

class MLPClassifier:
    coefs_: list[NDArray[np.float64]]
    intercepts_: list[NDArray[np.float64]]
    loss_: float
    _optimizer: object
    loss_curve_: list[float]
    n_iter_: int
    def __init__(
        self,
        hidden_layer_sizes: tuple[int, ...] = (100,),
        activation: Literal["identity", "logistic", "relu", "tanh"] = "relu",
        *,
        solver: Literal["adam", "lbfgs", "sgd"] = "adam",
        alpha: float = 0.0001,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: Literal["adaptive", "constant", "invscaling"] = "constant",
        learning_rate_init: float = 0.001,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | None = None,
        tol: float = 1e-4,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: int = 10,
    ) -> None: ...
    def fit(self, X: ArrayLike, y: ArrayLike) -> Self: ...
    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, *, classes: ArrayLike | None = None
    ) -> Self: ...
    def predict(self, X: ArrayLike) -> NDArray[Any]: ...
    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]: ...
    def score(self, X: ArrayLike, y: ArrayLike) -> float: ...

class MLPRegressor:
    def __init__(
        self, *, hidden_layer_sizes: tuple[int, ...] = (100,), random_state: int | None = None
    ) -> None: ...
    def fit(self, X: ArrayLike, y: ArrayLike) -> Self: ...
    def predict(self, X: ArrayLike) -> NDArray[Any]: ...
    def score(self, X: ArrayLike, y: ArrayLike) -> float: ...

"""The data sets of scikit-learn that fdnn uses."""

import numpy as np
from numpy.typing import NDArray

class _Table:  # a `Bunch`
    data: NDArray[np.float64]
    target: NDArray[np.int64]
    target_names: NDArray[np.str_]

class _Digits(_Table):
    images: NDArray[np.float64]

class _Regression:
    data: NDArray[np.float64]
    target: NDArray[np.float64]

def load_breast_cancer() -> _Table: ...
def load_diabetes() -> _Regression: ...
def load_digits() -> _Digits: ...
def load_iris() -> _Table: ...
def load_wine() -> _Table: ...

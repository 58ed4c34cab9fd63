"""The one data set of scikit-learn that fdnn uses."""

import numpy as np
from numpy.typing import NDArray

class _Digits:  # a `Bunch`
    data: NDArray[np.float64]
    target: NDArray[np.int64]
    images: NDArray[np.float64]
    target_names: NDArray[np.int64]

def load_digits() -> _Digits: ...

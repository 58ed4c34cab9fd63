"""The calibration of scikit-learn that the tests compare with."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

def calibration_curve(
    y_true: ArrayLike, y_prob: ArrayLike, *, n_bins: int = 5
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...

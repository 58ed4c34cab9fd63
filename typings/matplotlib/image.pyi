from typing import Any

import numpy as np
from numpy.typing import NDArray

class AxesImage:
    def get_array(self) -> NDArray[np.floating[Any]]: ...

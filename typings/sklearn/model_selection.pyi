"""The ways of scikit-learn to split a data set that fdnn is compared with."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

class StratifiedShuffleSplit:
    def __init__(
        self,
        n_splits: int = 10,
        *,
        test_size: float | None = None,
        train_size: float | None = None,
        random_state: int | None = None,
    ) -> None: ...
    def split(
        self, X: ArrayLike, y: ArrayLike
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]: ...

class StratifiedKFold:
    def __init__(self, n_splits: int = 5) -> None: ...
    def split(
        self, X: ArrayLike, y: ArrayLike
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]: ...

"""The one transform of scikit-learn that the tests compare with."""

from typing import Any, Self

from numpy.typing import NDArray

class StandardScaler:
    def fit(self, X: NDArray[Any]) -> Self: ...
    def transform(self, X: NDArray[Any]) -> NDArray[Any]: ...

"""The few parts of h5py that fdnn and its tests use."""

from collections.abc import Iterator, KeysView
from os import PathLike
from types import TracebackType
from typing import Any, Literal, Self, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

class Dataset:
    @property
    def shape(self) -> tuple[int, ...] | None: ...  # `None`: the dataset is empty
    @property
    def dtype(self) -> np.dtype[Any]: ...
    def __getitem__(self, args: tuple[()]) -> NDArray[Any] | np.generic: ...  # scalar: no axes

class Datatype: ...

class Group:
    def __getitem__(self, name: str) -> Dataset | Datatype | Group: ...
    def __contains__(self, name: object) -> bool: ...
    def keys(self) -> KeysView[str]: ...
    def __iter__(self) -> Iterator[str]: ...
    def create_group(self, name: str) -> Group: ...
    @overload
    def create_dataset(self, name: str, *, data: ArrayLike) -> Dataset: ...
    @overload
    def create_dataset(
        self, name: str, *, shape: tuple[int, ...], dtype: DTypeLike, chunks: tuple[int, ...]
    ) -> Dataset: ...

class File(Group):
    def __init__(
        self, name: str | PathLike[str], mode: Literal["r", "r+", "w", "a"] = "r"
    ) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

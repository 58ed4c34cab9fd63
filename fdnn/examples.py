"""The arrays of a file as examples and labels: what they must be, and what becomes of them.

Every function takes the `where` of the caller and the path of the file, so that its `FileError`
names both.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs
import numpy as np
from numpy.typing import DTypeLike, NDArray

from fdnn.errors import FileError
from fdnn.matrix import Array


@attrs.frozen
class Layout:
    """The names under which a kind of file keeps the four arrays, and those of the classes."""

    train_x: str
    train_y: str
    test_x: str
    test_y: str
    class_names: tuple[str, ...]

    @property
    def required(self) -> tuple[str, ...]:
        """The names without which it is no data set."""
        return self.train_x, self.train_y, self.test_x, self.test_y


NPZ_LAYOUT = Layout("train_x", "train_y", "test_x", "test_y", ("class_names", "list_classes"))
H5_LAYOUT = Layout("train_set_x", "train_set_y", "test_set_x", "test_set_y", ("list_classes",))


MOST_CLASSES = 10_000
"""How many classes a file may name: labels are one-hot, with a row for each."""


def kind_of(array: Array) -> str:
    """What an array holds, in words."""
    if array.dtype.kind in "SU":
        return "text"
    if array.dtype.kind == "O":
        return "text or other objects"
    if array.dtype == np.uint8:
        return "pixels from 0 to 255 (uint8)"
    if array.dtype.kind == "f":
        return f"decimal fractions ({array.dtype})"
    return f"numbers of dtype {array.dtype}"


def require_names(
    where: str, path: str | Path, there: Sequence[str], expected: Sequence[str]
) -> None:
    """Refuse a file that lacks some of the arrays, saying which it has."""
    missing = [name for name in expected if name not in there]
    if missing:
        came = f"{path} has no {' and no '.join(missing)}"
        raise FileError(where, came, ", ".join(expected), f"it holds {listed(there) or 'nothing'}")


def require_examples(where: str, path: str | Path, name: str, array: Array) -> None:
    """Refuse what is no array of examples: one axis, no example, numbers of another kind."""
    came = f"{name} of {path} has shape {array.shape}"
    if not 2 <= array.ndim <= 4:
        expected = "(m, inputs), (m, height, width) or (m, height, width, channels)"
        raise FileError(where, came, expected, "m counts the examples")
    if 0 in array.shape:
        empty = "example" if len(array) == 0 else "number in each example"
        raise FileError(where, came, f"at least one {empty}", "it is empty")
    if array.dtype != np.uint8 and array.dtype.kind != "f":
        came = f"{name} of {path} holds {kind_of(array)}"
        raise FileError(where, came, "uint8 or floats", "uint8 is divided by 255, floats are kept")


def rows_of(where: str, path: str | Path, name: str, array: Array, dtype: DTypeLike) -> Array:
    """The examples as rows of floats: pixels of uint8 divided by 255."""
    with np.errstate(over="ignore"):
        rows: Array = array.reshape(len(array), -1).astype(dtype)
    if array.dtype == np.uint8:
        rows /= 255
        return rows
    finite = np.isfinite(rows)
    if not finite.all():
        came = f"{name} of {path} has {finite.size - finite.sum()} values that are NaN or infinite"
        first = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise FileError(where, came, "finite numbers", f"the first is in example {first[0]}")
    return rows


def labels_of(where: str, path: str | Path, name: str, array: Array, x: Array) -> NDArray[np.int64]:
    """The labels of the examples `x` as whole numbers from 0 on, `(m,)`."""
    m = len(x)
    if array.shape not in ((m,), (1, m), (m, 1)):
        came = f"{name} of {path} has shape {array.shape}"
        why = f"there are {m} examples"
        if x.ndim == 2 and array.size == x.shape[1]:
            why = "are the columns of the inputs the examples? Then save their transpose"
        raise FileError(where, came, f"({m},), (1, {m}) or ({m}, 1)", why)
    if array.dtype.kind not in "buif":
        came = f"{name} of {path} holds {kind_of(array)}"
        raise FileError(where, came, "whole numbers from 0 on", "they number the classes")
    with np.errstate(invalid="ignore"):
        flat = array.reshape(-1)
        wrong = ~((flat >= 0) & (flat < 2**31) & (flat == np.floor(flat)))
    if wrong.any():
        came = f"{name} of {path} holds {flat[wrong][0]}"
        raise FileError(where, came, "whole numbers from 0 on", "they number the classes")
    return flat.astype(np.int64)


def class_names_of(
    where: str, path: str | Path, names: Array | None, labels: NDArray[np.int64], name: str
) -> tuple[str, ...]:
    """The names in the file; without any, the numbers of the classes, each of which must occur."""
    present = np.unique(labels)
    if names is None:
        if len(present) == 1:
            came = f"every label in {name} of {path} is {present[0]}"
            expected = "examples of two classes or more"
            raise FileError(where, came, expected, "there is nothing to tell apart")
        last = int(present[-1])
        if len(present) != last + 1:
            came = f"{name} of {path} holds only the labels {listed([*map(str, present)])}"
            raise FileError(where, came, f"each from 0 to {last}", "a class needs an example")
        return tuple(str(label) for label in present)

    texts = tuple(
        item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item)
        for item in names.reshape(-1)
    )
    if not 2 <= len(texts) <= MOST_CLASSES:
        came = f"{path} names {len(texts)} classes"
        raise FileError(where, came, f"2 to {MOST_CLASSES}")
    return texts


def listed(names: Sequence[str]) -> str:
    """The first names, and how many there are more."""
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"{', '.join(names[:8])}{more}"


def image_shape_of(shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """How a row becomes a picture, if it does: `(height, width)`, or with 3 or 4 channels."""
    if len(shape) == 3 and shape[2] == 1:
        return shape[:2]
    if len(shape) == 2 or (len(shape) == 3 and shape[2] in (3, 4)):
        return shape
    return None

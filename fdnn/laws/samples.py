"""The inputs of the checks: the same numbers every time, from a key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from fdnn.keys import Key
from fdnn.matrix import Array

FLOATS = ("float64", "float32")
KEY = Key(20)


def normal(place: int, *shape: int, scale: float = 1.0) -> Array:
    """Numbers from `N(0, scale^2)`, others at every place."""
    return KEY.at(place).generator().standard_normal(shape) * scale


def positive(place: int, *shape: int) -> Array:
    """Numbers in (0.05, 0.95)."""
    return KEY.at(place).generator().uniform(0.05, 0.95, shape)


def order(place: int, n: int) -> Array:
    """Another order of `n` things."""
    drawn = KEY.at(place).generator().permutation(n)
    return np.roll(np.arange(n), 1) if (drawn == np.arange(n)).all() else drawn


def extremes(rows: int, columns: int, dtype: str = "float64") -> Array:
    """Numbers so large that an exponential overflows, so small that a square vanishes, and 0."""
    tiny = np.finfo(dtype).tiny
    values = np.array([-1e4, 1e4, 0.0, tiny, -tiny, 30.0, -30.0])
    drawn = KEY.at(99).generator().choice(values, (rows, columns))
    drawn[:, : len(values)] = values[:columns]  # columns whose units are all alike
    return drawn.astype(dtype)


def labels(outputs: int, examples: int) -> Iterator[tuple[str, Array]]:
    """Labels of every sort, from the general to the special; a cost accepts some of them."""
    classes = np.arange(examples) % max(2, outputs)
    one_hot = (np.arange(outputs)[:, np.newaxis] == classes).astype(float)
    weights = positive(1, outputs, examples)
    yield "any numbers", normal(2, outputs, examples, scale=2.0)
    yield "columns of sum 1, with negative entries", one_hot * 3.0 - 2.0 / outputs
    yield "counts", np.floor(positive(3, outputs, examples) * 5.0)
    yield "shares", weights
    yield "columns of sum 1", weights / weights.sum(axis=0)
    yield "-1 and 1", one_hot * 2.0 - 1.0
    yield "0 and 1", (positive(4, outputs, examples) > 0.5).astype(float)
    yield "one-hot", one_hot


def copies(arrays: Iterable[Array]) -> list[Array]:
    """Copies that can be written to, so that a kind that writes is caught in the act."""
    return [np.array(array) for array in arrays]

"""The examples of a step: all of them at every step, or a mini-batch that is gathered anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from fdnn.batches import Batch, epoch_of, order
from fdnn.keys import Key
from fdnn.matrix import Array, freeze, over_ones, to_numpy
from fdnn.plan.buffers import Axis, keep
from fdnn.sources import Rows


@attrs.frozen(eq=False)
class Examples:
    """Where a step finds its `m` inputs, labels, `(outputs, m)`, and weights, `(1, m)`, if any."""

    m: int
    inputs: Axis
    Y: Array
    weights: Array | None = None


Select: TypeAlias = Callable[[Key, int], Examples]
"""`select(key, step)`: the examples of a step.  Those of one size always have the same place."""

Load: TypeAlias = Callable[[NDArray[np.intp]], object]
"""Bring the examples with these numbers to their place."""


def select_of(
    batch: Batch[Any, Any, Any] | Rows[Any, Any],
    size: int | None,
    drop_last: bool,
    require: Callable[[Batch[Any, Any, Any]], object],
) -> Select:
    """The whole batch at every step, or mini-batches of `size` of its examples.

    `require` looks at the labels of what is read at each step.
    """
    if isinstance(batch, Rows):
        assert size is not None
        return _read(batch, size, drop_last, require)
    if size is None or size >= batch.size:
        return every_example(batch)
    return minibatches(batch.size, size, gathered(batch), drop_last)


def _read(
    rows: Rows[Any, Any],
    size: int,
    drop_last: bool,
    require: Callable[[Batch[Any, Any, Any]], object],
) -> Select:
    """Mini-batches that are read, and checked, when they are due."""
    fed: list[Batch[Any, Any, Any]] = []
    select_fed = select_last(fed)

    def select(key: Key, step: int) -> Examples:
        fed[:] = [rows.minibatch(size, key, step, drop_last)]
        require(fed[0])
        return select_fed(key, step)

    return select


def select_last(fed: Sequence[Batch[Any, Any, Any]]) -> Select:
    """The last of some batches, whatever the step; it is copied to the place of its size."""
    rooms: dict[tuple[int, bool], tuple[Examples, Sequence[Array]]] = {}

    def select(_key: Key, _step: int) -> Examples:
        batch = fed[-1]
        weights = weights_of(batch)
        given = [block_of(to_numpy(batch.X)).T, to_numpy(batch.Y)]
        given += [] if weights is None else [weights]
        place = batch.size, weights is None
        if place not in rooms:
            some, labels, *rest = copies = [np.empty_like(array, order="C") for array in given]
            inputs = Axis(some.T[:-1], some.T, None)
            keep(rooms, place, (Examples(batch.size, inputs, labels, *rest), copies))
        examples, into = rooms[place]
        for copy, array in zip(into, given, strict=True):
            np.copyto(copy, array)
        return examples

    return select


def every_example(batch: Batch[Any, Any, Any]) -> Select:
    """The whole batch at every step."""
    X, Y = to_numpy(batch.X), freeze(np.ascontiguousarray(to_numpy(batch.Y)))
    examples = Examples(batch.size, Axis(X, block_of(X), None), Y, weights_of(batch))

    return lambda _key, _step: examples


def minibatches(
    m: int, size: int, room: Callable[[int], tuple[Examples, Load]], drop_last: bool = False
) -> Select:
    """Mini-batches of `size` of the m examples, in the order of each epoch; see `fdnn.batches`."""
    rooms: dict[int, tuple[Examples, Load]] = {}
    drawn: list[tuple[Key, int, NDArray[np.intp]]] = []

    def select(key: Key, step: int) -> Examples:
        epoch, part = epoch_of(step, m, size, drop_last)
        if not drawn or drawn[0][1] != epoch or drawn[0][0] != key:
            drawn[:] = [(key, epoch, order(key, epoch, m))]
        chosen = drawn[0][2][part]

        if len(chosen) not in rooms:
            rooms[len(chosen)] = room(len(chosen))
        examples, load = rooms[len(chosen)]
        load(chosen)
        return examples

    return select


def gathered(batch: Batch[Any, Any, Any]) -> Callable[[int], tuple[Examples, Load]]:
    """Room for some of the examples of a batch, which lie in it as they lie in the batch."""
    X, Y, weights = to_numpy(batch.X), to_numpy(batch.Y), weights_of(batch)
    by_examples = block_of(X).T

    def room(m: int) -> tuple[Examples, Load]:
        some, labels = np.empty((m, X.shape[0] + 1), X.dtype), np.empty((Y.shape[0], m), Y.dtype)

        def load(chosen: NDArray[np.intp]) -> None:
            # Without mode="clip", which can change nothing here, NumPy gathers into a copy first.
            np.take(by_examples, chosen, axis=0, out=some, mode="clip")
            np.take(Y, chosen, axis=1, out=labels, mode="clip")

        examples = Examples(m, Axis(some.T[:-1], some.T, None), labels)
        return weighted(examples, load, weights)

    return room


def weights_of(batch: Batch[Any, Any, Any]) -> Array | None:
    """The weights of the examples, `(1, m)`, side by side in memory."""
    if batch.weights is None:
        return None
    return freeze(np.ascontiguousarray(to_numpy(batch.weights)))


def weighted(examples: Examples, load: Load, weights: Array | None) -> tuple[Examples, Load]:
    """The same room with the weights of the examples, if they have any."""
    if weights is None:
        return examples, load
    some = np.empty((1, examples.m), weights.dtype)

    def load_weights_too(chosen: NDArray[np.intp]) -> None:
        load(chosen)
        np.take(weights, chosen, axis=1, out=some, mode="clip")

    return attrs.evolve(examples, weights=some), load_weights_too


def block_of(X: Array) -> Array:
    """The inputs of a batch with the row of ones on which they stand."""
    block = over_ones(X)
    assert block is not None
    return block

"""A step in the span of the data, staged: of the data, it needs their Gram matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from fdnn.batches import Batch
from fdnn.keys import Context
from fdnn.matrix import Array, freeze, to_numpy
from fdnn.plan.buffers import Axis
from fdnn.plan.examples import Examples, Load, Select, minibatches
from fdnn.plan.layers import Map
from fdnn.span import Span


@attrs.frozen(eq=False)
class SpanAxis(Axis):
    """The examples as the first layer meets them in the span.

    `biased` is `[K; 0; 1]`, the Gram matrix over as many rows of zeros as there are directions, and
    a row of ones.  `images` are `direction_k X`, `(units, m)`.  `chosen` are the numbers of the
    examples among all; None where they are all.
    """

    images: tuple[Array, ...] = ()
    chosen: NDArray[np.intp] | None = None


def select_in_span(
    span: Span[*tuple[Any, ...]], batch: Batch[Any, Any, Any], size: int | None
) -> Select:
    """The examples of a step, seen from the span."""
    X, Y = to_numpy(span.X), to_numpy(batch.Y)
    m, directions = batch.size, span.directions
    seen = np.zeros((m + len(directions) + 1, m), X.dtype)
    np.matmul(X.T, X, out=seen[:m])
    seen[-1] = 1.0
    images = tuple(to_numpy(direction) @ X for direction in directions)

    if size is None or size >= m:
        axis = SpanAxis(seen[:-1], seen, None, images)
        everything = Examples(m, axis, freeze(np.ascontiguousarray(Y)))
        return lambda _key, _step: everything

    by_examples = np.ascontiguousarray(seen.T)

    def room(b: int) -> tuple[Examples, Load]:
        some = np.empty((b, by_examples.shape[1]), X.dtype)
        some_images = tuple(np.empty((image.shape[0], b), X.dtype) for image in images)
        chosen, labels = np.empty(b, np.intp), np.empty((Y.shape[0], b), Y.dtype)
        axis = SpanAxis(some.T[:-1], some.T, None, some_images, chosen)

        def load(numbers: NDArray[np.intp]) -> None:
            chosen[:] = numbers
            np.take(by_examples, chosen, axis=0, out=some, mode="clip")
            for image, into in zip(images, some_images, strict=True):
                np.take(image, chosen, axis=1, out=into, mode="clip")
            np.take(Y, chosen, axis=1, out=labels, mode="clip")

        return Examples(b, axis, labels), load

    return minibatches(m, size, room)


def map_in_span(below: Axis, Z: Array, dZ: Array) -> Map:
    """`Z = [D | C | b] [K; 0; 1] + sum_k C_k * (direction_k X)`, and `dD = dZ`, `dC = 0`."""
    assert isinstance(below, SpanAxis)
    seen, images, chosen = below.biased, below.images, below.chosen
    room = np.empty_like(Z)
    places = [place - len(images) - 1 for place in range(len(images))]
    multiply, add, total, copyto = np.multiply, np.add, np.add.reduce, np.copyto
    width = seen.shape[0] - len(images) - 1

    def forward(arrays: Sequence[Array], _context: Context) -> None:
        DCb = arrays[0]
        DCb.dot(seen, Z)
        for place, image in zip(places, images, strict=True):
            multiply(image, DCb[:, place, np.newaxis], room)
            add(Z, room, Z)

    def gradient(_arrays: Sequence[Array], gradients: Sequence[Array]) -> None:
        dDCb = gradients[0]
        if chosen is None:
            copyto(dDCb[:, :width], dZ)
            dDCb[:, width:-1] = 0.0
        else:
            dDCb[:, :-1] = 0.0
            dDCb[:, chosen] = dZ
        total(dZ, 1, out=dDCb[:, -1])

    return Map(forward, gradient, draws=False)

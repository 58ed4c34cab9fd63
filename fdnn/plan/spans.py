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
from fdnn.plan.examples import Examples, Load, Select, minibatches, weighted, weights_of
from fdnn.plan.layers import Map
from fdnn.plan.regularizers import Squares
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


def seen_from(span: Span[*tuple[Any, ...]]) -> SpanAxis:
    """All examples of the span as the first layer meets them in it."""
    X, directions = to_numpy(span.X), span.directions
    m = X.shape[1]
    seen = np.zeros((m + len(directions) + 1, m), X.dtype)
    np.matmul(X.T, X, out=seen[:m])
    seen[-1] = 1.0
    return SpanAxis(seen[:-1], seen, None, tuple(to_numpy(each) @ X for each in directions))


def squares_in_span(span: Span[*tuple[Any, ...]], axis: SpanAxis) -> Squares:
    """The sum of the squares of the first layer's weights, from their coordinates.

    Row by row, with `W = D X^T + sum_k C_k V_k`:
    `D K D^T + sum_k 2 C_k D (V_k X)^T + sum_kl C_k C_l V_k V_l^T`.
    """
    K, images = axis.biased[: -len(axis.images) - 1], axis.images
    m = K.shape[0]
    directions = [to_numpy(direction) for direction in span.directions]
    inner = np.array([[np.sum(V * U, axis=1) for U in directions] for V in directions])

    def squares(DCb: Array) -> float:
        D, C = DCb[:, :m], DCb[:, m:-1]
        rows = np.sum((D @ K) * D, axis=1)
        for c, image in zip(C.T, images, strict=True):
            rows += 2.0 * c * np.sum(D * image, axis=1)
        rows += np.einsum("hk,klh,hl->h", C, inner, C)
        return float(np.sum(rows))

    return squares


def select_in_span(
    axis: SpanAxis, batch: Batch[Any, Any, Any], size: int | None, drop_last: bool
) -> Select:
    """The examples of a step, seen from the span."""
    seen, images, Y, m = axis.biased, axis.images, to_numpy(batch.Y), batch.size
    weights = weights_of(batch)

    if size is None or size >= m:
        everything = Examples(m, axis, freeze(np.ascontiguousarray(Y)), weights)
        return lambda _key, _step: everything

    by_examples = np.ascontiguousarray(seen.T)

    def room(b: int) -> tuple[Examples, Load]:
        some = np.empty((b, by_examples.shape[1]), seen.dtype)
        some_images = tuple(np.empty((image.shape[0], b), seen.dtype) for image in images)
        chosen, labels = np.empty(b, np.intp), np.empty((Y.shape[0], b), Y.dtype)
        some_of = SpanAxis(some.T[:-1], some.T, None, some_images, chosen)

        def load(numbers: NDArray[np.intp]) -> None:
            chosen[:] = numbers
            np.take(by_examples, chosen, axis=0, out=some, mode="clip")
            for image, into in zip(images, some_images, strict=True):
                np.take(image, chosen, axis=1, out=into, mode="clip")
            np.take(Y, chosen, axis=1, out=labels, mode="clip")

        return weighted(Examples(b, some_of, labels), load, weights)

    return minibatches(m, size, room, drop_last)


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

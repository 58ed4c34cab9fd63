"""The floor: the matrix products that a workload cannot do without, and nothing else.

`W A` of every layer, and for a step of training `dZ A^T` of every layer and `W^T dZ` of every layer
but the first, without the bias, into contiguous buffers that are kept.  Whoever trains with
examples as columns or as rows has the same products; which of them a BLAS does faster depends on
the sizes, so both are measured, and columns with the data laid out as rows too, and the fastest is
the floor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from tests.benchmarks.workloads import Array, Workload

Product = tuple[Callable[..., Array], Array, Array]


def columns(workload: Workload) -> Callable[[], None]:
    """The products where examples are columns: `Z = W A`."""
    W, A, dZ, dW = _buffers(workload, rows=False)
    L = len(W)
    forward = [(W[l].dot, A[l], A[l + 1]) for l in range(L)]
    weights = [(dZ[l + 1].dot, A[l].T, dW[l]) for l in range(L)]
    inputs = [(W[l].T.dot, dZ[l + 1], dZ[l]) for l in range(1, L)]

    return _calls(workload, forward, weights, inputs)


def turned(workload: Workload) -> Callable[[], None]:
    """The products where examples are columns, but of the data lie one after the other."""
    W, A, dZ, dW = _buffers(workload, rows=False)
    A[0] = np.asfortranarray(A[0])
    L = len(W)
    forward = [(W[l].dot, A[l], A[l + 1]) for l in range(L)]
    weights = [(dZ[l + 1].dot, A[l].T, dW[l]) for l in range(L)]
    inputs = [(W[l].T.dot, dZ[l + 1], dZ[l]) for l in range(1, L)]

    return _calls(workload, forward, weights, inputs)


def rows(workload: Workload) -> Callable[[], None]:
    """The products where examples are rows: `Z^T = A^T W^T`."""
    W, A, dZ, dW = _buffers(workload, rows=True)
    L = len(W)
    forward = [(A[l].dot, W[l].T, A[l + 1]) for l in range(L)]
    weights = [(dZ[l + 1].T.dot, A[l], dW[l]) for l in range(L)]
    inputs = [(dZ[l + 1].dot, W[l], dZ[l]) for l in range(1, L)]

    return _calls(workload, forward, weights, inputs)


def _buffers(
    workload: Workload, rows: bool
) -> tuple[list[Array], list[Array], list[Array], list[Array]]:
    """`W`, `A`, `dZ`, `dW`: mean 0, and weights that keep the sizes of what they multiply."""
    rng = np.random.default_rng(0)
    dtype = workload.dtype

    def random(size: tuple[int, ...], scale: float = 1.0) -> Array:
        return (scale * rng.standard_normal(size)).astype(dtype)

    shapes = [(workload.m, n) if rows else (n, workload.m) for n in workload.sizes]
    W = [random((n, n_prev), n_prev**-0.5) for n_prev, n in pairwise(workload.sizes)]
    A = [random(shape) for shape in shapes]
    dZ = [random(shape) for shape in shapes]
    dW = [np.zeros_like(W_l) for W_l in W]
    return W, A, dZ, dW


def _calls(
    workload: Workload,
    forward: Sequence[Product],
    weights: Sequence[Product],
    inputs: Sequence[Product],
) -> Callable[[], None]:
    """A call of all products, in the order of a step; every call computes the same numbers."""

    def backward() -> Iterator[Product]:
        for l in reversed(range(len(weights))):
            yield weights[l]
            if l > 0:
                yield inputs[l - 1]

    products = [*forward, *(backward() if workload.task == "training" else ())]

    def call() -> None:
        for dot, right, out in products:
            dot(right, out)

    return call

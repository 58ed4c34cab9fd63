"""What a step of training costs, as a ratio to the matrix products that it cannot do without.

    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.step

The network is the course's cat classifier, 12288-20-7-5-1, on 209 random examples in float64.  The
step is the public one, with all records and guards, `learner.step(params)(batch)`.  The products
are those of the step and nothing else, on contiguous arrays and into buffers that are kept: `W A`
of every layer, `dZ A^T` of every layer, and `W^T dZ` of every layer but the first.  The two take
turns in one process, and medians of CPU time are compared.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import threadpoolctl

from fdnn import (
    Batch,
    Dim,
    GradientDescent,
    Learner,
    State,
    batch_from_columns,
    binary_cross_entropy,
    dense,
    initialize,
    relu,
    sigmoid,
)

ROUNDS = 200


class Pixel: ...


class Hidden1: ...


class Hidden2: ...


class Hidden3: ...


class Cat: ...


pixel = Dim[Pixel](12288)
hidden1 = Dim[Hidden1](20)
hidden2 = Dim[Hidden2](7)
hidden3 = Dim[Hidden3](5)
cat = Dim[Cat](1)
m = 209

net = (
    dense(pixel, hidden1, relu)
    >> dense(hidden1, hidden2, relu)
    >> dense(hidden2, hidden3, relu)
    >> dense(hidden3, cat, sigmoid)
)


def examples(rng: np.random.Generator) -> Batch[Pixel, Cat, Any]:
    """Random images and labels of the cats' shapes: a step costs the same on any numbers."""
    X = rng.random((pixel, m))
    Y = (rng.random((cat, m)) < 0.35).astype(float)
    return batch_from_columns(X, Y, pixel, cat)


def bare_products(rng: np.random.Generator) -> Callable[[], None]:
    """The matrix products of one step, on buffers that are kept."""
    sizes = [int(axis) for axis in net.axes]
    layers = range(1, len(sizes))
    A = [rng.random((n, m)) for n in sizes]
    W = [rng.random((sizes[l], sizes[l - 1])) for l in layers]
    dW = [np.empty_like(W_l) for W_l in W]
    Z, dZ, dA = ([np.empty((n, m)) for n in sizes] for _ in range(3))
    for l in layers:
        dZ[l][:] = rng.random(dZ[l].shape)

    def products() -> None:
        for l in layers:
            W[l - 1].dot(A[l - 1], Z[l])
        for l in reversed(layers):
            dZ[l].dot(A[l - 1].T, dW[l - 1])
            if l > 1:
                W[l - 1].T.dot(dZ[l], dA[l - 1])

    return products


def seconds_of(work: Callable[[], object]) -> float:
    """The CPU time of one call."""
    start = time.process_time_ns()
    work()
    return (time.process_time_ns() - start) * 1e-9


def main() -> None:
    """Measure both in turn and print the medians and their ratio."""
    rng = np.random.default_rng(0)
    learner = Learner(binary_cross_entropy, GradientDescent(0.0075))
    params = initialize(net, rng=1)
    step = learner.step(params)(examples(rng))
    products = bare_products(rng)

    state: State[Pixel, Hidden1, Hidden2, Hidden3, Cat] = learner.start(params)
    steps: list[float] = []
    bare: list[float] = []
    for _ in range(ROUNDS):
        bare.append(seconds_of(products))
        start = time.process_time_ns()
        state = step(state)
        steps.append((time.process_time_ns() - start) * 1e-9)

    kernel = threadpoolctl.threadpool_info()[0]
    print(f"{net}")
    print(f"m = {m}, float64, {platform.machine()}, NumPy {np.__version__}")
    print(f"BLAS kernel {kernel['architecture']}, {kernel['num_threads']} thread(s)")
    print(f"bare matrix products  {statistics.median(bare) * 1e3:6.2f} ms")
    print(f"step, public API      {statistics.median(steps) * 1e3:6.2f} ms")
    print(f"ratio                 {statistics.median(steps) / statistics.median(bare):6.2f}")


if __name__ == "__main__":
    main()

"""The workloads that are measured, and the numbers that every implementation starts from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from fdnn import (
    ONE,
    Activation,
    Dense,
    Dim,
    Params,
    dense_of,
    from_numpy,
    initialize,
    mlp,
    params_of,
    relu,
    sigmoid,
    softmax,
    to_numpy,
)

Array = NDArray[Any]
Task = Literal["training", "logits", "probabilities"]
Update = Literal["gradient descent", "adam"]


@attrs.frozen
class Workload:
    """One row of the table: hidden layers of relu; one output is a sigmoid, several a softmax."""

    name: str
    sizes: tuple[int, ...]
    m: int
    dtype: Literal["float32", "float64"] = "float32"
    task: Task = "training"
    update: Update = "gradient descent"
    rate: float = 0.01

    @property
    def is_binary(self) -> bool:
        """Whether there is one output, and so a sigmoid."""
        return self.sizes[-1] == 1

    def __str__(self) -> str:
        sizes = "-".join(map(str, self.sizes))
        if len(self.sizes) > 6:
            sizes = f"{len(self.sizes) - 1} layers of {self.sizes[0]}"
        kind = self.task if self.task != "training" else self.update
        return f"{sizes}, m={self.m}, {self.dtype}, {kind}"


class UnableError(Exception):
    """An implementation has no form for a workload; the message says why, where that helps."""


@attrs.frozen(eq=False)
class Problem:
    """A workload with its numbers: examples are the columns of `X` and `Y`."""

    workload: Workload
    params: Params[*tuple[Any, ...]]
    X: Array
    Y: Array
    W: list[Array]
    b: list[Array]

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class of each example, `(m,)`."""
        classes = self.Y[0] if self.workload.is_binary else self.Y.argmax(axis=0)
        return np.asarray(classes, np.int64)

    def in_double(self) -> Problem:
        """The same numbers in float64."""
        X, Y = self.X.astype("float64"), self.Y.astype("float64")
        W, b = ([a.astype("float64") for a in arrays] for arrays in (self.W, self.b))
        workload = attrs.evolve(self.workload, dtype="float64")
        return Problem(workload, self.params.astype("float64"), X, Y, W, b)


def problem(workload: Workload) -> Problem:
    """Random examples and labels, and fdnn's initial weights, the same at every call.

    The biases are not 0, so that an implementation that forgets one is found out.
    """
    rng = np.random.default_rng(1)
    head = sigmoid if workload.is_binary else softmax
    initial: tuple[Any, ...] = initialize(mlp(workload.sizes, relu, head), rng=0).layers
    W = [to_numpy(layer.W).astype(workload.dtype) for layer in initial]
    b = [rng.normal(0.0, 0.1, (len(W_l), 1)).astype(workload.dtype) for W_l in W]

    outputs, m = workload.sizes[-1], workload.m
    X = rng.random((workload.sizes[0], m)).astype(workload.dtype)
    if workload.is_binary:
        Y = rng.random((1, m)) < 0.35
    else:
        Y = np.arange(outputs)[:, np.newaxis] == rng.integers(outputs, size=m)

    params = _params(W, b, head)
    return Problem(workload, params, X, Y.astype(workload.dtype), W, b)


def _params(W: list[Array], b: list[Array], head: Activation) -> Params[*tuple[Any, ...]]:
    """The parameters as fdnn has them."""
    sizes = [Dim[Any](W[0].shape[1]), *(Dim[Any](len(W_l)) for W_l in W)]
    layers: list[Dense[Any, Any]] = [
        dense_of(from_numpy(W_l, n, n_prev), from_numpy(b_l, n, ONE), relu)
        for W_l, b_l, n_prev, n in zip(W, b, sizes[:-1], sizes[1:], strict=True)
    ]
    layers[-1] = attrs.evolve(layers[-1], activation=head)
    params: Params[*tuple[Any, ...]] = params_of(layers[0])
    for layer in layers[1:]:
        params = params >> layer
    return params


CATS = (12288, 20, 7, 5, 1)
MNIST = (784, 256, 128, 10)
WIDE = (1024, 1024, 1024, 1024, 10)
DEEP = (*[64] * 32, 10)
TINY = (2, 8, 8, 1)


def _all() -> Iterator[Workload]:
    yield Workload("cats", CATS, 209, "float64")
    yield Workload("cats32", CATS, 209)
    yield Workload("mnist", MNIST, 128)
    yield Workload("wide", WIDE, 512)
    yield Workload("deep", DEEP, 64)
    yield Workload("tiny", TINY, 64)
    yield Workload("tiny64", TINY, 64, "float64")
    yield Workload("mnist-adam", MNIST, 128, update="adam", rate=0.001)
    yield Workload("wide-adam", WIDE, 512, update="adam", rate=0.0001)
    yield Workload("logits-1", MNIST, 1, task="logits")
    yield Workload("probabilities-1", MNIST, 1, task="probabilities")
    yield Workload("probabilities-8192", MNIST, 8192, task="probabilities")
    for m in (64, 256, 1024, 8192):
        yield Workload(f"batch-{m}", MNIST, m)
    for width in (64, 256, 512, 1024, 2048):
        yield Workload(f"width-{width}", (784, width, width, 10), 128)


WORKLOADS = {workload.name: workload for workload in _all()}

"""What the tests draw from: axes, logits, labels, layers and whole networks."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import fdnn
from fdnn import Activation, Batch, Cost, Dim, Key, Matrix, Params, dense, initialize
from fdnn.matrix import Array
from fdnn.names import ACTIVATIONS, COSTS

Floats = NDArray[np.float64]

LAW = settings(deadline=None, derandomize=True, max_examples=25)
"""How often a law is tried; the same inputs in every run."""


class Pixel: ...


class Edge: ...


class Part: ...


class Cat: ...


class Example: ...


pixel = Dim[Pixel](4)
edge = Dim[Edge](3)
part = Dim[Part](5)
cat = Dim[Cat](2)

REACH = 1e4
"""The largest logit for which accuracy is promised."""


def matrix(values: Any, dtype: Any = None) -> Matrix[Any, Any]:
    """The matrix of any values, its axes without names."""
    array = np.array(values, dtype)
    return fdnn.from_numpy(array, Dim[Any](array.shape[0]), Dim[Any](array.shape[1]))


def normal(rows: int, columns: int, seed: int = 0) -> Matrix[Any, Any]:
    """A matrix of standard normal numbers."""
    return matrix(np.random.default_rng(seed).standard_normal((rows, columns)))


# ------------------------------------------------------------------------------- logits and labels

EXTREMES = (0.0, -0.0, 1e-300, 1e-17, -1e-8, 0.5, -1.0, 17.0, -36.7, 37.5, 88.0, -104.0, 690.0)
"""Logits around which a formula changes its face: rounding to one, underflow, overflow."""


def logits(rows: int, columns: int, width: int = 64) -> st.SearchStrategy[Floats]:
    """Logits up to +-1e4, as many near zero as far out, exact in floats of that width."""
    far = st.floats(-REACH, REACH, width=32)
    near = st.floats(-40.0, 40.0, width=32)
    if width == 64:
        far, near = st.floats(-REACH, REACH), st.floats(-40.0, 40.0)
    known = [float(np.float32(z)) for z in (*EXTREMES, -690.0, REACH, -REACH)]
    numbers = st.one_of(near, far, st.sampled_from(known))
    return st.lists(numbers, min_size=rows * columns, max_size=rows * columns).map(
        lambda flat: np.array(flat).reshape(rows, columns)
    )


def binary_labels(rows: int, columns: int) -> st.SearchStrategy[Floats]:
    """Labels in [0, 1], hard and soft, exact in float32."""
    label = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.0, 1.0, width=32))
    return st.lists(label, min_size=rows * columns, max_size=rows * columns).map(
        lambda flat: np.array(flat).reshape(rows, columns)
    )


def class_labels(rows: int, columns: int) -> st.SearchStrategy[Floats]:
    """Columns that sum to one exactly, hard and soft: sixty-fourths, exact in every precision."""

    def column(cuts: list[int]) -> list[float]:
        edges = [0, *sorted(cuts), 64]
        return [(b - a) / 64.0 for a, b in pairwise(edges)]

    cuts = st.lists(st.sampled_from([0, 64]), min_size=rows - 1, max_size=rows - 1)
    soft = st.lists(st.integers(0, 64), min_size=rows - 1, max_size=rows - 1)
    one = st.one_of(cuts, soft).map(column)
    return st.lists(one, min_size=columns, max_size=columns).map(lambda c: np.array(c).T)


BINARY = (fdnn.BinaryCrossEntropy, fdnn.BinaryFocal)
CATEGORICAL = (fdnn.CategoricalCrossEntropy, fdnn.CategoricalFocal, fdnn.KLDivergence)
"""The costs of probabilities, by their labels."""


def example_weights(columns: int) -> st.SearchStrategy[Floats]:
    """Weights of examples, some of them 0 and one of them not: exact in every precision."""
    weight = st.one_of(st.sampled_from([0.0, 1.0, 2.0]), st.integers(1, 64).map(lambda k: k / 16))
    some = st.lists(weight, min_size=columns, max_size=columns)
    return some.filter(any).map(lambda flat: np.array(flat)[np.newaxis])


def labels_for(cost: Cost, rows: int, columns: int, seed: int = 0) -> Matrix[Any, Any]:
    """Labels that the cost accepts, and that are not the numbers of `normal`."""
    draw = np.random.default_rng([seed, 1])
    if isinstance(cost, BINARY):
        return matrix(draw.uniform(0.1, 0.9, (rows, columns)))
    if isinstance(cost, CATEGORICAL):
        weights = draw.uniform(0.2, 1.0, (rows, columns))
        return matrix(weights / weights.sum(axis=0))
    if isinstance(cost, fdnn.Hinge):
        return matrix(draw.integers(2, size=(rows, columns)).astype(float))
    if isinstance(cost, fdnn.Poisson):
        return matrix(draw.integers(5, size=(rows, columns)).astype(float))
    return matrix(draw.standard_normal((rows, columns)))


# ------------------------------------------------------------------------------------- activations

KINKS: dict[str, tuple[float, ...]] = {
    **dict.fromkeys(("relu", "leaky_relu", "elu", "selu"), (0.0,)),
    **dict.fromkeys(("hard_sigmoid", "hard_swish"), (-3.0, 3.0)),
    "hard_tanh": (-1.0, 1.0),
}
"""Where an activation has no derivative (ELU only if its alpha is not 1), by name."""

ELEMENTWISE: tuple[Activation, ...] = (
    *(g for g in ACTIVATIONS.values() if g != fdnn.softmax),
    *(fdnn.LeakyReLU(0.3), fdnn.LeakyReLU(0.0)),
    *(fdnn.ELU(0.3), fdnn.ELU(1.7), fdnn.ELU(7.3)),
)
"""All of fdnn's own activations that are elementwise, and some with other settings."""


def from_kinks(g: Activation, Z: Any) -> float:
    """How far the numbers of `Z` are from the kinks of an activation."""
    kinks = np.array([*KINKS.get(g.name, ()), math.inf])
    return float(np.abs(np.subtract.outer(np.asarray(Z).real, kinks)).min())


def public() -> list[tuple[str, Any]]:
    """All public names of the package, with what they stand for."""
    return [(name, getattr(fdnn, name)) for name in dir(fdnn) if not name.startswith("_")]


# ---------------------------------------------------------------------------------------- networks

PROBABLE = ("sigmoid", "hard_sigmoid", "softmax")
OF_NUMBERS = ("squared_error", "absolute_error", "huber")
OF_PROBABILITIES = (
    "binary_cross_entropy",
    "categorical_cross_entropy",
    "binary_focal",
    "categorical_focal",
    "kl_divergence",
)
ONE_SIGN = (*PROBABLE, "relu", "softplus", "exponential")
LEGAL = {
    *((g, cost) for g in ACTIVATIONS for cost in OF_NUMBERS),
    *((g, cost) for g in PROBABLE for cost in OF_PROBABILITIES),
    *((g, "poisson") for g in (*PROBABLE, "softplus", "exponential")),
    *((g, "hinge") for g in ACTIVATIONS if g not in ONE_SIGN),
}
"""The last activations that each cost can follow: cross-entropies take probabilities alone, counts
have a mean over 0, and a hinge needs outputs of both signs."""

PAIRINGS = [(g, cost) for g in ACTIVATIONS for cost in COSTS if (g, cost) != ("relu", "poisson")]
"""Behind ReLU, whose outputs are from 0 on, Poisson may have a loss and may not."""


def network(
    depth: int, last: Activation, hidden: Activation = fdnn.tanh, seed: int = 0
) -> Params[*tuple[Any, ...]]:
    """A small network of that depth, with biases that are not zero."""
    sizes = [4, 3, 5, 3, 4, 3][:depth]
    params = initialize(fdnn.mlp([*sizes, 3], hidden, last), rng=Key(seed))
    noise = np.random.default_rng(seed).normal(0.0, 0.3, params.vector.shape)
    return params.with_vector(params.vector + noise)


def cat_network() -> Params[Pixel, Edge, Cat]:
    """A small network whose axes have names."""
    return initialize(dense(pixel, edge, fdnn.tanh) >> dense(edge, cat, fdnn.softmax), rng=1)


def cat_batch(examples: int = 6, dtype: str = "float64") -> Batch[Pixel, Cat, Any]:
    """Examples and one-hot one-hot labels for it: whether the first pixel is bright."""
    draw = np.random.default_rng(2)
    x = draw.standard_normal((4, examples))
    y = np.eye(2)[:, (x[0] > 0.0).astype(int)]
    return fdnn.batch_from_columns(x, y, pixel, cat, dtype)


def array_of(a: Matrix[Any, Any]) -> Array:
    """The NumPy array."""
    return fdnn.to_numpy(a)

"""Initialisers draw what their papers say: variances by their confidence, the rest exactly."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import fdnn
from fdnn import Dim, Initializer, Key, Orthogonal, ScaledNormal, dense, initialize
from fdnn.initializers import suited_to
from fdnn.matrix import Array
from fdnn.names import INITIALIZERS
from tests.strategies import array_of

N_OUT, N_IN = Dim[Any](300), Dim[Any](200)
DRAWS = N_OUT * N_IN


def drawn(draw: Initializer, seed: int = 0, shape: tuple[int, int] = (300, 200)) -> Array:
    return array_of(draw(Key(seed), Dim[Any](shape[0]), Dim[Any](shape[1])))


def require_variance(W: Array, variance: float, kurtosis: float) -> None:
    """Within five standard deviations of the sample's mean and variance."""
    assert abs(W.mean()) < 5 * math.sqrt(variance / W.size)
    spread = variance * math.sqrt((kurtosis - 1) / W.size)
    assert abs(W.var() - variance) < 5 * spread
    assert abs((W**4).mean() / variance**2 - kurtosis) < 0.2


@pytest.mark.parametrize(
    ("draw", "variance"),
    [(fdnn.he, 2 / 200), (fdnn.lecun, 1 / 200), (ScaledNormal(0.01), 0.01**2)],
    ids=["he", "lecun", "scaled_normal"],
)
def test_normal_initializers_have_the_variance_of_their_paper(
    draw: Initializer, variance: float
) -> None:
    require_variance(drawn(draw), variance, kurtosis=3.0)


def test_glorot_is_uniform_between_its_bounds() -> None:
    W = drawn(fdnn.glorot)
    reach = math.sqrt(6 / 500)

    require_variance(W, 2 / 500, kurtosis=1.8)
    assert np.abs(W).max() <= reach
    assert np.abs(W).max() > 0.999 * reach


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (1, 4), (4, 1)])
@pytest.mark.parametrize("gain", [1.0, 0.5])
def test_orthogonal_has_orthonormal_rows_or_columns(shape: tuple[int, int], gain: float) -> None:
    W = drawn(Orthogonal(gain), shape=shape) / gain
    gram = W.T @ W if shape[0] >= shape[1] else W @ W.T

    np.testing.assert_allclose(gram, np.eye(min(shape)), atol=1e-14)


def test_orthogonal_prefers_no_sign() -> None:
    """Half of the uniform orthogonal matrices turn; the plain `Q` of 2 by 2 always mirrors."""
    turns = [np.linalg.det(drawn(fdnn.orthogonal, seed, (2, 2))) for seed in range(400)]
    assert 140 < sum(turn > 0 for turn in turns) < 260


def test_zeros_are_zeros() -> None:
    assert not drawn(fdnn.all_zeros).any()


@pytest.mark.parametrize("draw", INITIALIZERS.values(), ids=INITIALIZERS)
def test_the_same_key_gives_the_same_bits_and_no_other_does(draw: Initializer) -> None:
    W = drawn(draw, 1, (5, 4))

    assert W.tobytes() == drawn(draw, 1, (5, 4)).tobytes()
    assert W.shape == (5, 4)
    assert W.dtype == np.float64
    assert not W.flags.writeable
    if draw != fdnn.all_zeros:
        assert W.tobytes() != drawn(draw, 2, (5, 4)).tobytes()


def test_every_layer_draws_its_own_numbers_and_biases_start_at_zero() -> None:
    n = Dim[Any](6)
    params = initialize(dense(n, n) >> dense(n, n), rng=0)
    first, second = (array_of(layer.arrays[0]) for layer in params.layers)

    assert not np.array_equal(first[:, :-1], second[:, :-1])
    assert not first[:, -1].any()
    assert not second[:, -1].any()


@pytest.mark.parametrize(
    ("activation", "name"),
    [
        (fdnn.relu, "he"),
        (fdnn.leaky_relu, "he"),
        (fdnn.sigmoid, "glorot"),
        (fdnn.tanh, "glorot"),
        (fdnn.softmax, "glorot"),
        (fdnn.identity, "glorot"),
        (fdnn.elu, "he"),
        (fdnn.softplus, "he"),
        (fdnn.silu, "he"),
        (fdnn.gelu, "he"),
        (fdnn.gelu_tanh, "he"),
        (fdnn.hard_swish, "he"),
        (fdnn.selu, "lecun"),
        (fdnn.hard_sigmoid, "glorot"),
        (fdnn.hard_tanh, "glorot"),
        (fdnn.softsign, "glorot"),
        (fdnn.exponential, "glorot"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_layer_is_initialized_to_suit_its_activation(
    activation: fdnn.Activation, name: str
) -> None:
    assert suited_to(activation).name == name
    layer = dense(Dim[Any](4), Dim[Any](3), activation)
    expected = array_of(INITIALIZERS[name](Key(5).at(0), Dim[Any](3), Dim[Any](4)))

    W = array_of(initialize(layer, rng=5).layers[0].arrays[0])[:, :-1]
    assert W.tobytes() == expected.tobytes()


def test_the_initializer_that_was_asked_for_is_used() -> None:
    layer = dense(Dim[Any](4), Dim[Any](3), fdnn.relu, fdnn.all_zeros)

    assert not initialize(layer, rng=5).vector.any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_initialize_gives_the_precision_that_was_asked_for(dtype: str) -> None:
    layer = dense(Dim[Any](4), Dim[Any](3))
    params = initialize(layer, rng=5, dtype=dtype)

    assert params.dtype == dtype
    assert params == initialize(layer, rng=5).astype(dtype)


def test_he_keeps_the_size_of_signals_through_many_layers_of_relu() -> None:
    n = Dim[Any](128)
    params = initialize(fdnn.mlp([n] * 11, fdnn.relu, fdnn.relu), rng=0)
    trace = params.forward(
        fdnn.from_numpy(np.random.default_rng(0).normal(size=(n, 200)), n, Dim[Any](200))
    )

    first, last = (float((array_of(trace.caches[l].A) ** 2).mean()) for l in (0, 9))
    assert 0.3 < last / first < 3.0

"""Regularisers: a penalty on weights alone, its gradient, and training with it."""

from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fdnn
from fdnn import (
    L1,
    L2,
    Adam,
    Dim,
    Elastic,
    GradientDescent,
    Learner,
    Momentum,
    Optimizer,
    Params,
    Regularizer,
    iterate,
    run,
    squared_error,
)
from fdnn.axes import Axes
from fdnn.plan.buffers import BLOCK
from tests.strategies import Floats, network

LAW = settings(deadline=None, max_examples=40)
KINDS = [L2(0.3), L1(0.3), Elastic(0.2, 0.5)]
EVERY = pytest.mark.parametrize("regularizer", KINDS, ids=lambda kind: kind.name)

strengths = st.floats(1e-3, 10.0)
seeds = st.integers(0, 10**6)


def some_network(seed: int) -> Params[*tuple[Any, ...]]:
    return network(2, fdnn.identity, seed=seed)


def weights(params: Params[*tuple[Any, ...]]) -> list[Floats]:
    """The weights of each layer, as the record itself has them."""
    dense = [layer for layer in params.layers if isinstance(layer, fdnn.Dense)]
    return [fdnn.to_numpy(layer.W) for layer in dense]


@LAW
@given(strength=strengths, seed=seeds)
def test_the_penalties_are_the_norms_of_the_weights(strength: float, seed: int) -> None:
    """They are NumPy's norms of `W`, whatever the biases are."""
    params = some_network(seed)
    squares = sum(float(np.linalg.norm(W)) ** 2 for W in weights(params))
    sizes = sum(float(np.linalg.norm(W.reshape(-1), 1)) for W in weights(params))

    assert L2(strength).penalty(params) == pytest.approx(strength / 2 * squares, rel=1e-13)
    assert L1(strength).penalty(params) == pytest.approx(strength * sizes, rel=1e-13)
    both = Elastic(strength, 2.0).penalty(params)
    assert both == pytest.approx(strength * sizes + squares, rel=1e-13)


def test_the_courses_decay_is_an_l2_of_one_over_m() -> None:
    """`lambd / (2 m) * sum W^2`, the formula of the course's notebook on regularisation."""
    params = some_network(3)
    squares = sum(float(np.sum(np.square(W))) for W in weights(params))
    assert L2.as_in_course(0.7, 211).penalty(params) == pytest.approx(0.7 / (2 * 211) * squares)


@LAW
@given(seed=seeds, which=st.sampled_from(KINDS), place=st.integers(0, 10**6))
def test_the_gradient_is_the_slope_of_the_penalty(
    seed: int, which: Regularizer, place: int
) -> None:
    params = some_network(seed)
    place %= params.vector.size
    e = np.zeros_like(params.vector)
    e[place] = h = 1e-6
    ahead, back = (params.with_vector(params.vector + s * e) for s in (1.0, -1.0))

    slope = (which.penalty(ahead) - which.penalty(back)) / (2.0 * h)
    assert which.gradient(params).vector[place] == pytest.approx(slope, rel=1e-6, abs=1e-7)


@EVERY
def test_biases_are_not_penalised(regularizer: Regularizer) -> None:
    params = some_network(0)
    is_weight = params.architecture.weights
    moved = params.with_vector(np.where(is_weight, params.vector, 100.0))

    assert regularizer.penalty(moved) == regularizer.penalty(params)
    assert (regularizer.gradient(params).vector[~is_weight] == 0.0).all()
    assert (regularizer.gradient(params).vector[is_weight] != 0.0).all()


def test_at_zero_the_slope_of_l1_is_taken_to_be_zero() -> None:
    params = some_network(0)
    nothing = params.with_vector(np.zeros_like(params.vector))
    assert (L1(1.0).gradient(nothing).vector == 0.0).all()


# ------------------------------------------------------------------------------------- in training


def data(dtype: str = "float64", inputs: int = 4, m: int = 30) -> fdnn.Batch[Any, Any, Any]:
    draw = np.random.default_rng(1)
    x, y = draw.standard_normal((inputs, m)), draw.standard_normal((3, m))
    return fdnn.batch_from_columns(x, y, Dim[Any](inputs), Dim[Any](3), dtype)


def test_a_step_goes_down_the_sum_of_cost_and_penalty() -> None:
    """By hand: `J + penalty`, and `W - rate (dW + strength W)`."""
    params, batch = some_network(5), data()
    trace = params.forward(batch.X)
    J, grads = trace.cost(batch.Y, squared_error), trace.gradient(batch.Y, squared_error)
    learner = Learner(squared_error, GradientDescent(0.1), L2(0.5))
    after = learner.step(params)(batch)(learner.start(params))

    W = np.where(params.architecture.weights, params.vector, 0.0)
    assert after.cost == pytest.approx(J + 0.25 * float(W @ W), rel=1e-14)
    np.testing.assert_allclose(
        after.params.vector, params.vector - 0.1 * (grads.vector + 0.5 * W), rtol=1e-14
    )


class Quartic(Regularizer):
    """A regulariser of the user's own: `sum W^4`."""

    name = "quartic"

    def penalty(self, params: Params[*Axes], /) -> float:
        W = np.where(params.architecture.weights, params.vector, 0.0)
        return float(np.sum(W**4))

    def gradient(self, params: Params[*Axes], /) -> fdnn.Grads[*Axes]:
        W = np.where(params.architecture.weights, params.vector, 0.0)
        return fdnn.Grads(params.architecture, (4.0 * W**3).astype(params.dtype))


@pytest.mark.parametrize(("size", "dtype"), [(None, "float64"), (7, "float32")])
@pytest.mark.parametrize("optimizer", [GradientDescent(0.05), Momentum(0.02), Adam(0.01)])
@pytest.mark.parametrize("regularizer", [*KINDS, Quartic()], ids=lambda kind: kind.name)
def test_a_stream_is_the_steps_by_hand(
    regularizer: Regularizer, optimizer: Optimizer, size: int | None, dtype: str
) -> None:
    """The staged form and the equations agree at every step, to rounding."""
    params = some_network(2).astype(dtype)
    learner = Learner(squared_error, optimizer, regularizer)
    step = learner.step(params)(data(dtype), size=size, span=False)
    eps = float(np.finfo(dtype).eps)

    before = learner.start(params)
    for state in islice(iterate(step)(before), 1, 15):
        by_hand = step(before)
        assert state.cost == pytest.approx(by_hand.cost, rel=100 * eps)
        far = np.abs(state.params.vector - by_hand.params.vector)
        assert far.max() <= 100 * eps * max(1.0, np.abs(by_hand.params.vector).max())
        before = state


@pytest.mark.parametrize("regularizer", KINDS, ids=lambda kind: kind.name)
def test_a_stream_adds_the_whole_penalty_of_arrays_that_are_worked_on_in_blocks(
    regularizer: Regularizer,
) -> None:
    """Of 700 x 300 weights every row has its slope, and its share of the cost."""
    params = fdnn.initialize(fdnn.mlp([4, 300, 700, 3], fdnn.tanh), rng=0)
    assert np.diff(params.architecture.ends)[0] > 3 * BLOCK
    batch, rate = data(), 0.05
    trace = params.forward(batch.X)
    J, dJ = trace.cost(batch.Y, squared_error), trace.gradient(batch.Y, squared_error).vector
    W = np.where(params.architecture.weights, params.vector, 0.0)
    l1 = regularizer.l1 if isinstance(regularizer, Elastic) else 0.0
    l2 = regularizer.l2 if isinstance(regularizer, Elastic) else 0.0
    l1 = regularizer.strength if isinstance(regularizer, L1) else l1
    l2 = regularizer.strength if isinstance(regularizer, L2) else l2

    learner = Learner(squared_error, GradientDescent(rate), regularizer)
    step = learner.step(params)(batch, span=False)
    after = list(islice(iterate(step)(learner.start(params)), 2))[1]
    penalty = l1 * np.abs(W).sum() + l2 / 2 * (W @ W)
    assert after.cost == pytest.approx(J + penalty, rel=1e-12)
    expected = params.vector - rate * (dJ + l1 * np.sign(W) + l2 * W)
    np.testing.assert_allclose(after.params.vector, expected, rtol=1e-10, atol=1e-13)


@LAW
@given(
    strength=st.floats(1e-3, 1.0),
    seed=seeds,
    size=st.one_of(st.none(), st.integers(1, 12)),
    beta=st.sampled_from([None, 0.5, 0.9]),
)
def test_l2_joins_the_training_in_the_span(
    strength: float, seed: int, size: int | None, beta: float | None
) -> None:
    """Cost, penalty and parameters are those of ordinary training, from any moments."""
    wide = fdnn.mlp([90, 5, 3], fdnn.tanh)
    params = fdnn.initialize(wide, rng=seed)
    optimizer = GradientDescent(0.02) if beta is None else Momentum(0.02, beta)
    learner = Learner(squared_error, optimizer, L2(strength))
    batch = data(inputs=90, m=12)
    start = run(learner.step(params)(data(inputs=90, m=4), span=False), learner.start(params), 2)

    ways = [learner.step(params)(batch, size=size, span=span) for span in (True, False)]
    ours, ordinary = (list(islice(iterate(way)(start), 12)) for way in ways)
    for a, b in zip(ours, ordinary, strict=True):
        assert a.cost == pytest.approx(b.cost, rel=1e-11)
        np.testing.assert_allclose(a.params.vector, b.params.vector, rtol=1e-10, atol=1e-12)
    assert ours[-1].span is not None


def test_l1_does_not_stay_in_the_span() -> None:
    params = fdnn.initialize(fdnn.mlp([90, 5, 3], fdnn.tanh), rng=0)
    learner = Learner(squared_error, GradientDescent(0.1), L1(0.1))
    assert "l1 is not linear" in learner.step(params)(data(inputs=90, m=12)).choice.why


def test_a_strong_penalty_makes_small_weights() -> None:
    """Ridge regression: with one linear layer, the fixed point has a closed form (Hoerl 1970)."""
    params, batch = fdnn.initialize(fdnn.mlp([4, 3]), rng=0), data()
    learner = Learner(squared_error, GradientDescent(0.1), L2(2.0))
    last = run(learner.step(params)(batch), learner.start(params), 2000).params.layers[0]
    assert isinstance(last, fdnn.Dense)

    X, Y = fdnn.to_numpy(batch.X), fdnn.to_numpy(batch.Y)
    X, Y = X - X.mean(axis=1, keepdims=True), Y - Y.mean(axis=1, keepdims=True)
    ridge = (Y @ X.T) @ np.linalg.inv(X @ X.T + 2.0 * batch.size * np.eye(4))
    np.testing.assert_allclose(fdnn.to_numpy(last.W), ridge, rtol=1e-9, atol=1e-12)

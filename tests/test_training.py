"""A step is forward, cost, backward and update; training is that, over and over."""

from __future__ import annotations

import math
from itertools import islice, pairwise, takewhile
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import fdnn
from fdnn import (
    Adam,
    GradientDescent,
    Key,
    Learner,
    Momentum,
    Optimizer,
    binary_cross_entropy,
    categorical_cross_entropy,
    dense_of,
    iterate,
    params_of,
    run,
    squared_error,
)
from fdnn.matrix import Array
from tests.strategies import LAW, array_of, cat_batch, cat_network, matrix, normal

# ------------------------------------------------------------- the course's network, in plain NumPy


def course_in_numpy(steps: int, rate: float) -> tuple[list[float], dict[str, Array]]:
    """A network of two layers, ReLU and sigmoid, as the course's notebook writes its equations."""
    W1, b1, W2, b2 = (array_of(normal(*s)).copy() for s in SHAPES)
    m = 7
    costs = []
    for _ in range(steps):
        Z1 = W1 @ X + b1
        A1 = np.maximum(0, Z1)
        Z2 = W2 @ A1 + b2
        A2 = 1 / (1 + np.exp(-Z2))
        costs.append(float(-(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)).sum() / m))

        dA2 = -(Y / A2 - (1 - Y) / (1 - A2))
        dZ2 = dA2 * A2 * (1 - A2)
        dW2, db2 = dZ2 @ A1.T / m, dZ2.sum(axis=1, keepdims=True) / m
        dZ1 = (W2.T @ dZ2) * (Z1 > 0)
        dW1, db1 = dZ1 @ X.T / m, dZ1.sum(axis=1, keepdims=True) / m
        W1, b1 = W1 - rate * dW1, b1 - rate * db1
        W2, b2 = W2 - rate * dW2, b2 - rate * db2
    return costs, {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


SHAPES = ((5, 4, 0), (5, 1, 1), (1, 5, 2), (1, 1, 3))
X = array_of(normal(4, 7, 4))
Y = (X[:1] > 0.0).astype(float)


def test_training_is_what_the_course_computes() -> None:
    costs, expected = course_in_numpy(20, 0.3)
    W1, b1, W2, b2 = (normal(*s) for s in SHAPES)
    params = params_of(dense_of(W1, b1, fdnn.relu)) >> dense_of(W2, b2, fdnn.sigmoid)
    learner = Learner(binary_cross_entropy, GradientDescent(0.3))
    step = learner.step(params)(fdnn.Batch(matrix(X), matrix(Y)))
    states = list(islice(iterate(step, learner.start(params)), 21))

    np.testing.assert_allclose([state.cost for state in states[1:]], costs, rtol=1e-12)
    first, second = (array_of(layer.arrays[0]) for layer in states[-1].params.layers)
    np.testing.assert_allclose(first, np.hstack([expected["W1"], expected["b1"]]), rtol=1e-11)
    np.testing.assert_allclose(second, np.hstack([expected["W2"], expected["b2"]]), rtol=1e-11)


@pytest.mark.parametrize(
    "optimizer", [GradientDescent(0.5), Momentum(0.3, 0.6)], ids=lambda o: o.name
)
def test_a_linear_network_finds_the_least_squares(optimizer: Optimizer) -> None:
    inputs = array_of(normal(2, 30, 1))
    targets = array_of(normal(1, 30, 2))
    with_ones = np.vstack([inputs, np.ones(30)])
    best, *_ = np.linalg.lstsq(with_ones.T, targets[0], rcond=None)

    zero = params_of(dense_of(matrix(np.zeros((1, 2))), matrix(np.zeros((1, 1)))))
    learner = Learner(squared_error, optimizer)
    step = learner.step(zero)(fdnn.Batch(matrix(inputs), matrix(targets)))
    found = run(step, learner.start(zero), 200).params

    np.testing.assert_allclose(found.vector, best, rtol=1e-6, atol=1e-8)


def test_a_network_learns_what_no_line_can_part() -> None:
    """Exclusive or (Minsky & Papert 1969)."""
    corners = np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]])
    labels = np.array([[0.0, 1.0, 1.0, 0.0]])
    params = fdnn.initialize(fdnn.mlp([2, 8, 1], fdnn.tanh, fdnn.sigmoid), rng=1)
    learner = Learner(binary_cross_entropy, Adam(0.1))
    step = learner.step(params)(fdnn.Batch(matrix(corners), matrix(labels)))
    learned = run(step, learner.start(params), 80)

    assert fdnn.predict(learned.params, matrix(corners)).tolist() == [0, 1, 1, 0]
    assert fdnn.predict(params, matrix(corners)).tolist() != [0, 1, 1, 0]


# ---------------------------------------------------------------------------------------- the state


def trained(steps: int) -> Any:
    params = cat_network()
    learner = Learner(categorical_cross_entropy, Adam(0.05))
    return run(learner.step(params)(cat_batch()), learner.start(params, rng=Key(6)), steps)


def test_a_state_counts_its_steps_and_keeps_its_key() -> None:
    state = trained(3)

    assert (state.step, state.optimizer.count, state.key) == (3, 3, Key(6))


def test_the_cost_of_a_state_is_that_before_its_last_move() -> None:
    before, after = trained(2), trained(3)
    batch = cat_batch()

    cost = before.params.forward(batch.X).cost(batch.Y, categorical_cross_entropy)
    assert after.cost == pytest.approx(cost, rel=100 * np.finfo(float).eps, abs=0.0)
    assert trained(0).cost == math.inf


def test_no_steps_are_the_start_itself() -> None:
    start = trained(1)

    assert run(lambda state: state, start, 0) is start


def test_the_cost_goes_down() -> None:
    params, batch = cat_network(), cat_batch(20)
    learner = Learner(categorical_cross_entropy, GradientDescent(0.1))
    stream = iterate(learner.step(params)(batch), learner.start(params))
    costs = [state.cost for state in islice(stream, 1, 16)]

    assert all(after < before for before, after in pairwise(costs))


def test_the_stream_works_with_itertools() -> None:
    params, batch = cat_network(), cat_batch()
    learner = Learner(categorical_cross_entropy, Adam(0.1))
    stream = iterate(learner.step(params)(batch), learner.start(params))
    early = list(islice(takewhile(lambda state: state.cost > 0.5, stream), 40))

    assert 1 < len(early) < 40
    assert early[-1].cost > 0.5


def test_two_branches_of_one_state_do_not_meet() -> None:
    fork = trained(2)
    step = Learner(categorical_cross_entropy, Adam(0.05)).step(fork.params)
    one, other = step(cat_batch(6)), step(cat_batch(9))
    left, right = run(one, fork, 2), run(other, fork, 2)

    assert left != right
    assert run(one, fork, 2) == left
    assert fork == trained(2)


def test_a_step_can_be_read() -> None:
    params, batch = cat_network(), cat_batch()
    learner = Learner(categorical_cross_entropy, Adam(0.05))
    step = learner.step(params)(batch)

    assert (step.learner, step.architecture, step.batch) == (learner, params.architecture, batch)
    assert iterate(step).step is step


@pytest.mark.parametrize("scale", [2.0, 0.5])
def test_the_mean_over_examples_does_not_depend_on_how_many_there_are(scale: float) -> None:
    """Every example twice: the same cost, and the same gradient."""
    batch, params = cat_batch(), cat_network()
    params = params.with_vector(scale * params.vector)
    twice = [matrix(np.hstack([array_of(a), array_of(a)])) for a in (batch.X, batch.Y)]
    once, doubled = params.forward(batch.X), params.forward(twice[0])

    cost = categorical_cross_entropy
    assert doubled.cost(twice[1], cost) == pytest.approx(once.cost(batch.Y, cost), rel=1e-14)
    np.testing.assert_allclose(
        doubled.gradient(twice[1], cost).vector,
        once.gradient(batch.Y, cost).vector,
        rtol=1e-12,
        atol=1e-15,
    )


@LAW
@given(end=st.integers(1, 8), before=st.integers(0, 8), steps=st.integers(0, 9))
def test_a_run_beyond_its_schedule_is_refused_before_the_first_step(
    end: int, before: int, steps: int
) -> None:
    params, batch = cat_network(), cat_batch()
    learner = Learner(fdnn.categorical_cross_entropy, fdnn.Adam(fdnn.Cosine(0.1, end)))
    step, start = learner.step(params)(batch), learner.start(params)
    assume(before <= end)
    state = run(step, start, before)

    if before + steps <= end:
        assert run(step, state, steps).step == before + steps
        return
    with pytest.raises(fdnn.ArgumentError) as refusal:
        run(step, state, steps)
    assert str(refusal.value) == (
        f"run: steps is {steps}, expected at most {end - before}: the schedule of the rate ends "
        f"after {end} updates, and {before} are done"
    )

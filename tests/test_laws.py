"""The laws that the folds, the layers and the vector space of parameters obey."""

from __future__ import annotations

from itertools import cycle, islice
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fdnn
from fdnn import (
    Adam,
    Dim,
    GradientDescent,
    Grads,
    Learner,
    Momentum,
    Optimizer,
    Params,
    State,
    categorical_cross_entropy,
    iterate,
    run,
)
from fdnn.matrix import Array
from tests.strategies import (
    LAW,
    array_of,
    cat_batch,
    cat_network,
    labels_for,
    logits,
    matrix,
    network,
    normal,
)

OPTIMIZERS = pytest.mark.parametrize(
    "optimizer",
    [GradientDescent(0.1), Momentum(0.1), Adam(0.1)],
    ids=["gradient_descent", "momentum", "adam"],
)


def grads_of(params: Params[*tuple[Any, ...]], seed: int) -> Grads[*tuple[Any, ...]]:
    draw = np.random.default_rng(seed)
    return Grads(params.architecture, draw.standard_normal(params.vector.shape))


def close(a: Array, b: Array) -> None:
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


# ------------------------------------------------------------------------------- the fold over time


@LAW
@given(start=st.integers(), m=st.integers(0, 20), n=st.integers(0, 20))
def test_m_steps_and_then_n_are_m_plus_n_steps(start: int, m: int, n: int) -> None:
    def step(x: int) -> int:
        return 3 * x + 1

    assert run(step, run(step, start, m), n) == run(step, start, m + n)


@LAW
@given(start=st.integers(), n=st.integers(0, 20))
def test_run_is_the_element_of_the_stream_at_that_place(start: int, n: int) -> None:
    def step(x: int) -> int:
        return x * x % 1009 + 1

    assert next(islice(iterate(step)(start), n, None)) == run(step, start, n)
    assert list(islice(iterate(step, start), n)) == [run(step, start, k) for k in range(n)]


def test_a_stream_takes_no_step_that_nobody_asked_for() -> None:
    taken: list[int] = []

    def step(x: int) -> int:
        taken.append(x)
        return x + 1

    stream = iterate(step, 0)
    assert taken == []
    assert [next(stream), next(stream)] == [0, 1]
    assert taken == [0]


@OPTIMIZERS
def test_resuming_from_any_state_is_going_on(optimizer: Optimizer) -> None:
    learner = Learner(categorical_cross_entropy, optimizer)
    start = learner.start(cat_network(), rng=3)
    step = learner.step(start.params)(cat_batch())
    states = list(islice(iterate(step, start), 5))

    for k in range(5):
        assert run(step, states[k], 4 - k) == states[4]


@OPTIMIZERS
def test_the_same_inputs_give_the_same_bits(optimizer: Optimizer) -> None:
    def trained() -> State[Any, Any, Any]:
        learner = Learner(categorical_cross_entropy, optimizer)
        start = learner.start(cat_network(), rng=3)
        return run(learner.step(start.params)(cat_batch()), start, 3)

    first, again = trained(), trained()
    assert first.params.vector.tobytes() == again.params.vector.tobytes()
    assert np.float64(first.cost).tobytes() == np.float64(again.cost).tobytes()
    assert first == again


def test_the_three_forms_of_a_step_are_one() -> None:
    learner = Learner(categorical_cross_entropy, Adam())
    start, batch = learner.start(cat_network()), cat_batch()

    bound = learner.step(start.params)(batch)
    assert bound(start) == fdnn.step(start, batch, learner)
    assert bound(start) == learner.step(start.params.architecture)(batch)(start)


# ---------------------------------------------------------------------------- the folds over layers


@pytest.mark.parametrize("depth", range(1, 7))
def test_forward_is_one_layer_after_the_other(depth: int) -> None:
    params, X = network(depth, fdnn.softmax, fdnn.relu), normal(4, 5)
    A = X
    for layer in params.layers:
        A, _ = fdnn.linear_activation_forward(layer, A)

    assert array_of(params(X)).tobytes() == array_of(A).tobytes()


@pytest.mark.parametrize("depth", range(1, 7))
def test_backward_is_one_layer_before_the_other(depth: int) -> None:
    params, dA = network(depth, fdnn.softmax, fdnn.relu), normal(3, 5, 1)
    trace = params.forward(normal(4, 5))
    parts: list[Array] = []
    flowing: Any = dA
    for cache in reversed(trace.caches):
        gradient, flowing = fdnn.linear_activation_backward(cache, flowing)
        parts = [*(array_of(a).ravel() for a in gradient.arrays), *parts]

    grads, dX = trace.pullback(dA)
    close(np.concatenate(parts), grads.vector)
    close(array_of(flowing), array_of(dX))


def test_composition_is_associative() -> None:
    three, five = Dim[Any](3), Dim[Any](5)
    a = fdnn.dense_of(normal(3, 4), normal(3, 1, 1), fdnn.relu)
    b = fdnn.dense_of(normal(5, 3, 2), normal(5, 1, 3), fdnn.tanh)
    c = fdnn.dense_of(normal(2, 5, 4), normal(2, 1, 5), fdnn.softmax)
    X = normal(4, 6, 6)

    whole = fdnn.params_of(a) >> b >> c
    split = fdnn.params_of(c)((fdnn.params_of(a) >> b)(X))
    assert array_of(whole(X)).tobytes() == array_of(split).tobytes()

    blank = fdnn.dense(Dim[Any](4), three) >> fdnn.dense(three, five)
    assert blank == fdnn.chain(fdnn.dense(Dim[Any](4), three)) >> fdnn.dense(three, five)


def test_backward_is_the_first_part_of_the_pullback() -> None:
    trace, dA = network(3, fdnn.tanh).forward(normal(4, 5)), normal(3, 5, 1)

    assert trace.backward(dA) == trace.pullback(dA)[0]
    assert fdnn.backward(trace, dA) == trace.backward(dA)


@LAW
@given(a=st.floats(-3.0, 3.0), b=st.floats(-3.0, 3.0))
def test_backward_is_linear(a: float, b: float) -> None:
    trace = network(2, fdnn.softmax).forward(normal(4, 5))
    dA, dB = normal(3, 5, 1), normal(3, 5, 2)
    of_sum, dX_of_sum = trace.pullback(matrix(a * array_of(dA) + b * array_of(dB)))
    (of_dA, dX), (of_dB, dX_of_dB) = trace.pullback(dA), trace.pullback(dB)

    close((a * of_dA + b * of_dB).vector, of_sum.vector)
    close(a * array_of(dX) + b * array_of(dX_of_dB), array_of(dX_of_sum))


# --------------------------------------------------------------------------------------- symmetries


@LAW
@given(order=st.permutations(range(6)))
def test_the_order_of_examples_moves_predictions_and_leaves_gradients(order: list[int]) -> None:
    params, batch = cat_network(), cat_batch(6)
    X, Y = array_of(batch.X), array_of(batch.Y)
    trace = params.forward(matrix(X))
    moved = params.forward(matrix(X[:, order]))
    labels = matrix(Y[:, order])

    close(array_of(moved.output), array_of(trace.output)[:, order])
    assert moved.cost(labels, categorical_cross_entropy) == pytest.approx(
        trace.cost(batch.Y, categorical_cross_entropy), rel=1e-13
    )
    close(
        moved.gradient(labels, categorical_cross_entropy).vector,
        trace.gradient(batch.Y, categorical_cross_entropy).vector,
    )


@LAW
@given(order=st.permutations(range(5)))
def test_the_order_of_hidden_units_does_not_matter(order: list[int]) -> None:
    W, b, V, c = (array_of(normal(*s)) for s in ((5, 4, 0), (5, 1, 1), (3, 5, 2), (3, 1, 3)))

    def net(rows: list[int]) -> Any:
        hidden = fdnn.dense_of(matrix(W[rows]), matrix(b[rows]), fdnn.relu)
        return fdnn.params_of(hidden) >> fdnn.dense_of(matrix(V[:, rows]), matrix(c), fdnn.softmax)

    X = normal(4, 6, 4)
    close(array_of(net(order)(X)), array_of(net([*range(5)])(X)))


@LAW
@given(Z=logits(3, 4), shift=st.floats(-1e3, 1e3))
def test_softmax_sees_only_differences(Z: Array, shift: float) -> None:
    moved = Z + shift
    back = moved - shift  # what is left of Z after rounding
    close(array_of(fdnn.softmax(matrix(moved))), array_of(fdnn.softmax(matrix(back))))


@LAW
@given(Z=logits(3, 4))
def test_softmax_gives_probabilities_and_sigmoid_is_its_case_of_two(Z: Array) -> None:
    close(array_of(fdnn.softmax(matrix(Z))).sum(axis=0), np.ones(4))

    two = np.stack([Z[0], np.zeros(4)])
    close(array_of(fdnn.softmax(matrix(two)))[0], array_of(fdnn.sigmoid(matrix(Z[:1])))[0])


@LAW
@given(Z=logits(2, 3))
def test_sigmoid_and_tanh_are_one_curve(Z: Array) -> None:
    close(array_of(fdnn.tanh(matrix(Z))), 2.0 * array_of(fdnn.sigmoid(matrix(2.0 * Z))) - 1.0)


# --------------------------------------------------------------------------------- the vector space


@LAW
@given(a=st.floats(-9.0, 9.0), b=st.floats(-9.0, 9.0))
def test_gradients_form_a_vector_space(a: float, b: float) -> None:
    params = cat_network()
    u, v, w = (grads_of(params, seed) for seed in range(3))

    assert u + v == v + u
    close(((u + v) + w).vector, (u + (v + w)).vector)
    close((a * (u + v)).vector, (a * u + a * v).vector)
    close(((a + b) * u).vector, (a * u + b * u).vector)
    assert u - v == u + -v
    assert (1.0 * u) == u == u / 1.0


def test_the_layers_are_views_of_the_one_vector() -> None:
    params = cat_network()
    arrays = [array_of(a) for layer in params.layers for a in layer.arrays]

    assert all(np.shares_memory(a, params.vector) for a in arrays)
    assert np.concatenate([a.ravel() for a in arrays]).tobytes() == params.vector.tobytes()


@LAW
@given(rate=st.floats(1e-6, 10.0))
def test_a_step_of_gradient_descent_reads_as_in_the_book(rate: float) -> None:
    params, batch = cat_network(), cat_batch()
    grads = params.forward(batch.X).gradient(batch.Y, categorical_cross_entropy)
    learner = Learner(categorical_cross_entropy, GradientDescent(rate))
    stepped = learner.step(params)(batch)(learner.start(params)).params

    assert (params - rate * grads).vector.tobytes() == stepped.vector.tobytes()
    assert fdnn.update(params, grads, rate) == stepped


def test_the_gradient_does_not_depend_on_whether_more_is_asked_for() -> None:
    """`gradient` leaves out `dX`; `backward`, from the derivative of the cost, does not."""
    params, Y = network(3, fdnn.tanh), labels_for(fdnn.squared_error, 3, 5)
    trace = params.forward(normal(4, 5))
    dA = matrix(array_of(fdnn.squared_error.derivative(trace.output, Y)) / 5)

    close(trace.gradient(Y, fdnn.squared_error).vector, trace.backward(dA).vector)


# ---------------------------------------------------------------------------------------- precision


@pytest.mark.parametrize("cost", fdnn.names.COSTS.values(), ids=lambda cost: cost.name)
def test_float32_stays_float32(cost: fdnn.Cost) -> None:
    """Behind every activation, whatever optimizer goes on from there."""
    X, Y = (
        matrix(array_of(normal(4, 5)), "float32"),
        matrix(np.eye(3)[:, [0, 1, 2, 0, 1]], "float32"),
    )
    optimizers = cycle([GradientDescent(0.1), Momentum(0.1), Adam(0.1)])
    for g, optimizer in zip(fdnn.names.ACTIVATIONS.values(), optimizers, strict=False):
        last = fdnn.identity if cost == fdnn.hinge else fdnn.softmax
        params = network(3, last, g).astype("float32")
        learner = Learner(cost, optimizer)
        state = learner.step(params)(fdnn.Batch(X, Y))(learner.start(params))
        trace = state.params.forward(X)
        grads, dX = trace.pullback(Y)

        arrays = [trace.output, trace.logits, dX, cost.derivative(trace.output, Y)]
        arrays += [cost.losses(trace.output, Y), cost.losses_from_logits(trace.logits, Y)]
        arrays += [cost.gradient(trace.caches[-1], Y)]
        vectors = [state.params, grads, trace.gradient(Y, cost), *state.optimizer.moments]
        found = {array_of(a).dtype.name for a in arrays} | {v.dtype.name for v in vectors}
        assert found == {"float32"}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_uniform_draws_are_as_precise_as_what_they_are_like(dtype: str) -> None:
    drawn = fdnn.Context(key=fdnn.Key(0)).uniform(matrix(np.ones((3, 4)), dtype))

    assert drawn.shape == (3, 4)
    assert drawn.dtype == dtype


def test_a_cast_and_back_changes_no_float32() -> None:
    params = cat_network().astype("float32")

    assert params.astype("float64").astype("float32") == params
    assert params.astype("float64") != params


def test_an_optimizer_of_the_users_own_takes_part() -> None:
    @attrs.frozen
    class SignDescent(Optimizer):
        """`W := W - rate * sign(dW)`."""

        rate: float

        def init(self, params: Params[*fdnn.axes.Axes], /) -> Any:
            return fdnn.OptimizerState(params.architecture)

        def update(self, grads: Any, state: Any, params: Any, /) -> Any:
            return grads.with_vector(-self.rate * np.sign(grads.vector)), state.next()

    learner = Learner(categorical_cross_entropy, SignDescent(0.5))
    params = cat_network()
    moved = learner.step(params)(cat_batch())(learner.start(params)).params
    close(np.abs(moved.vector - params.vector), np.full(params.vector.shape, 0.5))

"""Training in the span of the data: equal to training by the inputs, and chosen where exact."""

from __future__ import annotations

import copy
import logging
import os
import pickle
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typeguard import suppress_type_checks

from fdnn import (
    ONE,
    Activation,
    Adam,
    ArgumentError,
    Batch,
    Cosine,
    Cost,
    Dense,
    DivergenceError,
    FdnnError,
    GradientDescent,
    Grads,
    InverseTime,
    Learner,
    Momentum,
    Nesterov,
    Optimizer,
    OptimizerState,
    Params,
    State,
    batch_from_columns,
    batch_from_rows,
    binary_cross_entropy,
    categorical_cross_entropy,
    dense,
    initialize,
    iterate,
    mlp,
    relu,
    run,
    sigmoid,
    softmax,
    squared_error,
    tanh,
)
from fdnn.axes import Axes, C, R, biased
from fdnn.matrix import Array, blank, is_frozen, unnamed
from fdnn.span import Span, enter
from tests.own_layers import LayerNorm
from tests.strategies import LAW

CLOSE = 1e-10
"""How far the two ways may be apart, in the parameters and in the cost at every step."""

LINEAR: list[Optimizer] = [
    GradientDescent(0.1),
    Momentum(0.02, 0.9),
    Nesterov(0.02, 0.9),
    Nesterov(InverseTime(0.05, 0.3), 0.5),
    GradientDescent(Cosine(0.2, 99)),
]
IDS = ["gradient_descent", "momentum", "nesterov", "nesterov, scheduled", "descent, scheduled"]


def problem(
    n: int, m: int, hidden: tuple[int, ...], classes: int, seed: int = 0, g: Activation = tanh
) -> tuple[Params[*tuple[Any, ...]], Batch[Any, Any, Any], Cost]:
    """A network, and m random examples of n inputs with random labels."""
    rng = np.random.default_rng(seed)
    head: Activation = sigmoid if classes == 1 else softmax
    cost: Cost = binary_cross_entropy if classes == 1 else categorical_cross_entropy
    Y = np.eye(max(2, classes))[-classes:, rng.integers(0, max(2, classes), m)]
    net = mlp([n, *hidden, classes], g, head)
    batch = batch_from_columns(rng.standard_normal((n, m)), Y, net.axes[0], net.axes[-1])
    return initialize(net, rng=seed), batch, cost


def furthest(a: Array, b: Array) -> float:
    return float(np.abs(a - b).max(initial=0.0))


def apart(one: State[*tuple[Any, ...]], other: State[*tuple[Any, ...]]) -> float:
    """How far two states are apart, in parameters, moments and cost."""
    moments = zip(one.optimizer.moments, other.optimizer.moments, strict=True)
    distances = [furthest(a.vector, b.vector) for a, b in moments]
    cost = abs(one.cost - other.cost) if one.step > 0 else 0.0
    return max(furthest(one.params.vector, other.params.vector), cost, *distances, 0.0)


# ---------------------------------------------------------------------------------------- exactness


@pytest.mark.parametrize("optimizer", LINEAR, ids=IDS)
@LAW
@given(
    n=st.integers(1, 30),
    m=st.integers(1, 12),
    hidden=st.sampled_from([(), (3,), (4, 2)]),
    classes=st.sampled_from([1, 3]),
    size=st.one_of(st.none(), st.integers(1, 12)),
    begun=st.integers(0, 2),
    seed=st.integers(0, 99),
    is_weighted=st.booleans(),
)
def test_the_two_ways_agree_at_every_step(
    optimizer: Optimizer,
    n: int,
    m: int,
    hidden: tuple[int, ...],
    classes: int,
    size: int | None,
    begun: int,
    seed: int,
    is_weighted: bool,
) -> None:
    """Full batches and mini-batches, with weights too, and from moments that are not zero."""
    params, batch, cost = problem(n, m, hidden, classes, seed)
    if is_weighted:
        weights = np.random.default_rng(seed).choice([0.25, 1.0, 2.0], size=(1, m))
        batch = attrs.evolve(batch, weights=unnamed(weights))
    learner = Learner(cost, optimizer)
    plain = learner.step(params)(batch, size=size, span=False)
    spanned = learner.step(params)(batch, size=size, span=True)
    start = run(plain, learner.start(params, rng=seed), begun)

    streams = zip(iterate(plain)(start), iterate(spanned)(start), strict=True)
    for by_inputs, in_span in islice(streams, 9):
        assert apart(by_inputs, in_span) <= CLOSE


@pytest.mark.parametrize("hidden", [(), (3,)])
@pytest.mark.parametrize("size", [None, 4])
def test_they_agree_for_a_cost_without_its_link(hidden: tuple[int, ...], size: int | None) -> None:
    """In a network of one layer too, whose first map is the last."""
    params, batch, _ = problem(30, 9, hidden, 1)
    learner = Learner(squared_error, Momentum(0.2))
    steps = [learner.step(params)(batch, size=size, span=span) for span in (False, True)]
    by_inputs, in_span = (run(step, learner.start(params), 7) for step in steps)

    assert apart(by_inputs, in_span) <= CLOSE
    assert by_inputs.cost != run(steps[0], learner.start(params), 1).cost


@pytest.mark.parametrize("optimizer", [GradientDescent(0.01), Momentum(0.001)], ids=IDS[:2])
def test_the_two_ways_agree_after_2500_steps(optimizer: Optimizer) -> None:
    params, batch, cost = problem(300, 20, (6, 4), 1, g=relu)
    learner = Learner(cost, optimizer)
    by_inputs = iterate(learner.step(params)(batch, span=False))(learner.start(params))
    in_span = iterate(learner.step(params)(batch, span=True))(learner.start(params))

    with suppress_type_checks():  # so many steps take ring 4 half a minute
        pairs = list(zip(islice(by_inputs, 2501), in_span, strict=False))
        costs = [(a.cost, b.cost) for a, b in pairs[1:]]
    assert max(abs(a - b) for a, b in costs) <= CLOSE
    assert apart(*pairs[-1]) <= CLOSE
    assert costs[-1][0] < 0.5 * costs[0][0]


@LAW
@given(seed=st.integers(0, 99), m=st.integers(1, 9))
def test_the_coordinates_of_where_training_stands_are_where_it_stands(seed: int, m: int) -> None:
    params, batch, cost = problem(7, m, (3,), 2, seed)
    learner = Learner(cost, Momentum(0.1))
    state = run(learner.step(params)(batch, span=False), learner.start(params), seed % 3)
    span, at, optimizer = enter(batch, state.params, state.optimizer)

    assert span.params(at) == state.params
    assert span.optimizer(optimizer) == state.optimizer


def test_the_span_is_that_of_the_gradients() -> None:
    """`dW = dZ X^T` for whatever `dZ`: with `D` alone, the weights are in the span of the data."""
    params, batch, _ = problem(9, 4, (3,), 2)
    span, at, _ = enter(batch, params, OptimizerState(params.architecture))
    D = np.random.default_rng(1).standard_normal((3, 4))
    vector = np.zeros_like(at.vector)
    vector[: 3 * 6].reshape(3, 6)[:, :4] = D

    gradient = span.grads(Grads(span.coordinates, vector))
    dW = gradient.vector[: 3 * 10].reshape(3, 10)[:, :-1]
    assert furthest(dW, D @ np.asarray(batch.X).T) <= 1e-13


# --------------------------------------------------------------------------------------- the states


@pytest.mark.parametrize("optimizer", LINEAR, ids=IDS)
@pytest.mark.parametrize("size", [None, 3])
def test_resuming_from_any_state_is_going_on_to_the_bit(
    optimizer: Optimizer, size: int | None
) -> None:
    params, batch, cost = problem(40, 8, (5,), 3)
    learner = Learner(cost, optimizer)
    step = learner.step(params)(batch, size=size, span=True)
    states = list(islice(iterate(step)(learner.start(params, rng=1)), 12))

    for state in states:
        assert run(step, state, 11 - state.step) == states[-1]
    reloaded = pickle.loads(pickle.dumps(states[5]))
    again = learner.step(params)(pickle.loads(pickle.dumps(batch)), size=size, span=True)
    assert run(again, reloaded, 6) == states[-1]


PROGRAM = """
import sys, pickle, hashlib, numpy as np
from fdnn import *
rng = np.random.default_rng(0)
make = batch_from_rows if sys.argv[1] == "rows" else batch_from_columns
units, span = int(sys.argv[2]), sys.argv[3] == "span"
X, Y = rng.standard_normal((3000, 50)), (rng.random((1, 50)) < 0.4) * 1.0
net = mlp([3000, units, 1], relu, sigmoid)
given = (X, Y) if make is batch_from_columns else (X.T.copy(), Y.T.copy())
batch = make(*given, *net.axes[::2])
step = Learner(binary_cross_entropy, Momentum(0.01)).step(net)(batch, span=span)
if len(sys.argv) > 4:
    with open(sys.argv[4], "rb") as file:
        state = pickle.load(file)
else:
    state = run(step, step.learner.start(initialize(net, rng=1)), 3)
    with open("state.pickle", "wb") as file:
        pickle.dump(state, file)
print(hashlib.sha256(run(step, state, 5).params.vector.tobytes()).hexdigest())
"""


@pytest.mark.parametrize("way", ["span", "inputs"])
@pytest.mark.parametrize("units", ["1", "4"])
@pytest.mark.parametrize("layout", ["rows", "columns"])
def test_another_process_goes_on_to_the_same_bits(
    layout: str, units: str, way: str, tmp_path: Path
) -> None:
    """On the kernel of this machine, whatever the environment says of it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}

    def output_of(*more: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, layout, units, way, *more],
            cwd=tmp_path,
            env={**environment, "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert output_of() == output_of("state.pickle")


def test_a_state_that_was_handed_out_does_not_change() -> None:
    params, batch, cost = problem(40, 8, (5,), 3)
    step = Learner(cost, Momentum(0.05)).step(params)(batch, size=3, span=True)
    seen = [
        (state, state.params.vector.tobytes(), state.optimizer.moments[0].vector.tobytes())
        for state in islice(iterate(step)(step.learner.start(params)), 60)
    ]

    for state, vector, moment in seen:
        assert state.params.vector.tobytes() == vector
        assert state.optimizer.moments[0].vector.tobytes() == moment


def test_directions_of_a_span_cannot_be_written_to() -> None:
    params, batch, _ = problem(9, 4, (3,), 2)
    direction = np.ones((3, 9))
    span: Any = Span(params.architecture, batch.X, (direction,))  # type: ignore[arg-type]  # a raw array, which a user may bring
    direction[:] = 7.0

    for one in (span, pickle.loads(pickle.dumps(span)), copy.deepcopy(span)):
        assert is_frozen(one.directions[0])
        assert is_frozen(one.X)
        assert (one.directions[0] == 1.0).all()
        assert one == span


def test_a_span_that_does_not_fit_is_refused() -> None:
    params, batch, _ = problem(9, 4, (3,), 2)
    make: Any = Span

    def refused(words: str, *fields: Any) -> None:
        with suppress_type_checks(), pytest.raises(FdnnError) as caught:
            make(*fields)
        assert str(caught.value).startswith(f"Span: {words}")

    net, X = params.architecture, batch.X
    refused("X has shape (4, 9), expected (9, m)", net, np.ones((4, 9)), ())
    refused("X has 9 values that are NaN", net, np.full((9, 1), np.nan), ())
    refused("a direction has shape (3, 3), expected (3, 9)", net, X, (np.ones((3, 3)),))
    refused("a direction has dtype float32", net, X, (np.ones((3, 9), "float32"),))
    refused("a direction is a list", net, X, ([[1.0]],))


def test_where_the_cost_overflows_the_last_good_state_is_told() -> None:
    """As the ordinary stream tells it, though the states are in the span."""
    net = mlp([40, 5, 1], relu)
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((40, 8)), rng.standard_normal((1, 8))
    params, batch = initialize(net, rng=0), batch_from_columns(X, Y, net.axes[0], net.axes[-1])
    learner = Learner(squared_error, GradientDescent(1e10))
    told: list[tuple[str, int]] = []
    for span in (True, False):
        states: list[State[*tuple[Any, ...]]] = []
        stream = iterate(learner.step(params)(batch, span=span))(learner.start(params))
        with pytest.raises(DivergenceError) as caught:
            states.extend(islice(stream, 50))
        assert caught.value.state is states[-2]
        told.append((str(caught.value), len(states)))

    assert told[0] == told[1]


class Mirrored(Dense[R, C]):
    """A subclass of Dense, which may do otherwise."""


@attrs.frozen
class Clipped(GradientDescent):
    """A subclass of gradient descent, which does otherwise."""

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        size = float(np.linalg.norm(grads.vector))
        return super().update(grads * min(1.0, 0.01 / size), state, params)


def test_a_subclass_that_may_do_otherwise_is_not_taken_for_its_parent() -> None:
    params, batch, cost = problem(4096, 8, (8,), 1)
    inputs, units, outputs = params.axes
    first = Mirrored(inputs, units, blank(units, biased(inputs)), tanh)
    mirrored = first >> dense(units, outputs, sigmoid)
    clipped = Learner(cost, Clipped(0.1))
    step = clipped.step(params)(batch)

    assert not Learner(cost, GradientDescent(0.1)).step(mirrored)(batch).choice.in_span
    assert step.choice.why == "the update of gradient_descent is not linear in the gradient"
    state = run(step, clipped.start(params), 1)
    assert apart(run(step, state, 1), step(state)) <= CLOSE


def test_a_step_by_hand_and_a_plain_stream_take_any_state() -> None:
    params, batch, cost = problem(40, 8, (5,), 3)
    learner = Learner(cost, Momentum(0.05))
    spanned = learner.step(params)(batch, span=True)
    plain = learner.step(params)(batch, span=False)
    state = run(spanned, learner.start(params), 4)

    assert state.span is not None
    assert spanned(state).span is None
    assert apart(spanned(state), run(spanned, state, 1)) <= CLOSE
    assert apart(run(plain, state, 3), run(spanned, state, 3)) <= CLOSE


def test_a_state_of_the_span_of_other_data_is_taken_as_it_stands() -> None:
    params, batch, cost = problem(40, 8, (5,), 3)
    _, other, _ = problem(40, 8, (5,), 3, seed=5)
    learner = Learner(cost, GradientDescent(0.1))
    state = run(learner.step(params)(batch, span=True), learner.start(params), 4)
    moved = run(learner.step(params)(other, span=True), state, 3)
    plainly = run(learner.step(params)(other, span=False), state, 3)

    assert moved.span is not None
    assert moved.span != state.span
    assert apart(moved, plainly) <= CLOSE


def test_a_state_in_the_span_looks_like_any_other() -> None:
    params, batch, cost = problem(40, 8, (5,), 3)
    learner = Learner(cost, Momentum(0.05))
    step = learner.step(params)(batch, span=True)
    state = run(step, learner.start(params), 4)
    plain = run(learner.step(params)(batch, span=False), learner.start(params), 4)

    assert state.axes == plain.axes
    assert state.params.architecture == plain.params.architecture
    assert repr(state) == repr(plain)
    assert is_frozen(state.params.vector)
    assert all(is_frozen(moment.vector) for moment in state.optimizer.moments)
    assert copy.deepcopy(state) == state != plain
    assert hash(copy.deepcopy(state)) == hash(state)


def test_a_state_holds_as_many_numbers_as_there_are_examples() -> None:
    params, batch, cost = problem(1000, 8, (5,), 3)
    learner = Learner(cost, GradientDescent(0.1))
    state = run(learner.step(params)(batch, span=True), learner.start(params), 2)
    coordinates, _ = state.coordinates

    assert coordinates.vector.size < params.vector.size / 50


# --------------------------------------------------------------------------------------- the choice


@attrs.frozen
class Halved(Optimizer):
    """`W := W - dW / 2`, which is linear and says so."""

    name = "halved"
    is_linear = True

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return OptimizerState(params.architecture)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        return -0.5 * grads, state.next()


def test_an_optimizer_of_ones_own_that_is_linear_trains_in_the_span() -> None:
    params, batch, cost = problem(40, 8, (5,), 3)
    learner = Learner(cost, Halved())
    in_span = run(learner.step(params)(batch, span=True), learner.start(params), 5)
    by_inputs = run(learner.step(params)(batch, span=False), learner.start(params), 5)

    assert in_span.span is not None
    assert apart(in_span, by_inputs) <= CLOSE


@pytest.mark.parametrize(
    ("n", "m", "units", "size", "chosen"),
    [
        (4096, 64, 8, None, True),
        (300, 150, 300, None, True),
        (300, 151, 300, None, False),  # more than half as many examples as inputs
        (20000, 64, 1, None, True),
        (20000, 65, 1, None, False),  # the Gram matrix takes longer than it saves in a while
        (4096, 181, 8, None, True),
        (4096, 182, 8, None, False),  # and more room than the weights
        (2048, 64, 8, None, True),
        (2047, 64, 8, None, False),  # a layer so small that its products are soon made
        (4096, 64, 8, 8, True),
        (4096, 64, 8, 7, False),  # mini-batches that save too little at a step
    ],
)
def test_it_is_chosen_by_shapes_where_it_pays(
    n: int, m: int, units: int, size: int | None, chosen: bool
) -> None:
    net = mlp([n, units, 1], relu, sigmoid)
    batch = batch_from_rows(np.zeros((m, n)), np.zeros(m), net.axes[0], net.axes[-1])
    step = Learner(binary_cross_entropy, GradientDescent(0.1)).step(net)(batch, size=size)

    assert step.choice.in_span is chosen
    assert f"{n} inputs, {m} examples, {units} units" in step.choice.why


def test_it_is_refused_by_name() -> None:
    params, batch, cost = problem(4096, 8, (8,), 1)
    learner = Learner(cost, GradientDescent(0.1))
    step = learner.step(params)(batch)

    assert step.choice.in_span
    assert run(step, learner.start(params), 1).span is not None
    refused = learner.step(params)(batch, span=False)
    assert not refused.choice.in_span
    assert run(refused, learner.start(params), 1).span is None


def refusal(network: Any, batch: Any, optimizer: Optimizer) -> str:
    with pytest.raises(ArgumentError) as caught:
        Learner(squared_error, optimizer).step(network)(batch, span=True)
    return str(caught.value)


def test_it_is_not_to_be_had_where_it_is_not_exact() -> None:
    params, batch, _ = problem(40, 8, (5,), 3)
    axis, classes = params.axes[0], params.axes[-1]
    X, Y = np.zeros((40, 8)), np.zeros((3, 8))
    singles = batch_from_columns(X, Y, axis, classes, dtype="float32")
    scaled = LayerNorm(axis, blank(axis, ONE), blank(axis, ONE)) >> dense(axis, classes)
    start = "step: span is True, expected False or None: "

    words = "the update of adam is not linear in the gradient"
    assert refusal(params, batch, Adam()) == start + words
    words = "float32 has too few digits for the products of examples"
    assert refusal(params, singles, GradientDescent(0.1)) == start + words
    words = "the first layer is a LayerNorm, and only a Dense one stays in the span"
    assert refusal(scaled, batch, GradientDescent(0.1)) == start + words
    for optimizer, data in ((Adam(), batch), (GradientDescent(0.1), singles)):
        choice = Learner(squared_error, optimizer).step(params)(data).choice
        assert (choice.in_span, choice.why) != (True, "")


def test_the_log_says_which_way_training_goes_and_why(caplog: pytest.LogCaptureFixture) -> None:
    params, batch, cost = problem(4096, 8, (8,), 1)
    with caplog.at_level(logging.INFO, "fdnn"):
        for optimizer in (GradientDescent(0.1), Adam()):
            learner = Learner(cost, optimizer)
            run(learner.step(params)(batch), learner.start(params), 1)

    in_span, by_inputs = (record.getMessage() for record in caplog.records)
    sizes, gain = "4096 inputs, 8 examples, 8 units", "1024 times less work in the first layer"
    assert in_span == f"training goes by the span of the data: {sizes}: {gain}"
    why = "the update of adam is not linear in the gradient"
    assert by_inputs == f"training goes by the inputs: {why}"

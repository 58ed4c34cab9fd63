"""Histories can be asked, sliced, written and read; range tests and the health of layers."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fdnn
from fdnn import (
    Adam,
    ArgumentError,
    DataError,
    FileError,
    GradientDescent,
    Grads,
    History,
    Learner,
    Measurement,
    Optimizer,
    OptimizerState,
    Params,
    RangeTest,
    ShapeError,
    categorical_cross_entropy,
    dense_of,
    params_of,
    range_test,
    squared_error,
)
from fdnn.axes import Axes
from fdnn.health import LayerHealth, health
from fdnn.history import Curve, largest_is_best
from fdnn.history_files import load_history, save_history
from fdnn.keys import Context
from fdnn.rates import with_rate
from tests.strategies import LAW, cat, cat_batch, cat_network, matrix, pixel

NUMBERS = st.floats(allow_nan=False)
NAMES = st.text(min_size=1, max_size=8).filter(
    lambda name: name not in ("step", "cost") and name.isprintable()
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Costs and measurements at steps of their own, of which some are the same."""
    cost_steps = sorted(draw(st.sets(st.integers(0, 20), max_size=8)))
    costs = [draw(NUMBERS) for _ in cost_steps]
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    scores = st.dictionaries(st.sampled_from(names), NUMBERS, min_size=1)
    steps = sorted(draw(st.sets(st.integers(0, 20), max_size=8)))
    return History(costs, [Measurement(step, draw(scores)) for step in steps], cost_steps)


known = History(
    [0.9, 0.7, 0.8],
    [
        Measurement(0, {"test cost": 0.9, "test accuracy": 0.5}),
        Measurement(2, {"test cost": 0.6, "test accuracy": 0.8}),
        Measurement(3, {"test cost": 0.6, "test accuracy": 0.8, "test r2": -1.0}),
    ],
)


# -------------------------------------------------------------------------------------- to ask it


def test_a_column_is_what_was_measured_under_its_name() -> None:
    assert known.names == ("cost", "test cost", "test accuracy", "test r2")
    assert known["cost"] == Curve("cost", (0, 1, 2), (0.9, 0.7, 0.8))
    assert known["test accuracy"] == Curve("test accuracy", (0, 2, 3), (0.5, 0.8, 0.8))
    assert known["test r2"] == Curve("test r2", (3,), (-1.0,))
    assert known["test cost"].last == 0.6


def test_the_best_is_the_first_of_the_smallest_costs_and_of_the_largest_scores() -> None:
    assert known.best("cost") == (1, 0.7)
    assert known.best("test cost") == (2, 0.6)
    assert known.best("test accuracy") == (2, 0.8)
    assert known.best("test accuracy", largest=False) == (0, 0.5)
    assert Curve("x", (0, 1, 2), (math.nan, 1.0, math.nan)).best() == (1, 1.0)
    with pytest.raises(ArgumentError, match="x has no values, expected at least one number"):
        Curve("x", (0,), (math.nan,)).best()


@pytest.mark.parametrize(
    ("name", "largest"),
    [
        *[(name, False) for name in ("cost", "test log_loss", "mean_squared_error", "val loss")],
        *[(name, True) for name in ("test accuracy", "r2", "costly", "val roc_auc")],
    ],
)
def test_costs_losses_and_errors_are_better_the_smaller_they_are(name: str, largest: bool) -> None:
    assert largest_is_best(name) is largest


@LAW
@given(histories(), st.integers(0, 20), st.integers(0, 20))
def test_a_slice_holds_the_steps_between_and_two_slices_make_the_whole(
    history: History, start: int, stop: int
) -> None:
    part = history[start:stop]
    steps = [*part.cost_steps, *(m.step for m in part.measurements)]
    assert all(start <= step < stop for step in steps)

    halves = history[:stop], history[stop:]
    assert halves[0].costs + halves[1].costs == history.costs
    assert halves[0].measurements + halves[1].measurements == history.measurements


@LAW
@given(st.lists(st.floats(-100.0, 100.0), min_size=1, max_size=80), st.floats(0.0, 0.99))
def test_a_smoothed_value_is_the_mean_of_those_before_it_with_weights_that_fall(
    values: list[float], beta: float
) -> None:
    smooth = Curve("x", tuple(range(len(values))), tuple(values)).smoothed(beta)
    for t, value in enumerate(smooth.values):
        weights = [beta ** (t - i) for i in range(t + 1)]
        assert value == pytest.approx(np.average(values[: t + 1], weights=weights), abs=1e-9)


def test_the_average_of_what_does_not_change_is_that_from_the_first_to_the_last() -> None:
    for beta in (0.5, 0.9, 0.99, 0.999):
        smooth = Curve("x", tuple(range(300)), (7.0,) * 300).smoothed(beta)
        assert smooth.values == pytest.approx([7.0] * 300)


def test_what_is_not_there_is_refused_with_the_names_that_are() -> None:
    with pytest.raises(ArgumentError, match=r"History: name is 'test acuracy'.*'test accuracy'\?"):
        known["test acuracy"]
    with pytest.raises(ArgumentError, match="Measurement: name is 'r2', expected one of"):
        known.measurements[0]["r2"]
    with pytest.raises(ArgumentError, match="name is 'cost', expected one of"):
        History()["cost"]
    with pytest.raises(ArgumentError, match="a slice has the step 2, expected none"):
        known[::2]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: History([1.0], [], [0, 1]), "cost_steps has 2 numbers, expected 1"),
        (lambda: History([1.0, 1.0], [], [1, 0]), r"costs are of the steps \[1, 0\]"),
        (lambda: History([1.0], [], [-1]), r"costs are of the steps \[-1\]"),
        (lambda: Measurement(1, {}), "scores is empty, expected at least one score"),
        (lambda: Measurement(1, {"cost": 1.0}), "a score is called 'cost', expected another name"),
        (lambda: Measurement(1, {"": 1.0}), "a score is called '', expected another name"),
        (lambda: Curve("x", (0,), ()), "values has 0 numbers, expected 1"),
        (lambda: Curve("x", (), ()).last, "x has no values, expected at least one"),
        (lambda: known["cost"].smoothed(1.0), r"beta is 1.0, expected a number in \[0, 1\)"),
    ],
)
def test_a_history_that_is_none_is_refused(make: Any, message: str) -> None:
    with pytest.raises((ArgumentError, ShapeError), match=message):
        make()


# ------------------------------------------------------------------------------------ to write it


@LAW
@given(histories())
def test_a_history_comes_back_from_a_file_from_json_and_from_a_pickle(history: History) -> None:
    assert History.from_dict(json.loads(json.dumps(history.to_dict()))) == history
    assert pickle.loads(pickle.dumps(history)) == history
    assert hash(History.from_dict(history.to_dict())) == hash(history)


@LAW
@given(history=histories())
def test_a_history_comes_back_from_a_csv_file(
    tmp_path_factory: pytest.TempPathFactory, history: History
) -> None:
    path = tmp_path_factory.mktemp("histories") / "history.csv"
    save_history(history, path)
    again = load_history(path)

    assert again == history
    assert again.names == history.names


def test_a_file_that_was_cut_off_holds_its_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    save_history(known, path)
    whole = path.read_bytes()
    header = whole.index(b"\n") + 1
    for end in range(header, len(whole) + 1):
        path.write_bytes(whole[:end])
        lines = whole[:end].count(b"\n") - 1
        assert load_history(path).measurements == known[: lines and lines].measurements


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "its first columns are not step and cost"),
        (b"step,loss\n1,2\n", "its first columns are not step and cost"),
        (b"step,cost\n1\n", "line 2 has 1 cells, not 2"),
        (b"step,cost\nx,1\n", "invalid literal"),
        (b"step,cost\n0,1\n", r"costs are of the steps \[-1\]"),
        (b"step,cost\n1,one\n", "could not convert"),
        (b"step,cost,a\n2,,1\n1,,1\n", "each step once, in order"),
        (b'step,cost\n"1,2\n', "unexpected end of data"),
        (b"\xff\xfe\n", "invalid start byte"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    with pytest.raises(FileError, match=f"expected a history that fdnn wrote: .*{why}"):
        load_history(path)
    with pytest.raises(FileError, match=r"cannot be read, .*: No such file"):
        load_history(tmp_path / "none.csv")


@pytest.mark.parametrize("encoded", [{}, {"costs": 3}, {"costs": [], "measurements": [{}]}])
def test_a_dictionary_of_something_else_is_refused(encoded: Any) -> None:
    with pytest.raises(DataError, match="encoded is no history, expected what to_dict gives"):
        History.from_dict(encoded)


# ------------------------------------------------------------------------------- the range of rates


def parabola() -> tuple[Any, Any]:
    """`J(w) = lambda/2 w^2`: one weight, without a bias to speak of, whose curvature is 4."""
    params = params_of(dense_of(matrix([[3.0]]), matrix([[0.0]])))
    # The inputs -2 and 2 keep weight and bias apart: d2J/dw2 = mean x^2 = 4, and db stays 0.
    batch = fdnn.Batch(matrix([[-2.0, 2.0]]), matrix([[0.0, 0.0]]))
    return params, batch


def test_the_costs_of_a_range_test_are_those_of_a_parabola_in_closed_form() -> None:
    """A step of gradient descent on a parabola takes `w` to `(1 - rate * curvature) w`."""
    params, batch = parabola()
    learner = Learner(squared_error, GradientDescent(1.0))
    start = learner.start(params)
    found = range_test(learner, start, batch, low=1e-3, high=10.0, steps=41)

    rates = np.geomspace(1e-3, 10.0, 41)
    costs = 0.5 * 4.0 * (3.0 * np.cumprod(1.0 - 4.0 * rates)) ** 2
    n = len(found.rates)
    np.testing.assert_allclose(found.rates, rates[:n], rtol=1e-12)
    np.testing.assert_allclose(found.costs, costs[:n], rtol=1e-9)

    assert found.diverged
    smooth = found.smoothed
    assert smooth[-1] > 4.0 * min(smooth)
    assert all(4.0 * min(smooth[: i + 1]) >= J for i, J in enumerate(smooth[:-1]))
    assert found.rates[-1] > 0.5  # 2 / curvature, where descent turns into ascent
    suggestion = found.suggestion
    assert suggestion is not None
    assert 0.01 < suggestion < 0.1  # well within the stable rates, and no smaller than it must be
    assert start == learner.start(params)


def test_a_range_test_that_ends_by_itself_has_not_diverged() -> None:
    params, batch = cat_network(), cat_batch()
    learner = Learner(categorical_cross_entropy, Adam())
    found = range_test(learner, learner.start(params), batch, low=1e-5, high=1e-3, steps=7)

    assert not found.diverged
    np.testing.assert_allclose(found.rates, np.geomspace(1e-5, 1e-3, 7), rtol=1e-12)
    assert len(found.costs) == 7
    small = range_test(learner, learner.start(params), batch, steps=7, size=2)
    assert small.costs != found.costs


def test_where_no_rate_brings_the_cost_down_none_is_suggested() -> None:
    assert RangeTest((0.1, 1.0), (1.0, 2.0)).suggestion is None
    assert RangeTest((), (), diverged=True).suggestion is None
    params, batch = parabola()
    learner = Learner(squared_error, GradientDescent(1.0))
    found = range_test(learner, learner.start(params), batch, low=1e200, high=1e300)
    assert (found.costs, found.diverged) == ((), True)
    with pytest.raises(ShapeError, match="costs has 1 numbers, expected 2"):
        RangeTest((0.1, 1.0), (1.0,))


def falls_at(place: int, steps: int, again: int) -> RangeTest:
    """Of the cost 1 up to there, then 0, and so many steps later 1 again."""
    rates = np.geomspace(1e-6, 10.0, steps)
    costs = [1.0 if i < place or i >= place + again else 0.0 for i in range(steps)]
    return RangeTest(rates, costs)


@pytest.mark.parametrize(("steps", "reach"), [(20, 1), (40, 2), (100, 5), (200, 10)])
def test_the_suggestion_is_the_middle_of_the_steepest_fall_where_that_is_the_smaller(
    steps: int, reach: int
) -> None:
    """The smoothed cost falls from the last 1 on, `0.8^n` after n steps, and over `reach` most."""
    found = falls_at(steps // 2, steps, again=steps)
    assert found.suggestion == found.rates[steps // 2 - 1 + (reach + 1) // 2]


@pytest.mark.parametrize("steps", [40, 100, 200])
def test_the_suggestion_is_a_tenth_of_the_best_rate_where_that_is_the_smaller(steps: int) -> None:
    place = steps // 2
    found = falls_at(place, steps, again=3)
    assert found.suggestion == pytest.approx(found.rates[place + 2] / 10.0)


def test_a_cost_that_stays_has_not_exploded_since_the_first_step() -> None:
    """The smoothed cost begins with the cost, and not at a fifth of it."""
    params, batch = cat_network(), cat_batch()
    learner = Learner(categorical_cross_entropy, GradientDescent(1.0))
    start = learner.start(params)
    found = range_test(learner, start, batch, low=1e-12, high=1e-11, steps=60, explosion=1.5)
    assert (found.diverged, len(found.costs)) == (False, 60)


@attrs.frozen
class Idle(Optimizer):
    """One without a rate."""

    name: ClassVar[str] = "idle"

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return OptimizerState(params.architecture)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        return 0.0 * grads, state.next()


@attrs.frozen
class Around(Idle):
    """One that is made of another."""

    optimizer: Optimizer


def test_a_rate_is_that_of_the_innermost_optimizer() -> None:
    assert with_rate(Adam(0.1, beta1=0.5), 0.3) == Adam(0.3, beta1=0.5)
    assert with_rate(Around(Around(Adam(0.1))), 0.3) == Around(Around(Adam(0.3)))
    with pytest.raises(ArgumentError, match="optimizer is an Idle, expected one with a rate"):
        with_rate(Around(Idle()), 0.3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"low": 0.0}, "low is 0.0, expected a number above 0"),
        ({"low": 1.0, "high": 1.0}, "high is 1.0, expected a number above 1"),
        ({"high": math.inf}, "high is inf, expected a number above"),
        ({"explosion": 1}, "explosion is 1, expected a number above 1"),
        ({"steps": 1}, "steps is 1, expected a whole number from 2 on"),
    ],
)
def test_a_range_that_is_none_is_refused(arguments: Any, message: str) -> None:
    params, batch = cat_network(), cat_batch()
    learner = Learner(categorical_cross_entropy, Adam())
    with pytest.raises(ArgumentError, match=message):
        range_test(learner, learner.start(params), batch, **arguments)


# ------------------------------------------------------------------------------------------- health


def test_a_rectifier_that_is_zero_for_all_examples_is_dead() -> None:
    W = matrix([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [1.0, 1.0]])
    b = matrix([[0.0], [0.0], [-1.0], [-100.0]])
    X = matrix([[1.0, -1.0, 3.0], [-1.0, -2.0, 1.0]])
    params = params_of(dense_of(W, b, fdnn.relu))
    batch = fdnn.Batch(X, matrix(np.ones((4, 3))))
    learner = Learner(squared_error, GradientDescent(0.25))
    before = learner.start(params)
    after = learner.step(params)(batch)(before)

    found = health(before, after, batch, squared_error)
    (layer,) = found.layers
    assert (found.begin, found.end) == (0, 1)
    assert (layer.name, layer.units) == ("1 Dense relu", 4)
    assert layer.dead == 0.5
    assert layer.zeros == 9 / 12
    assert layer.weights == pytest.approx(math.sqrt(1 + 1 + 1 + 1 + 1 + 100.0**2))
    gradient = params.forward(batch.X).gradient(batch.Y, squared_error)
    assert layer.gradient == pytest.approx(np.linalg.norm(gradient.vector))
    assert layer.update == pytest.approx(0.25 * layer.gradient)
    assert layer.ratio == pytest.approx(layer.update / layer.weights)
    assert math.isnan(health(before, after, batch).layers[0].gradient)


def test_the_norms_of_the_layers_make_those_of_the_whole() -> None:
    params, batch = cat_network(), cat_batch()
    learner = Learner(categorical_cross_entropy, Adam(0.1))
    before = learner.start(params)
    after = fdnn.run(learner.step(params)(batch), before, 5)
    layers = health(before, after, batch, categorical_cross_entropy).layers

    for whole, parts in (
        (params.vector, [layer.weights for layer in layers]),
        (after.params.vector - params.vector, [layer.update for layer in layers]),
    ):
        assert math.hypot(*parts) == pytest.approx(np.linalg.norm(whole))
    assert all(layer.dead == layer.zeros == 0.0 for layer in layers)  # tanh and softmax


def test_the_health_of_weighted_examples_is_that_of_their_cost() -> None:
    params, plain = cat_network(), cat_batch()
    weights = matrix([[0.0, 1.0, 2.0, 0.0, 5.0, 1.0]])
    batch = fdnn.Batch(plain.X, plain.Y, plain.inputs, plain.outputs, weights)
    start = Learner(categorical_cross_entropy, Adam()).start(params)

    gradient = params.forward(batch.X).gradient(batch.Y, categorical_cross_entropy, weights)
    layers = health(start, start, batch, categorical_cross_entropy).layers
    found = math.hypot(*(layer.gradient for layer in layers))
    assert found == pytest.approx(np.linalg.norm(gradient.vector))


def test_the_units_that_are_dropped_are_those_that_the_step_from_there_drops() -> None:
    """Every step drops others; the zeros are those of the activations at the place of `before`."""
    hidden = fdnn.Dim[Any](40)
    chain = fdnn.dense(pixel, hidden) >> fdnn.dropout(hidden) >> fdnn.dense(hidden, cat)
    params = fdnn.initialize(chain, rng=0)
    batch = cat_batch(7)
    state = Learner(squared_error, GradientDescent(0.1)).start(params, rng=5)
    for step in range(4):
        state = attrs.evolve(state, step=step)
        context = Context(training=True, key=state.key.at(step))
        dropped = fdnn.to_numpy(params.forward(batch.X, context).caches[1].A) == 0.0
        found = health(state, state, batch).layers[1]
        assert (found.zeros, found.dead) == (dropped.mean(), dropped.all(axis=1).mean())


def test_health_prints_as_a_table_of_one_line_a_layer() -> None:
    params, batch = cat_network(), cat_batch()
    learner = Learner(categorical_cross_entropy, Adam(0.1))
    before = learner.start(params)
    title, headings, *lines = repr(health(before, before, batch)).splitlines()

    assert title == "Health, steps 0 to 0"
    assert " ".join(headings.split()) == "layer units dead zeros weights update ratio gradient"
    assert [line.split()[:7] for line in lines] == [
        ["1", "Dense", "tanh", "3", "0.0", "%", "0.0"],
        ["2", "Dense", "softmax", "2", "0.0", "%", "0.0"],
    ]
    assert all(len(line) == len(headings) for line in lines)
    assert all(line.split()[-1] == "-" for line in lines)
    assert math.isnan(LayerHealth("x", 1, 0.0, 0.0, 0.0, 0.0).ratio)

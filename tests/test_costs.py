"""Costs against other people's, weights of examples, and what a cost refuses.

The golden values are PyTorch's and scikit-learn's, recorded by `tests.oracles.torch_costs`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import islice
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typeguard import suppress_type_checks

import fdnn
from fdnn import (
    Activation,
    ArgumentError,
    Batch,
    Cost,
    DataError,
    Dim,
    GradientDescent,
    Key,
    KindError,
    LayerCache,
    Learner,
    Matrix,
    Momentum,
    Params,
    iterate,
    run,
)
from fdnn import matrix as mx
from fdnn.axes import C, M, One, Out, R
from fdnn.batches import minibatch
from fdnn.matrix import Array
from fdnn.names import COSTS
from tests.oracles import torch_costs
from tests.strategies import LAW, array_of, example_weights, labels_for, matrix, network, normal
from tests.test_gradients import STEP, linear_cache, link_of

RECORD: dict[str, Any] = json.loads(torch_costs.RECORD.read_text())
COST = pytest.mark.parametrize("cost", COSTS.values(), ids=COSTS)

WITH_PARAMETERS: dict[str, Cost] = {
    "huber 0.3": fdnn.Huber(0.3),
    "binary_focal 0.5": fdnn.BinaryFocal(0.5),
    "categorical_focal 3.5": fdnn.CategoricalFocal(3.5),
}
KNOWN: dict[str, Cost] = {**COSTS, **WITH_PARAMETERS}


FEWER = settings(LAW, max_examples=6)


def last_of(Z: Any, activation: Activation) -> LayerCache[Any, Any, Any]:
    """What a last layer with these logits leaves."""
    logits = matrix(Z)
    return LayerCache(linear_cache(), activation, logits, activation(logits))


# ------------------------------------------------------------------------------- by other hands


@pytest.mark.parametrize("given_weights", ["plain", "weighted"])
@pytest.mark.parametrize("name", RECORD["torch"])
def test_value_and_gradient_are_those_of_pytorch(name: str, given_weights: str) -> None:
    known = RECORD["torch"][name]
    cost, labels = KNOWN[name], matrix(torch_costs.LABELS[known["labels"]], float)
    last = last_of(torch_costs.Z, link_of(cost))
    weights = [matrix([torch_costs.WEIGHTS])] if given_weights == "weighted" else []
    expected = known[given_weights]

    assert cost.value(last, labels, *weights) == pytest.approx(expected["J"], rel=1e-13)
    dZ = array_of(cost.gradient(last, labels, *weights))
    np.testing.assert_allclose(dZ, expected["dZ"], rtol=1e-11, atol=1e-15)


def test_weighted_costs_are_those_of_scikit_learn() -> None:
    """It divides by the sum of the weights, and not by how many examples there are."""
    known = RECORD["sklearn"]
    w = np.array([torch_costs.WEIGHTS])
    labels = {name: np.array(values, float) for name, values in torch_costs.LABELS.items()}

    def ours(cost: Cost, Y: Array) -> float:
        last = last_of(np.array(torch_costs.Z)[: len(Y)], link_of(cost))
        return cost.value(last, matrix(Y), matrix(w)) * w.size / float(w.sum())

    assert ours(fdnn.hinge, labels["binary"][:1]) == pytest.approx(known["hinge"], rel=1e-14)
    absolute = ours(fdnn.absolute_error, labels["numbers"])
    squared = ours(fdnn.squared_error, labels["numbers"])
    assert absolute / 3.0 == pytest.approx(known["absolute_error"], rel=1e-14)
    assert squared * 2.0 / 3.0 == pytest.approx(known["squared_error"], rel=1e-14)
    cce = ours(fdnn.categorical_cross_entropy, labels["classes"])
    assert cce == pytest.approx(known["categorical_cross_entropy"], rel=1e-14)

    # The deviance is twice what the loss has over its least value, which is at a = y.
    Y = labels["counts"][:1]
    least = float((w * (Y - Y * np.log(np.maximum(Y, 1.0)))).sum() / w.sum())
    deviance = 2.0 * (ours(fdnn.poisson, Y) - least)
    assert deviance == pytest.approx(known["poisson deviance"], rel=1e-12)


@LAW
@given(seed=st.integers(0, 99))
def test_a_focal_cost_of_gamma_0_is_the_cross_entropy(seed: int) -> None:
    pairs: tuple[tuple[Cost, Cost], ...] = (
        (fdnn.BinaryFocal(0.0), fdnn.binary_cross_entropy),
        (fdnn.CategoricalFocal(0.0), fdnn.categorical_cross_entropy),
    )
    for focal, entropy in pairs:
        Y = labels_for(entropy, 3, 4, seed)
        for g in (link_of(entropy), fdnn.softmax, fdnn.sigmoid):
            last = last_of(array_of(normal(3, 4, seed)) * 5.0, g)
            assert focal.value(last, Y) == pytest.approx(entropy.value(last, Y), rel=1e-12)
            found, expected = (array_of(cost.gradient(last, Y)) for cost in (focal, entropy))
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14)


@LAW
@given(seed=st.integers(0, 99), weights=example_weights(4))
def test_kl_divergence_is_the_cross_entropy_less_the_entropy_of_the_labels(
    seed: int, weights: Array
) -> None:
    Y, last = labels_for(fdnn.kl_divergence, 3, 4, seed), last_of(normal(3, 4, seed), fdnn.softmax)
    w = matrix(weights)
    y = array_of(Y)
    entropy = -float((weights * y * np.log(y)).sum()) / 4

    both = (fdnn.kl_divergence, fdnn.categorical_cross_entropy)
    kl, cce = (cost.value(last, Y, w) for cost in both)
    assert kl == pytest.approx(cce - entropy, abs=1e-13)
    found, expected = (array_of(cost.gradient(last, Y, w)) for cost in both)
    assert found.tolist() == expected.tolist()


def test_kl_divergence_is_0_where_the_network_gives_the_labels_themselves() -> None:
    Z = normal(4, 5)
    last = last_of(Z, fdnn.softmax)
    assert abs(fdnn.kl_divergence.value(last, last.A)) <= 1e-15


def test_at_their_kinks_derivatives_are_what_is_stated() -> None:
    zero, one = matrix([[0.0, -0.0]]), matrix([[1.0, 1.0]])

    assert array_of(fdnn.absolute_error.derivative(zero, zero)).tolist() == [[0.0, 0.0]]
    assert array_of(fdnn.hinge.derivative(one, one)).tolist() == [[0.0, 0.0]]
    assert array_of(fdnn.hinge.derivative(-one, zero)).tolist() == [[0.0, 0.0]]
    assert array_of(fdnn.huber.derivative(one, zero)).tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_a_focal_derivative_exists_where_the_output_is_certain_and_right(gamma: float) -> None:
    sure, labels = matrix([[1.0], [0.0]]), matrix([[1.0], [0.0]])
    for cost in (fdnn.BinaryFocal(gamma), fdnn.CategoricalFocal(gamma)):
        assert array_of(cost.losses(sure, labels)).tolist() == [[0.0]]
        assert np.isfinite(array_of(cost.derivative(sure, labels))).all()


# -------------------------------------------------------------------------- weights of examples

LASTS = st.sampled_from([fdnn.identity, fdnn.sigmoid, fdnn.softmax, fdnn.exponential])


def drawn(cost: Cost, last: Activation, m: int, seed: int) -> tuple[LayerCache[Any, Any, Any], Any]:
    """Examples of three outputs, and their labels."""
    g = last if cost.domain == (-np.inf, np.inf) else link_of(cost)
    return last_of(normal(3, m, seed), g), labels_for(cost, 3, m, seed)


@COST
@FEWER
@given(last=LASTS, m=st.integers(1, 6), seed=st.integers(0, 99))
def test_weights_of_one_are_none_to_the_bit(
    cost: Cost, last: Activation, m: int, seed: int
) -> None:
    cache, Y = drawn(cost, last, m, seed)
    ones = matrix(np.ones((1, m)))

    assert cost.value(cache, Y, ones) == cost.value(cache, Y)
    found, expected = cost.gradient(cache, Y, ones), cost.gradient(cache, Y)
    assert array_of(found).tobytes() == array_of(expected).tobytes()


@COST
@FEWER
@given(last=LASTS, m=st.integers(1, 6), seed=st.integers(0, 99), data=st.data())
def test_a_weight_is_how_often_an_example_is_there(
    cost: Cost, last: Activation, m: int, seed: int, data: st.DataObject
) -> None:
    """Twice for weight 2, and not at all for weight 0, but for the `1/m`."""
    counts = data.draw(st.lists(st.integers(0, 3), min_size=m, max_size=m).filter(any))
    cache, Y = drawn(cost, last, m, seed)
    places = np.repeat(np.arange(m), counts)
    again = last_of(array_of(cache.Z)[:, places], cache.activation)
    labels, w = matrix(array_of(Y)[:, places]), matrix([counts], float)

    J, there = cost.value(cache, Y, w) * m, cost.value(again, labels) * len(places)
    scale = float(array_of(sizes_of(cost, again, labels)).sum())
    assert abs(J - there) <= 1e-13 * max(scale, 1e-300)
    dZ, each = (array_of(g) for g in (cost.gradient(cache, Y, w), cost.gradient(again, labels)))
    for j in range(m):
        summed = each[:, places == j].sum(axis=1) * len(places)
        np.testing.assert_allclose(dZ[:, j] * m, summed, rtol=1e-12, atol=1e-14)


def sizes_of(cost: Cost, last: LayerCache[Any, Any, Any], Y: Matrix[Any, Any]) -> Matrix[Any, Any]:
    """The losses of each example without their signs."""
    L = cost.losses(last.A, Y)
    return mx.maximum(L, -L)


@COST
@pytest.mark.parametrize("seed", range(3))
def test_the_weighted_gradient_is_the_derivative_of_the_weighted_cost(
    cost: Cost, seed: int
) -> None:
    """Of a whole network, by complex step along random directions."""
    params, X = network(2, link_of(cost), seed=seed), normal(4, 5, seed)
    Y, w = labels_for(cost, 3, 5, seed), np.random.default_rng(seed).uniform(0.0, 3.0, (1, 5))
    gradient = params.forward(X).gradient(Y, cost, matrix(w)).vector

    for direction in np.random.default_rng(8).standard_normal((3, gradient.size)):
        moved = params.astype(complex).with_vector(params.vector + 1j * STEP * direction)
        losses = array_of(cost.losses(moved(matrix(array_of(X), complex)), Y))
        by_step = float(np.imag((w * losses).sum() / 5) / STEP)
        scale = max(1.0, float(np.abs(gradient) @ np.abs(direction)))
        assert abs(gradient @ direction - by_step) <= 1e-12 * scale


def weighted_batch(
    params: Params[*tuple[Any, ...]], cost: Cost, m: int, weights: Any, seed: int = 0
) -> Batch[Any, Any, Any]:
    first, last = params.axes[0], params.axes[-1]
    X, Y = array_of(normal(int(first), m, seed)), array_of(labels_for(cost, int(last), m, seed))
    return fdnn.batch_from_columns(X, Y, first, last, weights=weights)


@COST
@pytest.mark.parametrize("size", [None, 4], ids=["full batch", "mini-batches"])
def test_training_with_weights_of_one_is_training_without_to_the_bit(
    cost: Cost, size: int | None
) -> None:
    params: Any = network(3, link_of(cost))
    learner: Any = Learner(cost, Momentum(0.01))
    start = learner.start(params)
    ends = [
        run(learner.step(params)(weighted_batch(params, cost, 11, w), size=size), start, 7)
        for w in (None, np.ones(11, int))
    ]
    assert ends[0].params == ends[1].params
    assert ends[0].cost == ends[1].cost


@COST
def test_an_example_of_weight_0_teaches_nothing(cost: Cost) -> None:
    """Whatever its input and its label are."""
    params: Any = network(3, link_of(cost))
    learner: Any = Learner(cost, GradientDescent(0.01))
    w = [1.0, 2.0, 0.0, 0.5]
    one, other = (weighted_batch(params, cost, 4, w, seed) for seed in (1, 2))
    X, Y = (np.array(array_of(a)) for a in (one.X, one.Y))
    X[:, 2], Y[:, 2] = array_of(other.X)[:, 2], array_of(other.Y)[:, 2]
    inputs, outputs, _ = one.axes
    changed = fdnn.batch_from_columns(X, Y, inputs, outputs, weights=w)

    a, b = (run(learner.step(params)(batch), learner.start(params), 3) for batch in (one, changed))
    assert a.cost == pytest.approx(b.cost, rel=1e-13)
    np.testing.assert_allclose(a.params.vector, b.params.vector, rtol=1e-13, atol=1e-15)


def test_a_mini_batch_takes_the_weights_of_its_examples() -> None:
    params: Any = network(2, fdnn.identity)
    batch = weighted_batch(params, fdnn.squared_error, 10, np.arange(1.0, 11.0))
    assert batch.weights is not None
    weight_of = dict(zip(array_of(batch.X)[0].tolist(), array_of(batch.weights)[0], strict=True))

    part = minibatch(batch, 4, Key(3), 5)
    assert part.weights is not None
    expected = [weight_of[x] for x in array_of(part.X)[0].tolist()]
    assert array_of(part.weights).tolist() == [expected]
    assert not array_of(part.weights).flags.writeable


def test_a_mini_batch_may_by_chance_have_weights_of_0_alone() -> None:
    """It teaches nothing, and does not stop the run."""
    params: Any = network(2, fdnn.sigmoid)
    batch = weighted_batch(params, fdnn.binary_cross_entropy, 6, [1, 0, 0, 0, 0, 0])
    learner: Any = Learner(fdnn.binary_cross_entropy, GradientDescent(0.1))
    step, start = learner.step(params)(batch, size=1), learner.start(params)

    states = [state for state, _ in zip(iterate(step)(start), range(7), strict=False)]
    by_hand = [start]
    for _ in range(6):
        by_hand.append(step(by_hand[-1]))
    moved = [a.params != b.params for a, b in zip(states[1:], states, strict=False)]
    assert sum(moved) == 1
    assert [state.cost == 0.0 for state in states[1:]] == [not m for m in moved]
    for a, b in zip(states, by_hand, strict=True):
        np.testing.assert_allclose(a.params.vector, b.params.vector, rtol=1e-13)


@attrs.frozen
class Unweighted(Cost):
    """A cost of the user's own that knows of no weights."""

    name: ClassVar[str] = "unweighted"

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return mx.sum_rows((A - Y) * (A - Y))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        return (A - Y) * 2.0


def value_of_two(self: Any, last: Any, Y: Any, /) -> Any:
    return Cost.value(self, last, Y)


def gradient_of_two(self: Any, last: Any, Y: Any, /) -> Any:
    return Cost.gradient(self, last, Y)


# mypy would refuse such methods in the class, as it should.
setattr(Unweighted, "value", value_of_two)  # noqa: B010
setattr(Unweighted, "gradient", gradient_of_two)  # noqa: B010


def test_a_cost_that_knows_of_no_weights_works_without_them() -> None:
    params: Any = network(2, fdnn.tanh)
    cost = Unweighted()
    learner: Any = Learner(cost, GradientDescent(0.01))
    batch = weighted_batch(params, fdnn.squared_error, 5, None)

    with suppress_type_checks():
        step, start = learner.step(params)(batch), learner.start(params)
        assert run(step, start, 3).cost < step(start).cost
        assert params.forward(batch.X).cost(batch.Y, cost) > 0.0
        weighted = weighted_batch(params, fdnn.squared_error, 5, np.ones(5))
        with pytest.raises(TypeError):
            learner.step(params)(weighted)(start)


# --------------------------------------------------------------------------- what a cost follows


FOLLOWS: dict[str, tuple[Activation, ...]] = {
    "binary_cross_entropy": (fdnn.sigmoid,),
    "binary_focal": (fdnn.sigmoid,),
    "categorical_cross_entropy": (fdnn.softmax,),
    "categorical_focal": (fdnn.softmax,),
    "kl_divergence": (fdnn.softmax,),
    "poisson": (fdnn.exponential,),
    "hinge": (fdnn.identity,),
    "squared_error": (fdnn.identity, fdnn.relu, fdnn.softmax),
    "absolute_error": (fdnn.identity, fdnn.relu, fdnn.softmax),
    "huber": (fdnn.identity, fdnn.relu, fdnn.softmax),
}


@pytest.mark.parametrize("name", COSTS)
def test_a_cost_says_which_activations_it_is_meant_to_follow(name: str) -> None:
    cost: Any = COSTS[name]
    with suppress_type_checks():
        for g in (fdnn.identity, fdnn.relu, fdnn.sigmoid, fdnn.softmax, fdnn.exponential):
            if g in FOLLOWS[name]:
                cost.follows(g)
            elif len(FOLLOWS[name]) == 1:
                with pytest.raises(ArgumentError) as refusal:
                    cost.follows(g)
                expected = FOLLOWS[name][0].name
                came = f"follows: the last activation is {g.name}"
                assert str(refusal.value) == f"{came}, expected {expected}: {cost.name}"
        with pytest.raises(KindError, match="follows: activation is a str, expected an A"):
            cost.follows("softmax")


DISTRIBUTIONS = "expected columns of labels from 0 on that sum to 1"

REFUSED: list[tuple[str, Any, str]] = [
    ("poisson", [[1.0, -2.0]], "Y holds -2.0, expected counts, from 0 on: Poisson"),
    ("hinge", [[1.0, -1.0]], "Y holds -1.0, expected labels 0 and 1: hinge"),
    ("hinge", [[0.5, 1.0]], "Y holds 0.5, expected labels 0 and 1: hinge"),
    ("binary_focal", [[0.5, 1.5]], "Y holds 1.5, expected labels between 0 and 1: binary focal"),
    (
        "categorical_focal",
        [[0.5, 1.5], [0.5, 0.0]],
        f"column 1 of Y sums to 1.5 or has a negative entry, {DISTRIBUTIONS}: categorical focal",
    ),
    (
        "kl_divergence",
        [[0.5, 1.5], [0.5, -0.5]],
        f"column 1 of Y sums to 1 or has a negative entry, {DISTRIBUTIONS}: KL divergence",
    ),
]


@pytest.mark.parametrize(("name", "labels", "sentence"), REFUSED)
def test_labels_that_are_none_are_refused_by_a_sentence(
    name: str, labels: Any, sentence: str
) -> None:
    with pytest.raises(DataError) as refusal:
        COSTS[name].require_labels("cost", matrix(labels))
    assert str(refusal.value) == f"cost: {sentence}"


PARAMETERS: list[tuple[Callable[[Any], Cost], Any, str]] = [
    (fdnn.Huber, 0.0, "Huber: delta is 0.0, expected a positive number"),
    (fdnn.Huber, float("inf"), "Huber: delta is inf, expected a positive number"),
    (fdnn.Huber, "1", "Huber: delta is '1', expected a positive number"),
    (fdnn.BinaryFocal, -0.5, "BinaryFocal: gamma is -0.5, expected a number from 0 on"),
    (fdnn.BinaryFocal, math.nan, "BinaryFocal: gamma is nan, expected a number from 0 on"),
    (fdnn.CategoricalFocal, None, "CategoricalFocal: gamma is None, expected a number from 0 on"),
]


@pytest.mark.parametrize(("kind", "value", "sentence"), PARAMETERS)
def test_a_parameter_that_is_none_is_refused_by_a_sentence(
    kind: Callable[[Any], Cost], value: Any, sentence: str
) -> None:
    with suppress_type_checks(), pytest.raises(ArgumentError) as refusal:
        kind(value)
    assert str(refusal.value) == sentence


def test_a_batch_says_that_it_is_weighted() -> None:
    batch = fdnn.batch_from_rows(
        [[1.0], [2.0]], [0.0, 1.0], Dim[Any](1), Dim[Any](1), weights=[1, 2]
    )
    assert repr(batch) == "Batch(1, 1, m=2, float64, weighted)"
    assert batch.weights is not None
    assert array_of(batch.weights).dtype == np.float64


@attrs.frozen
class InTotal(fdnn.SquaredError):
    """A cost that gives one number for all examples."""

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        total: Matrix[One, M] = matrix([[float(array_of(super().losses(A, Y)).sum())]])
        return total


def test_losses_that_are_not_one_of_each_example_are_refused() -> None:
    """Their mean would be m times too large."""
    trace = network(2, fdnn.identity).forward(normal(4, 5))
    sentence = r"cost: L has shape \(1, 1\), expected \(One=1, 5\): there is one loss of each ex"
    with suppress_type_checks(), pytest.raises(fdnn.ShapeError, match=sentence):
        trace.cost(normal(3, 5), InTotal())


def saturated(logit: float, label: float) -> Batch[Any, Any, Any]:
    """Examples of which the last has that logit and that label, and weighs nothing."""
    x = [[0.3, -0.2, 0.4, logit]]
    weights = [1.0, 2.0, 0.5, 0.0]
    return fdnn.batch_from_columns(
        x, [[1.0, 0.0, 1.0, label]], Dim[Any](1), Dim[Any](1), weights=weights
    )


@pytest.mark.parametrize(("logit", "label"), [(-7.0, 1.0), (7.0, 0.0)])
@pytest.mark.parametrize("span", [None, False])
def test_an_infinite_loss_that_weighs_nothing_is_nothing(
    logit: float, label: float, span: bool | None
) -> None:
    """`-log 0` behind a hard sigmoid at its end: 0 times infinity is no number, here it is 0."""
    activation, cost = fdnn.hard_sigmoid, fdnn.binary_cross_entropy
    params = fdnn.params_of(fdnn.dense_of(matrix([[1.0]]), matrix([[0.0]]), activation))
    batch = saturated(logit, label)
    a, y, w = array_of(params(batch.X))[0, :3], np.array([1.0, 0.0, 1.0]), [1.0, 2.0, 0.5]
    J = -float(w @ (y * np.log(a) + (1.0 - y) * np.log(1.0 - a))) / 4
    dz = w * (a - y) / (a * (1.0 - a)) / 6.0 / 4

    trace = params.forward(batch.X)
    with np.errstate(divide="ignore", invalid="ignore"):
        assert math.isinf(trace.cost(batch.Y, cost))
        assert trace.cost(batch.Y, cost, batch.weights) == pytest.approx(J, rel=1e-13)
        gradient = trace.gradient(batch.Y, cost, batch.weights).vector
    np.testing.assert_allclose(gradient, [dz @ [0.3, -0.2, 0.4], dz.sum()], rtol=1e-12)

    learner = Learner(cost, GradientDescent(0.1))
    step = learner.step(params)(batch, span=span)
    state = next(islice(iterate(step)(learner.start(params)), 1, None))
    assert state.cost == pytest.approx(J, rel=1e-13)
    np.testing.assert_allclose(state.params.vector, params.vector - 0.1 * gradient, rtol=1e-12)

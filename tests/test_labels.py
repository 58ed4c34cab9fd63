"""Smoothed labels, and classes that weigh as much as each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pytest
import sklearn.utils.class_weight
from hypothesis import given
from hypothesis import strategies as st

import fdnn
from fdnn import Batch, Dim, batch_from_columns, class_weights, smoothed
from tests.strategies import LAW, Floats, array_of, cat, cat_batch, cat_network, matrix, pixel

AMOUNTS = st.floats(0.0, 0.99)


def batch_of(labels: Floats, dtype: str = "float64", weights: Any = None) -> Batch[Any, Any, Any]:
    k, m = labels.shape
    return batch_from_columns(np.ones((2, m)), labels, Dim[Any](2), Dim[Any](k), dtype, weights)


def hot(classes: list[int], k: int) -> Floats:
    """One-hot labels, `(k, m)`; where `k` is 1, the classes themselves."""
    return np.array([classes], float) if k == 1 else np.eye(k)[:, classes]


@st.composite
def labels(draw: st.DrawFn) -> tuple[int, list[int]]:
    """A number of outputs, and the classes of some examples."""
    k = draw(st.integers(1, 5))
    return k, draw(st.lists(st.integers(0, max(2, k) - 1), min_size=1, max_size=12))


# -------------------------------------------------------------------------------------- smoothing


@LAW
@given(labels(), AMOUNTS, st.sampled_from(["float64", "float32"]))
def test_smoothed_labels_are_labels_and_say_the_same_class(
    drawn: tuple[int, list[int]], amount: float, dtype: str
) -> None:
    k, classes = drawn
    batch = batch_of(hot(classes, k), dtype)
    soft = smoothed(batch, amount)

    head: fdnn.Head[Any] = fdnn.binary if k == 1 else fdnn.multiclass
    head.require_labels("here", soft.Y)
    head.cost.require_labels("here", soft.Y)
    assert array_of(soft.Y).dtype == dtype
    if amount < 0.9:
        assert fdnn.accuracy(soft.Y, batch.Y) == 1.0


@LAW
@given(st.lists(st.integers(0, 2), min_size=1, max_size=6), AMOUNTS)
def test_the_cost_of_smoothed_labels_is_the_mean_of_two_costs(
    classes: list[int], amount: float
) -> None:
    """Cross-entropy is linear in the labels: a share of it is that of labels that know nothing."""
    draw = np.random.default_rng(len(classes))
    A = matrix(draw.dirichlet(np.ones(3), len(classes)).T)
    batch = batch_of(hot(classes, 3))
    even = matrix(np.full((3, len(classes)), 1.0 / 3.0))
    costs = [
        fdnn.matrix.mean(fdnn.categorical_cross_entropy.losses(A, Y), A)
        for Y in (smoothed(batch, amount).Y, batch.Y, even)
    ]
    assert costs[0] == pytest.approx((1.0 - amount) * costs[1] + amount * costs[2], rel=1e-12)


def test_one_output_goes_towards_a_half() -> None:
    one = smoothed(batch_of(np.array([[0.0, 1.0]])), 0.2)
    assert array_of(one.Y).tolist() == [[pytest.approx(0.1), pytest.approx(0.9)]]
    three = smoothed(batch_of(np.eye(3)), 0.3)
    assert array_of(three.Y)[0].tolist() == [pytest.approx(p) for p in (0.8, 0.1, 0.1)]
    each = smoothed(batch_of(np.ones((3, 1))), 0.2, multilabel=True)
    assert array_of(each.Y).tolist() == [[pytest.approx(0.9)]] * 3


def test_smoothing_keeps_examples_weights_and_names() -> None:
    weighted = class_weights(cat_batch(), {0: 1.0, 1: 3.0})
    soft = smoothed(weighted, 0.1)
    assert soft.axes == weighted.axes
    assert soft.X is weighted.X
    assert soft.weights is weighted.weights
    assert np.array_equal(array_of(smoothed(weighted, 0.0).Y), array_of(weighted.Y))


# ---------------------------------------------------------------------------------------- weights


@LAW
@given(labels())
def test_balanced_weights_are_scikit_learns(drawn: tuple[int, list[int]]) -> None:
    k, classes = drawn
    expected = sklearn.utils.class_weight.compute_sample_weight("balanced", classes)
    weights = weights_of(class_weights(batch_of(hot(classes, k)), "balanced"))

    np.testing.assert_allclose(weights, expected, rtol=1e-12)
    assert weights.sum() == pytest.approx(len(classes), rel=1e-12)
    sums = [weights[np.array(classes) == c].sum() for c in {*classes}]
    assert sums == [pytest.approx(sums[0], rel=1e-12)] * len(sums)


def weights_of(batch: Batch[Any, Any, Any]) -> Floats:
    assert batch.weights is not None
    row: Floats = array_of(batch.weights)[0]
    return row


def test_given_weights_are_those_of_the_classes_times_the_examples_own() -> None:
    batch = batch_of(hot([0, 2, 2], 4), "float32", weights=[1.0, 2.0, 3.0])
    weighted = class_weights(batch, {0: 0.5, 2: 4.0})
    assert weights_of(weighted).tolist() == [0.5, 8.0, 12.0]
    assert weights_of(weighted).dtype == np.float32


@LAW
@given(st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_a_whole_weight_is_an_example_repeated(times: list[int]) -> None:
    """`J` with weights is that of a batch in which an example stands as often as it weighs."""
    batch, params = cat_batch(), cat_network()
    chosen = np.repeat(np.arange(6), [times[0] + 1, *times[1:]])
    X, Y = array_of(batch.X), array_of(batch.Y)
    repeated = batch_from_columns(X[:, chosen], Y[:, chosen], pixel, cat)
    weights = [float(t) for t in (times[0] + 1, *times[1:])]
    weighted = batch_from_columns(X, Y, pixel, cat, weights=weights)

    cost = fdnn.categorical_cross_entropy
    one = params.forward(weighted.X).cost(weighted.Y, cost, weighted.weights)
    many = params.forward(repeated.X).cost(repeated.Y, cost)
    assert one * 6 == pytest.approx(many * len(chosen), rel=1e-12)


@pytest.mark.parametrize("weights", ["balanced", {0: 1.0, 1: 2.0}])
def test_a_learner_learns_with_weights(weights: Literal["balanced"] | Mapping[int, float]) -> None:
    batch = class_weights(cat_batch(), weights)
    params = cat_network()
    learner = fdnn.multiclass.learner(fdnn.Adam(0.1))
    state = fdnn.run(learner.step(params)(batch), learner.start(params), 60)
    assert fdnn.accuracy(state.params(batch.X), batch.Y) == 1.0

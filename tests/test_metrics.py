"""Metrics, against scikit-learn's of the same name and against what their definitions say."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sklearn.calibration
import sklearn.metrics as oracle
from hypothesis import given
from hypothesis import strategies as st

import fdnn
from fdnn import DataError, metrics
from fdnn.metrics.doors import AVERAGES, Average
from tests.strategies import LAW, Floats, matrix

NEAR = 1e-12

averages = st.sampled_from(AVERAGES)


@st.composite
def binary(draw: st.DrawFn, both: bool = False) -> tuple[Floats, Floats]:
    """Probabilities and labels, `(1, m)`; scores come in sixteenths, so that many are equal."""
    m = draw(st.integers(2, 20))
    scores = draw(st.lists(st.integers(0, 16), min_size=m, max_size=m))
    labels = draw(st.lists(st.integers(0, 1), min_size=m, max_size=m))
    if both:
        labels[:2] = [0, 1]
    return np.array([scores]) / 16.0, np.array([labels], float)


@st.composite
def multiclass(draw: st.DrawFn, every: bool = False) -> tuple[Floats, Floats]:
    """Probabilities and one-hot labels, `(k, m)`, of three to five classes, some perhaps absent."""
    k = draw(st.integers(3, 5))
    m = draw(st.integers(6, 20))
    weights = draw(st.lists(st.integers(0, 4), min_size=k * m, max_size=k * m))
    P = np.array(weights, float).reshape(k, m)
    P = np.where(P.sum(axis=0) > 0.0, P, 1.0)
    labels = draw(st.lists(st.integers(0, k - 1), min_size=m, max_size=m))
    if every:
        labels[:k] = range(k)
    return P / P.sum(axis=0), np.eye(k)[:, labels]


@st.composite
def multilabel(draw: st.DrawFn, both: bool = False) -> tuple[Floats, Floats]:
    """Probabilities and labels of two to four outputs by themselves, `(k, m)`."""
    k = draw(st.integers(2, 4))
    rows = [draw(binary(both)) for _ in range(k)]
    m = min(scores.shape[1] for scores, _ in rows)
    A, Y = (np.vstack([pair[i][:, :m] for pair in rows]) for i in (0, 1))
    return A, Y


def asked(metric: Callable[..., float], pair: tuple[Floats, Floats], **settings: Any) -> float:
    """The metric of two arrays."""
    return metric(matrix(pair[0]), matrix(pair[1]), **settings)


SHARES: list[tuple[Callable[..., float], Callable[..., float], dict[str, float]]] = [
    (metrics.precision, oracle.precision_score, {}),
    (metrics.recall, oracle.recall_score, {}),
    (metrics.f_beta, oracle.fbeta_score, {"beta": 1.0}),
    (metrics.f_beta, oracle.fbeta_score, {"beta": 2.0}),
    (metrics.f_beta, oracle.fbeta_score, {"beta": 0.5}),
]


# -------------------------------------------------------------------------------------- decisions


@LAW
@given(binary(), averages)
def test_shares_of_two_classes_are_scikit_learns(
    pair: tuple[Floats, Floats], average: Average
) -> None:
    predicted, true = pair[0][0] > 0.5, pair[1][0]
    for ours, theirs, settings in SHARES:
        expected = theirs(true, predicted, zero_division=0.0, **settings)
        assert asked(ours, pair, average=average, **settings) == pytest.approx(expected, abs=NEAR)
    assert asked(metrics.accuracy, pair) == oracle.accuracy_score(true, predicted)
    table = metrics.confusion_matrix(matrix(pair[0]), matrix(pair[1]))
    assert table.tolist() == oracle.confusion_matrix(true, predicted, labels=[0, 1]).tolist()


@LAW
@given(multiclass(), averages)
def test_shares_of_several_classes_are_scikit_learns(
    pair: tuple[Floats, Floats], average: Average
) -> None:
    predicted, true = np.argmax(pair[0], axis=0), np.argmax(pair[1], axis=0)
    labels = [*range(len(pair[0]))]
    for ours, theirs, settings in SHARES:
        options = {"labels": labels, "average": average, "zero_division": 0.0, **settings}
        expected = theirs(true, predicted, **options)
        assert asked(ours, pair, average=average, **settings) == pytest.approx(expected, abs=NEAR)
    assert asked(metrics.accuracy, pair) == oracle.accuracy_score(true, predicted)
    table = metrics.confusion_matrix(matrix(pair[0]), matrix(pair[1]))
    assert table.tolist() == oracle.confusion_matrix(true, predicted, labels=labels).tolist()


@LAW
@given(multilabel(), averages)
def test_shares_of_labels_by_themselves_are_scikit_learns(
    pair: tuple[Floats, Floats], average: Average
) -> None:
    predicted, true = (pair[0] > 0.5).T, pair[1].T
    for ours, theirs, settings in SHARES:
        expected = theirs(true, predicted, average=average, zero_division=0.0, **settings)
        found = asked(ours, pair, average=average, multilabel=True, **settings)
        assert found == pytest.approx(expected, abs=NEAR)
    expected = oracle.accuracy_score(true, predicted)
    assert asked(metrics.accuracy, pair, multilabel=True) == expected


@LAW
@given(multiclass(), st.data())
def test_the_k_largest_are_scikit_learns_but_for_which_of_equals_comes_first(
    pair: tuple[Floats, Floats], data: st.DataObject
) -> None:
    """scikit-learn takes the last of equal classes, and so is asked of them in reverse."""
    classes = len(pair[0])
    k = data.draw(st.integers(1, classes - 1))
    true = classes - 1 - np.argmax(pair[1], axis=0)
    labels = np.arange(classes)
    expected = oracle.top_k_accuracy_score(true, pair[0][::-1].T, k=k, labels=labels)

    assert asked(metrics.top_k, pair, k=k) == pytest.approx(expected, abs=NEAR)
    assert asked(metrics.top_k, pair, k=1) == asked(metrics.accuracy, pair)
    assert asked(metrics.top_k, pair, k=classes) == 1.0


@LAW
@given(multiclass())
def test_recall_over_all_decisions_is_accuracy(pair: tuple[Floats, Floats]) -> None:
    micro = [asked(m, pair, average="micro") for m in (metrics.precision, metrics.recall)]
    assert micro == [pytest.approx(asked(metrics.accuracy, pair), abs=NEAR)] * 2


def test_without_predicted_or_true_positives_a_share_is_zero() -> None:
    none, some = np.zeros((1, 3)), np.ones((1, 3))
    assert asked(metrics.precision, (none, some)) == 0.0
    assert asked(metrics.recall, (some, none)) == 0.0
    assert asked(metrics.f_beta, (none, none)) == 0.0


def test_a_half_decides_for_zero() -> None:
    assert asked(metrics.accuracy, (np.array([[0.5, 0.5]]), np.array([[0.0, 1.0]]))) == 0.5


def test_a_confusion_matrix_has_the_truth_in_its_rows_and_is_read_only() -> None:
    table = metrics.confusion_matrix(matrix([[0.9, 0.8, 0.1]]), matrix([[0.0, 0.0, 1.0]]))
    assert table.tolist() == [[0, 2], [1, 0]]
    assert not table.flags.writeable


# ---------------------------------------------------------------------------------------- ranking


@LAW
@given(binary(both=True))
def test_ranking_of_two_classes_is_scikit_learns(pair: tuple[Floats, Floats]) -> None:
    scores, true = pair[0][0], pair[1][0]
    area = oracle.roc_auc_score(true, scores)
    assert asked(metrics.roc_auc, pair) == pytest.approx(area, abs=NEAR)
    precision = oracle.average_precision_score(true, scores)
    assert asked(metrics.average_precision, pair) == pytest.approx(precision, abs=NEAR)


@LAW
@given(st.one_of(multilabel(both=True), multiclass(every=True)), averages)
def test_ranking_of_several_outputs_is_scikit_learns(
    pair: tuple[Floats, Floats], average: Average
) -> None:
    scores, true = pair[0].T, pair[1].T
    area = oracle.roc_auc_score(true, scores, average=average)
    assert asked(metrics.roc_auc, pair, average=average) == pytest.approx(area, abs=NEAR)
    precision = oracle.average_precision_score(true, scores, average=average)
    found = asked(metrics.average_precision, pair, average=average)
    assert found == pytest.approx(precision, abs=NEAR)


@LAW
@given(binary(both=True))
def test_the_area_is_the_chance_that_a_positive_scores_higher(pair: tuple[Floats, Floats]) -> None:
    scores, true = pair[0][0], pair[1][0]
    outcomes = [
        1.0 if a > b else 0.5 if a == b else 0.0
        for a in scores[true == 1.0]
        for b in scores[true == 0.0]
    ]
    assert asked(metrics.roc_auc, pair) == pytest.approx(np.mean(outcomes), abs=NEAR)
    logits = 40.0 * pair[0] - 17.0
    assert asked(metrics.roc_auc, (logits, pair[1])) == asked(metrics.roc_auc, pair)


def test_where_one_class_is_present_there_is_no_area() -> None:
    with pytest.raises(DataError) as refusal:
        asked(metrics.roc_auc, (np.array([[0.2, 0.7]]), np.ones((1, 2))))
    assert str(refusal.value) == (
        "roc_auc: Y has the label 1 alone, expected both labels, 0 and 1: "
        "there is no pair to compare"
    )
    with pytest.raises(DataError, match="output 1 of Y has the label 0 alone"):
        asked(metrics.roc_auc, (np.eye(2), np.array([[0.0, 1.0], [0.0, 0.0]])))


@LAW
@given(multilabel(), averages)
def test_a_label_that_nobody_has_is_found_with_no_precision(
    pair: tuple[Floats, Floats], average: Average
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = oracle.average_precision_score(pair[1].T, pair[0].T, average=average)
    found = asked(metrics.average_precision, pair, average=average)
    assert found == pytest.approx(expected, abs=NEAR)


# ---------------------------------------------------------------------------------- probabilities


@LAW
@given(binary())
def test_the_log_loss_of_two_classes_is_scikit_learns(pair: tuple[Floats, Floats]) -> None:
    expected = oracle.log_loss(pair[1][0], pair[0][0], labels=[0, 1])
    assert asked(metrics.log_loss, pair) == pytest.approx(expected, rel=NEAR, abs=NEAR)


@LAW
@given(multiclass())
def test_the_log_loss_of_several_classes_is_scikit_learns(pair: tuple[Floats, Floats]) -> None:
    true, labels = np.argmax(pair[1], axis=0), [*range(len(pair[0]))]
    expected = oracle.log_loss(true, pair[0].T, labels=labels)
    assert asked(metrics.log_loss, pair) == pytest.approx(expected, rel=NEAR, abs=NEAR)


@LAW
@given(multilabel())
def test_the_log_loss_of_labels_by_themselves_is_their_mean(pair: tuple[Floats, Floats]) -> None:
    each = [oracle.log_loss(y, a, labels=[0, 1]) for a, y in zip(*pair, strict=True)]
    found = asked(metrics.log_loss, pair, multilabel=True)
    assert found == pytest.approx(np.mean(each), rel=NEAR, abs=NEAR)


def test_a_sure_mistake_is_finite_in_both_precisions() -> None:
    for dtype in ("float64", "float32"):
        A, Y = matrix([[1.0]], dtype), matrix([[0.0]], dtype)
        expected = -math.log(np.finfo(dtype).eps)
        assert metrics.log_loss(A, Y) == pytest.approx(expected, rel=1e-9)


@LAW
@given(st.one_of(binary(), multiclass()), st.integers(1, 20))
def test_the_calibration_error_is_the_mean_gap_of_scikit_learns_curve(
    pair: tuple[Floats, Floats], bins: int
) -> None:
    A, Y = pair
    if len(A) == 1:
        A, Y = np.vstack([1.0 - A, A]), np.vstack([1.0 - Y, Y])
    confidence = np.max(A, axis=0)
    right = np.argmax(A, axis=0) == np.argmax(Y, axis=0)
    shares, means = sklearn.calibration.calibration_curve(right, confidence, n_bins=bins)
    counts = [
        np.sum((confidence > low) & (confidence <= high))
        for low, high in zip(*bins_of(bins), strict=True)
    ]
    sizes = np.array([count for count in counts if count > 0])
    expected = np.sum(sizes / len(right) * np.abs(shares - means))

    assert asked(metrics.calibration_error, pair, bins=bins) == pytest.approx(expected, abs=NEAR)


def bins_of(bins: int) -> tuple[Floats, Floats]:
    """The lower and the upper edges of the bins."""
    edges = np.linspace(0.0, 1.0, bins + 1)
    return edges[:-1], edges[1:]


@LAW
@given(multilabel(), st.integers(1, 20))
def test_the_calibration_error_of_labels_by_themselves_is_that_of_all_of_them(
    pair: tuple[Floats, Floats], bins: int
) -> None:
    flat = tuple(array.reshape(1, -1) for array in pair)
    expected = asked(metrics.calibration_error, (flat[0], flat[1]), bins=bins)
    assert asked(metrics.calibration_error, pair, bins=bins, multilabel=True) == expected


def test_there_are_fifteen_bins_unless_said_otherwise() -> None:
    random = np.random.default_rng(0)
    pair = random.uniform(size=(1, 200)), random.integers(2, size=(1, 200)).astype(float)
    errors = {bins: asked(metrics.calibration_error, pair, bins=bins) for bins in range(2, 40)}
    found = asked(metrics.calibration_error, pair)
    assert [bins for bins, error in errors.items() if error == found] == [15]


def test_eight_of_ten_right_at_eighty_percent_is_calibrated() -> None:
    A = np.full((1, 10), 0.75)
    Y = np.array([[1.0] * 8 + [0.0] * 2])
    assert asked(metrics.calibration_error, (A, Y)) == pytest.approx(0.05, abs=NEAR)
    assert asked(metrics.calibration_error, (A + 0.05, Y)) == pytest.approx(0.0, abs=NEAR)


# ------------------------------------------------------------------------------------- regression


@st.composite
def numbers(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Outputs and labels, `(k, m)`, in eighths, some of them perhaps constant."""
    k, m = draw(st.integers(1, 3)), draw(st.integers(2, 8))
    value = st.integers(-800, 800)
    A, Y = (
        np.array(draw(st.lists(value, min_size=k * m, max_size=k * m)), float).reshape(k, m) / 8.0
        for _ in range(2)
    )
    if draw(st.booleans()):
        Y[0] = Y[0, 0]
    if draw(st.booleans()):
        A[0] = Y[0]
    return A, Y


@LAW
@given(numbers())
def test_errors_of_regression_are_scikit_learns(pair: tuple[Floats, Floats]) -> None:
    for ours, theirs in (
        (metrics.mean_squared_error, oracle.mean_squared_error),
        (metrics.root_mean_squared_error, oracle.root_mean_squared_error),
        (metrics.mean_absolute_error, oracle.mean_absolute_error),
        (metrics.r2, oracle.r2_score),
    ):
        expected = theirs(pair[1].T, pair[0].T)
        assert asked(ours, pair) == pytest.approx(expected, rel=NEAR, abs=NEAR)


def test_labels_that_are_all_equal_are_explained_where_they_are_met() -> None:
    """Also where their mean, rounded, is not one of them."""
    constant = np.full((1, 3), 0.1)
    assert np.mean(constant) != 0.1
    assert asked(metrics.r2, (constant, constant)) == 1.0
    assert asked(metrics.r2, (constant + 1e-9, constant)) == 0.0
    assert asked(metrics.r2, (np.ones((1, 1)), np.zeros((1, 1)))) == 0.0


# ------------------------------------------------------------------------------------ all of them

WITHOUT_SETTINGS: list[Callable[..., Any]] = [
    *(fdnn.accuracy, fdnn.precision, fdnn.recall, fdnn.f_beta, fdnn.confusion_matrix),
    *(fdnn.roc_auc, fdnn.average_precision, fdnn.log_loss, fdnn.calibration_error),
    *(fdnn.mean_squared_error, fdnn.root_mean_squared_error, fdnn.mean_absolute_error, fdnn.r2),
]


@pytest.mark.parametrize("metric", WITHOUT_SETTINGS)
@LAW
@given(pair=st.one_of(binary(both=True), multiclass(every=True)), data=st.data())
def test_the_order_of_examples_does_not_matter(
    metric: Callable[..., Any], pair: tuple[Floats, Floats], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(pair[0].shape[1])))
    turned = pair[0][:, order], pair[1][:, order]
    np.testing.assert_allclose(asked(metric, turned), asked(metric, pair), rtol=0.0, atol=1e-12)


@pytest.mark.parametrize("metric", WITHOUT_SETTINGS)
@LAW
@given(pair=st.one_of(binary(both=True), multiclass(every=True)))
def test_soft_labels_count_as_the_nearest(
    metric: Callable[..., Any], pair: tuple[Floats, Floats]
) -> None:
    A, Y = pair
    k = max(2, len(Y))
    soft = 0.75 * Y + 0.25 / k
    if metric not in {fdnn.log_loss, *WITHOUT_SETTINGS[-4:]}:
        assert np.array_equal(asked(metric, (A, soft)), asked(metric, (A, Y)))


@LAW
@given(pair=multiclass(), off=st.floats(0.002, 0.5), sign=st.sampled_from([-1.0, 1.0]))
@pytest.mark.parametrize("metric", [metrics.accuracy, metrics.f_beta, metrics.log_loss])
def test_labels_of_several_classes_sum_to_one(
    metric: Callable[..., float], pair: tuple[Floats, Floats], off: float, sign: float
) -> None:
    """As little as two thousandths off is refused, and named by its column."""
    A, Y = pair
    Y = Y.copy()
    Y[np.argmax(Y[:, 1]) - (sign > 0.0), 1] += sign * off
    with pytest.raises(DataError, match="column 1 of Y sums to"):
        asked(metric, (A, Y))

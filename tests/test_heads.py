"""Heads: the triple of a task belongs together, and nothing else fits."""

from __future__ import annotations

import copy
import pickle
from functools import partial
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
    Dim,
    Head,
    KindError,
    Learner,
    Metric,
    ShapeError,
    accuracy,
    batch_from_columns,
    binary,
    binary_cross_entropy,
    categorical_cross_entropy,
    counts,
    dense,
    initialize,
    multiclass,
    multilabel,
    regression,
    relu,
    run,
    squared_error,
    top_k,
)
from fdnn.axes import C, M, One, Out, R
from fdnn.costs import BinaryCrossEntropy, Cost
from fdnn.matrix import Matrix
from tests.strategies import LAW, array_of, matrix, normal

HEADS: list[Head[Any]] = [binary, multiclass, multilabel, regression, counts]
EVERY = pytest.mark.parametrize("head", HEADS, ids=[head.name for head in HEADS])


def outputs_of(head: Head[Any]) -> int:
    """How many outputs a network for the head has here."""
    return 1 if head is binary else 3


def labels_of(head: Head[Any], m: int = 12) -> Any:
    """Labels for the head, `(outputs, m)`."""
    draw = np.random.default_rng(0)
    if head is multiclass:
        return np.eye(3)[:, draw.integers(0, 3, m)]
    if head is regression:
        return draw.standard_normal((3, m))
    if head is counts:
        return draw.poisson(3.0, (3, m)).astype(float)
    return draw.integers(0, 2, (outputs_of(head), m)).astype(float)


def network_of(head: Head[Any], seed: int = 0) -> Any:
    hidden, outputs = Dim[Any](5), Dim[Any](outputs_of(head))
    return initialize(dense(Dim[Any](4), hidden, relu) >> head.layer(hidden, outputs), rng=seed)


def batch_of(head: Head[Any]) -> Any:
    labels = labels_of(head)
    X = array_of(normal(4, labels.shape[1]))
    return batch_from_columns(X, labels, Dim[Any](4), Dim[Any](len(labels)))


# ------------------------------------------------------------------------------------- the triples


@EVERY
def test_a_head_ends_a_network_in_the_link_of_its_cost(head: Head[Any]) -> None:
    assert network_of(head).layers[-1].activation == head.activation == head.cost.link


@EVERY
def test_its_learner_learns(head: Head[Any]) -> None:
    params, batch = network_of(head), batch_of(head)
    learner = head.learner(Adam(0.05))
    after = run(learner.step(params)(batch), learner.start(params), 200)

    before, then = (head.metrics[0](p(batch.X), batch.Y) for p in (params, after.params))
    assert (then > before) is head.largest_is_best


@EVERY
def test_a_head_changes_nothing_of_the_mathematics(head: Head[Any]) -> None:
    params, batch = network_of(head), batch_of(head)
    ours, plain = head.learner(Adam(0.05)), Learner(head.cost, Adam(0.05))
    a, b = (run(l.step(params)(batch), l.start(params), 5) for l in (ours, plain))
    assert np.array_equal(a.params.vector, b.params.vector)


@EVERY
def test_it_measures_all_metrics_by_name(head: Head[Any]) -> None:
    params, batch = network_of(head), batch_of(head)
    A = params(batch.X)
    measured = head.measure(A, batch.Y)
    assert [*measured] == [metric.name for metric in head.metrics]
    assert [*measured.values()] == [metric(A, batch.Y) for metric in head.metrics]
    assert all(np.isfinite([*measured.values()]))


@LAW
@given(st.sampled_from(HEADS), st.integers(0, 100), st.integers(1, 4))
def test_what_a_head_measures_always_is_a_number(head: Head[Any], seed: int, m: int) -> None:
    """Also of one example, and where one class is absent or never predicted."""
    draw = np.random.default_rng(seed)
    labels = labels_of(head)[:, draw.integers(0, 12, m)]
    A = network_of(head, seed)(matrix(draw.standard_normal((4, m))))
    assert all(np.isfinite([*head.measure(A, matrix(labels)).values()]))


@EVERY
def test_a_head_survives_pickle_and_copy(head: Head[Any]) -> None:
    for again in (pickle.loads(pickle.dumps(head)), copy.deepcopy(head)):
        assert repr(again) == repr(head)
        A = network_of(head)(batch_of(head).X)
        assert again.measure(A, batch_of(head).Y) == head.measure(A, batch_of(head).Y)
        assert again.learner(Adam()).step(network_of(head))(batch_of(head))


def test_a_head_says_what_it_is() -> None:
    assert repr(multiclass) == "Head(multiclass: softmax, categorical cross-entropy)"


# ------------------------------------------------------------------------------------ other costs

ANY = {"squared error", "absolute error", "huber"}
PROBABILITIES = ANY | {"binary cross-entropy", "binary focal"}
DISTRIBUTIONS = ANY | {"categorical cross-entropy", "categorical focal", "KL divergence"}
LEGAL: dict[str, set[str]] = {
    "binary": PROBABILITIES,
    "multiclass": DISTRIBUTIONS,
    "multilabel": PROBABILITIES,
    "regression": ANY | {"hinge"},
    "counts": ANY | {"Poisson"},
}


@EVERY
def test_a_head_takes_the_costs_that_may_follow_its_activation_and_no_others(
    head: Head[Any],
) -> None:
    costs: list[Any] = [*fdnn.names.COSTS.values()]
    taken: set[str] = set()
    for cost in costs:
        try:
            other = head.with_cost(cost)
        except ArgumentError:
            continue
        assert (other.cost, other.activation) == (cost, head.activation)
        assert other.metrics == head.metrics
        taken.add(cost.name)
    assert taken == LEGAL[head.name] & {cost.name for cost in costs}


def test_a_binary_cost_does_not_follow_softmax() -> None:
    wrong: Any = binary_cross_entropy
    for make in (
        lambda: multiclass.with_cost(wrong),
        lambda: fdnn.head(fdnn.softmax)(wrong, "mine", accuracy),
        lambda: Head(fdnn.softmax, wrong, "mine", [accuracy]),
    ):
        with pytest.raises(ArgumentError) as refusal:
            make()
        assert str(refusal.value) == (
            "Head: the cost is binary cross-entropy, which follows Sigmoid, "
            "expected one that may follow softmax"
        )


@attrs.frozen
class Silent(Cost):
    """A cost that does not say what it follows."""

    link: ClassVar[Any] = fdnn.sigmoid

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return squared_error.losses(A, Y)

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        return squared_error.derivative(A, Y)

    def losses_from_logits(self, Z: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return squared_error.losses(fdnn.sigmoid(Z), Y)

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None: ...


@attrs.frozen
class Either(BinaryCrossEntropy):
    """A cost that may follow two kinds of activation."""

    name: ClassVar[str] = "either"

    def follows(self, activation: fdnn.Sigmoid | fdnn.Tanh, /) -> None:
        """A sigmoid or a tanh."""


@attrs.frozen
class Untyped(BinaryCrossEntropy):
    """A cost whose `follows` says nothing that could be compared."""

    def follows(self, activation: Any, /) -> None:
        """Whatever it is."""


def test_the_annotation_of_follows_is_what_is_read() -> None:
    assert multiclass.with_cost(Untyped()).cost == Untyped()
    assert binary.with_cost(Either()).cost == Either()
    either: Any = Either()
    with pytest.raises(ArgumentError, match="is either, which follows Sigmoid or Tanh, expected"):
        multiclass.with_cost(either)

    silent: Any = Silent()
    with pytest.raises(KindError) as refusal:
        binary.with_cost(silent)
    assert str(refusal.value) == (
        "Head: the cost is a Silent, which follows nothing, expected a Cost with a method "
        "`follows(self, activation: Sigmoid, /) -> None`: "
        "its annotation says which activation it may follow"
    )


# ----------------------------------------------------------------------- another network, or labels


@pytest.mark.parametrize("head", [binary, multiclass], ids=["binary", "multiclass"])
def test_a_step_refuses_a_network_that_ends_otherwise(head: Head[Any]) -> None:
    n = outputs_of(head)
    net = initialize(dense(Dim[Any](4), Dim[Any](n), relu), rng=0)
    with pytest.raises(ArgumentError) as refusal:
        head.learner(Adam()).step(net)(batch_of(head))
    assert str(refusal.value) == (
        f"step: the last activation is relu, expected {head.activation.name}: "
        f"the head is {head.name}"
    )


def test_a_step_refuses_labels_of_another_task() -> None:
    net = network_of(multiclass)
    half = multiclass.with_cost(squared_error).learner(Adam()).step(net)
    labels = labels_of(multiclass)
    labels[:, 2] = [1.0, 1.0, 0.0]
    wrong = batch_from_columns(np.ones((4, 12)), labels, Dim[Any](4), Dim[Any](3))
    with pytest.raises(DataError) as refusal:
        half(wrong)
    assert str(refusal.value) == (
        "step: column 2 of Y sums to 2, expected columns of labels that sum to 1: "
        "the head is multiclass"
    )


@EVERY
def test_its_own_labels_are_labels(head: Head[Any]) -> None:
    head.require_labels("here", matrix(labels_of(head)))


REFUSED: list[tuple[Head[Any], Any, type[fdnn.FdnnError], str]] = [
    (binary, np.eye(2), ShapeError, "Y has shape (2, 2), expected 1 output: the head is binary"),
    (binary, [[2.0]], DataError, "Y holds 2, expected labels between 0 and 1: the head is binary"),
    (
        multiclass,
        [[1.0, 0.0]],
        ShapeError,
        "Y has shape (1, 2), expected 2 or more outputs: the head is multiclass",
    ),
    (
        multiclass,
        [[1.0], [1.0]],
        DataError,
        "column 0 of Y sums to 2, expected columns of labels that sum to 1: the head is multiclass",
    ),
    (
        multilabel,
        [[1.0], [-1.0]],
        DataError,
        "Y holds -1, expected labels between 0 and 1: the head is multilabel",
    ),
    (counts, [[-1.0]], DataError, "Y holds -1, expected labels from 0 on: the head is counts"),
]


@pytest.mark.parametrize(("head", "labels", "kind", "sentence"), REFUSED)
def test_labels_that_are_none_are_refused(
    head: Head[Any], labels: Any, kind: type[fdnn.FdnnError], sentence: str
) -> None:
    with pytest.raises(kind) as refusal:
        head.require_labels("here", matrix(labels))
    assert str(refusal.value) == f"here: {sentence}"


# ------------------------------------------------------------------------------------- one's own


def share_within_a_tenth(A: Matrix[Any, Any], Y: Matrix[Any, Any]) -> float:
    """How many outputs are within a tenth of their labels."""
    return float(np.mean(np.abs(array_of(A) - array_of(Y)) <= 0.1))


def test_a_head_of_ones_own() -> None:
    shares = fdnn.head(fdnn.sigmoid)(
        squared_error, "shares", share_within_a_tenth, fdnn.r2, lowest=0.0, highest=1.0
    )
    A, Y = matrix([[0.25, 0.75]]), matrix([[0.3, 1.0]])
    assert shares.measure(A, Y) == {"share within a tenth": 0.5, "r2": pytest.approx(fdnn.r2(A, Y))}
    with pytest.raises(DataError, match="Y holds 3, expected labels between 0 and 1"):
        shares.require_labels("here", matrix([[3.0]]))


def test_metrics_may_be_others() -> None:
    three = Metric("top 2", partial(top_k, k=2))
    head = multiclass.with_metrics(three, accuracy, largest_is_best=True)
    A, Y = network_of(head)(batch_of(multiclass).X), batch_of(multiclass).Y
    assert head.measure(A, Y) == {"top 2": top_k(A, Y, k=2), "accuracy": accuracy(A, Y)}
    assert head.cost is categorical_cross_entropy


def test_two_metrics_of_one_name_are_refused() -> None:
    """The later would stand in the place of the earlier."""
    again = Metric("accuracy", fdnn.precision)
    sentence = "Head: the metrics are called accuracy, accuracy, expected a name for each"
    with pytest.raises(ArgumentError, match=sentence):
        fdnn.binary.with_metrics(fdnn.accuracy, again, largest_is_best=True)
    two = fdnn.binary.with_metrics(fdnn.accuracy, fdnn.precision, largest_is_best=True)
    assert [metric.name for metric in two.metrics] == ["accuracy", "precision"]


def test_metrics_with_settings_are_equal_where_function_and_settings_are() -> None:
    """So a head of them is equal to itself from a pickle; another setting is another metric."""
    for again in (pickle.loads(pickle.dumps(fdnn.multilabel)), copy.deepcopy(fdnn.multilabel)):
        assert again == fdnn.multilabel
        assert hash(again) == hash(fdnn.multilabel)
    two, three = (Metric("top", partial(fdnn.top_k, k=k)) for k in (2, 3))
    assert two == Metric("top", partial(fdnn.top_k, k=2))
    assert two != three
    assert Metric("top", partial(fdnn.f_beta, beta=2.0)) != Metric("top", fdnn.f_beta)

"""Penalties, rows and fed batches, with what does not fit."""

from collections.abc import Callable

import numpy as np

from fdnn import L2, Adam, Learner, Rows, categorical_cross_entropy
from tests.typing.refusals import refused
from tests.typing.scene import batch, cat, other_batch, other_params, other_state, params, pixel

learner = Learner(categorical_cross_entropy, Adam(), L2(0.1))


@refused(
    mypy='incompatible type "float"; expected "Regularizer | None"',
    fdnn="KindError: Learner: regularizer is a float, expected a Regularizer: such as L2",
)
def a_number_as_a_penalty() -> None:
    Learner(categorical_cross_entropy, Adam(), 0.1)  # E: arg-type


@refused(
    mypy='incompatible type "Callable[[float], L2]"; expected "Regularizer | None"',
    fdnn="KindError: Learner: regularizer is the class L2, expected one that was made, L2(...)",
)
def a_kind_of_penalty_that_was_not_made() -> None:
    strong: Callable[[float], L2] = L2
    Learner(categorical_cross_entropy, Adam(), strong)  # E: arg-type


@refused(
    mypy=(
        'Argument 1 to "gradient" of "L2" has incompatible type "Params[Word, Theme, Topic]"; '
        'expected "Params[Pixel, Hidden, Deep, Cat]"'
    ),
    fdnn=(
        "ShapeError: -: grads has axes (Word=8, Theme=6, Topic=4), expected (Pixel=12, Hidden=7, "
        "Deep=5, Cat=3): as params has them"
    ),
)
def the_gradient_of_the_penalty_of_another_network() -> None:
    params - L2(0.1).gradient(other_params)  # E: arg-type


@refused(
    mypy='"Rows[Cat, Pixel]"; expected "Rows[Pixel, Cat]"',
    fdnn=(
        "ShapeError: step: batch has axes (Cat=3, Pixel=12), expected (Pixel=12, Cat=3): "
        "those are the inputs and outputs of the network"
    ),
)
def rows_of_labels_and_inputs_swapped() -> None:
    swapped = Rows(np.ones((20, 3)), np.ones((20, 12)), cat, pixel)
    learner.step(params).read(swapped, size=5)  # E: arg-type


@refused(
    mypy='"Batch[Word, Topic, Example]"; expected "Batch[Pixel, Cat, Any]"',
    fdnn=(
        "ShapeError: step: batch has axes (Word=8, Topic=4), expected (Pixel=12, Cat=3): "
        "those are the inputs and outputs of the network"
    ),
)
def batches_of_another_network() -> None:
    feed = learner.step(params).feed([other_batch])  # E: list-item
    list(feed(learner.start(params)))


@refused(
    mypy='"Batch[Pixel, Cat, Example]"; expected "Iterable[Batch[Pixel, Cat, Any]]"',
    fdnn="KindError: feed: batches is a Batch, expected an Iterable: [batch] is one of one",
)
def one_batch_in_the_place_of_many() -> None:
    learner.step(params).feed(batch)  # E: arg-type


@refused(
    mypy='"State[Word, Theme, Topic]"; expected "State[Pixel, Hidden, Deep, Cat]"',
    fdnn=(
        "ShapeError: feed: state has axes (Word=8, Theme=6, Topic=4), expected (Pixel=12, "
        "Hidden=7, Deep=5, Cat=3): the feed was made for another network"
    ),
)
def the_state_of_another_network_to_be_fed() -> None:
    feed = learner.step(params).feed([batch])
    list(feed(other_state))  # E: arg-type


@refused(
    mypy='Unsupported operand types for - ("Params[Pixel, Hidden, Deep, Cat]" and "float")',
    fdnn="KindError: -: what stands after - is a float, expected Grads",
)
def a_penalty_in_the_place_of_its_gradient() -> None:
    params - L2(0.1).penalty(params)  # E: operator

"""Splits, encodings and data sets, with what does not fit."""

from fdnn import Key, folds, k_fold, split, stratified
from fdnn.datasets import digits, named
from fdnn.encodings import Column, Columns, OneHot
from fdnn.model import Model
from fdnn.transforms import Standardize, center
from tests.typing.refusals import refused
from tests.typing.scene import X, Y, batch, learner, net, other_net, params

train, test = split(batch, 0.5)


@refused(
    mypy='incompatible type "Batch[Pixel, Cat, Any]"; expected "Batch[Word, Topic, Any]"',
    fdnn=(
        "ShapeError: step: batch has axes (Pixel=12, Cat=3), expected (Word=8, Topic=4): those "
        "are the inputs and outputs of the network"
    ),
)
def a_part_of_a_batch_for_another_network() -> None:
    learner.step(other_net)(train)  # E: arg-type


@refused(
    mypy='"Batch[fdnn.shipped.Pixel, Digit, Any]"; expected "Batch[tests.typing.scene.Pixel, Cat',
    fdnn=(
        "ShapeError: step: batch has axes (Pixel=64, Digit=10), expected (Pixel=12, Cat=3): those "
        "are the inputs and outputs of the network"
    ),
)
def digits_for_a_network_that_tells_cats_apart() -> None:
    learner.step(net)(digits().train)  # E: arg-type


@refused(
    mypy='Argument 1 to "folds" has incompatible type "Matrix[Pixel, Example]"; expected "Batch[',
    fdnn="KindError: folds: batch is a ndarray, expected a Batch",
)
def folds_of_inputs_without_labels() -> None:
    folds(X, 3)  # E: arg-type


@refused(
    mypy='Argument 2 to "split" has incompatible type "str"; expected "float"',
    fdnn="KindError: split: share is '0.75', expected a number from 0 to 1, such as 0.75",
)
def a_share_that_is_text() -> None:
    split(batch, "0.75")  # E: arg-type


@refused(
    mypy='Argument 2 to "stratified" has incompatible type "int"; expected "Key"',
    fdnn="KindError: stratified: key is an int, expected a Key: Key(0), for one",
)
def a_seed_in_the_place_of_a_key() -> None:
    stratified([0, 1, 0, 1], 0)  # E: arg-type


@refused(
    mypy='Argument 1 to "k_fold" has incompatible type "list[int]"; expected "int"',
    fdnn="KindError: k_fold: m is [0, 1, 0, 1], expected a whole number from 0 on",
)
def labels_in_the_place_of_their_number() -> None:
    k_fold([0, 1, 0, 1], 2, Key(0))  # E: arg-type


@refused(
    mypy='Argument "targets" to "Model" has incompatible type "Center"; expected "Invertible"',
    fdnn=(
        "KindError: Model: targets is a Center, expected an Invertible: "
        "standardize and unchanged are"
    ),
)
def outputs_that_went_through_what_cannot_be_undone() -> None:
    Model(params, targets=center)  # E: arg-type


@refused(
    mypy='Argument "targets" to "Model" has incompatible type "type[Standardize]"',
    fdnn=(
        "KindError: Model: targets is the class Standardize, expected one that was made, "
        "Standardize(...)"
    ),
)
def targets_that_were_not_fitted() -> None:
    Model(params, targets=Standardize)  # E: arg-type


@refused(
    mypy='Argument 2 to "Column" has incompatible type "str"; expected "Encoding"',
    fdnn="KindError: Column: encoding is a str, expected an Encoding",
)
def an_encoding_by_its_name() -> None:
    Columns([Column("height", "number")])  # E: arg-type


@refused(
    mypy='Argument 1 to "fitted_to" of "OneHot" has incompatible type "Matrix[Cat, Example]"',
    fdnn="KindError: OneHot: a category is a ndarray, expected a str",
)
def categories_of_a_matrix() -> None:
    OneHot.fitted_to(Y)  # E: arg-type


@refused(
    mypy='Argument "task" to "named" has incompatible type "Literal[\'classification\']"',
    fdnn="ArgumentError: named: task is 'classification', expected none: iris is no file of yours",
)
def a_task_of_another_library() -> None:
    named("iris", task="classification")  # E: arg-type

"""Predictors, mini-batches and training in the span of the data, with what does not fit."""

from fdnn import GradientDescent, Learner, Predictor, categorical_cross_entropy
from tests.typing.refusals import refused
from tests.typing.scene import X, batch, learner, net, other_batch, other_X, params, state

predict = Predictor(params)
descent = Learner(categorical_cross_entropy, GradientDescent(0.1))


@refused(
    mypy='"Architecture[Pixel, Hidden, Deep, Cat]"; expected "Params[*tuple[Never, ...]]"',
    fdnn=(
        "KindError: Predictor: params is an Architecture, expected Params: "
        "initialize(architecture, rng=0) gives them"
    ),
)
def a_predictor_of_an_architecture() -> None:
    Predictor(net)  # E: arg-type


@refused(
    mypy=(
        'Argument 1 to "__call__" of "Predictor" has incompatible type "Matrix[Example, Pixel]"; '
        'expected "Matrix[Pixel, Pixel]"'
    ),
    fdnn=(
        "ShapeError: Predictor: X has shape (11, 12), expected (Pixel=12, m): Pixel is 12 in "
        "layer 1 of params; are its rows the examples? Then give X.T"
    ),
)
def rows_to_be_predicted() -> None:
    predict(X.T)  # E: arg-type


@refused(
    mypy='incompatible type "Matrix[Word, Example]"; expected "Matrix[Pixel, Example]"',
    fdnn=(
        "ShapeError: Predictor: X has shape (8, 11), expected (Pixel=12, m): Pixel is 12 in "
        "layer 1 of params"
    ),
)
def inputs_of_another_network_to_be_predicted() -> None:
    predict.logits(other_X)  # E: arg-type


@refused(
    mypy='incompatible type "Matrix[Cat, Example]"; expected "Matrix[Pixel, Example]"',
    fdnn=(
        "ShapeError: Predictor: X has shape (3, 11), expected (Pixel=12, m): Pixel is 12 in "
        "layer 1 of params"
    ),
)
def a_prediction_as_an_input() -> None:
    predict(predict(X))  # E: arg-type


@refused(
    mypy='operand types for - ("Matrix[Cat, Example]" and "Matrix[Pixel, Example]")',
    numpy="ValueError: operands could not be broadcast together",
)
def a_prediction_less_its_inputs() -> None:
    predict(X) - X  # E: operator


@refused(
    mypy='Argument "size" to "__call__" of "StepOf" has incompatible type "str"',
    fdnn="KindError: step: size is '64', expected a whole number from 1 on",
)
def a_size_that_is_text() -> None:
    learner.step(net)(batch, size="64")  # E: arg-type


@refused(
    mypy='Argument "size" to "__call__" of "StepOf" has incompatible type "float"',
    fdnn="KindError: step: size is 0.5, expected a whole number from 1 on",
)
def a_size_that_is_a_fraction() -> None:
    learner.step(net)(batch, size=0.5)  # E: arg-type


@refused(
    mypy='"Batch[Word, Topic, Example]"; expected "Batch[Pixel, Cat, Example]"',
    fdnn=(
        "ShapeError: step: batch has axes (Word=8, Topic=4), expected (Pixel=12, Cat=3): those "
        "are the inputs and outputs of the network"
    ),
)
def mini_batches_of_another_network() -> None:
    learner.step(net)(other_batch, size=4)  # E: arg-type


@refused(
    mypy='Argument "span" to "__call__" of "StepOf" has incompatible type "str"',
    fdnn="KindError: step: span is a str, expected a bool",
)
def a_span_that_is_text() -> None:
    descent.step(net)(batch, span="always")  # E: arg-type


@refused(
    mypy='"Span[Pixel, Hidden, Deep, Cat] | None"; expected "Params[*tuple[Never, ...]]"',
    fdnn=(
        "KindError: Predictor: params is a NoneType, expected Params: "
        "initialize(architecture, rng=0) gives them"
    ),
)
def the_span_of_a_state_as_its_parameters() -> None:
    Predictor(state.span)  # E: arg-type

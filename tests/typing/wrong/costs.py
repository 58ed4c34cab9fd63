"""Costs and weights of examples that do not fit."""

from fdnn import (
    ONE,
    Batch,
    Poisson,
    absolute_error,
    binary_cross_entropy,
    binary_focal,
    categorical_focal,
    cost,
    hinge,
    huber,
    identity,
    kl_divergence,
    poisson,
    sigmoid,
    softmax,
)
from tests.typing.refusals import refused
from tests.typing.scene import X, Y, cat, example, matrix, pixel, test, trace

column = matrix(example, ONE)
row = matrix(ONE, example)
row_test = matrix(ONE, test)


@refused(
    mypy='Argument 5 to "Batch" has incompatible type "Matrix[Example, One]"; '
    'expected "Matrix[One, Example] | None"',
    fdnn=(
        "ShapeError: Batch: weights has shape (11, 1), expected (One=1, 11): X has 11 columns; "
        "one weight for each example"
    ),
)
def weights_as_a_column() -> None:
    Batch(X, Y, pixel, cat, column)  # E: arg-type


@refused(
    mypy='Argument 3 to "cost" of "Trace" has incompatible type "Matrix[One, Test]"; '
    'expected "Matrix[One, Example] | None"',
    fdnn=(
        "ShapeError: cost: weights has shape (1, 9), expected (One=1, 11): the trace has m=11; "
        "one weight for each example"
    ),
)
def a_cost_with_the_weights_of_other_examples() -> None:
    trace.cost(Y, huber, row_test)  # E: arg-type


@refused(
    mypy='Argument "weights" to "gradient" of "Trace" has incompatible type '
    '"Matrix[Example, One]"; expected "Matrix[One, Example] | None"',
    fdnn=(
        "ShapeError: gradient: weights has shape (11, 1), expected (One=1, 11): "
        "the trace has m=11; one weight for each example"
    ),
)
def a_gradient_with_weights_as_a_column() -> None:
    trace.gradient(Y, huber, weights=column)  # E: arg-type


@refused(
    mypy=(
        'Argument 4 to "cost" has incompatible type "float"; expected "Matrix[One, Example] | None"'
    ),
    fdnn="KindError: cost: weights is a float, expected a matrix (One=1, 11)",
)
def one_weight_for_all() -> None:
    cost(trace, Y, huber, 2.0)  # E: arg-type


@refused(
    mypy='Argument 1 to "follows" of "Hinge" has incompatible type "Softmax"; expected "Identity"',
    fdnn="ArgumentError: follows: the last activation is softmax, expected identity: hinge",
)
def a_hinge_after_softmax() -> None:
    hinge.follows(softmax)  # E: arg-type


@refused(
    mypy='Argument 1 to "follows" of "BinaryFocal" has incompatible type "Softmax"; '
    'expected "Sigmoid"',
    fdnn="ArgumentError: follows: the last activation is softmax, expected sigmoid: binary focal",
)
def a_binary_focal_cost_after_softmax() -> None:
    binary_focal.follows(softmax)  # E: arg-type


@refused(
    mypy='Argument 1 to "follows" of "CategoricalFocal" has incompatible type "Sigmoid"; '
    'expected "Softmax"',
    fdnn=(
        "ArgumentError: follows: the last activation is sigmoid, expected softmax: "
        "categorical focal"
    ),
)
def a_categorical_focal_cost_after_sigmoid() -> None:
    categorical_focal.follows(sigmoid)  # E: arg-type


@refused(
    mypy='Argument 1 to "follows" of "KLDivergence" has incompatible type "Sigmoid"; '
    'expected "Softmax"',
    fdnn="ArgumentError: follows: the last activation is sigmoid, expected softmax: KL divergence",
)
def a_kl_divergence_after_sigmoid() -> None:
    kl_divergence.follows(sigmoid)  # E: arg-type


@refused(
    mypy='Argument 1 to "follows" of "Poisson" has incompatible type "Identity"; '
    'expected "Exponential"',
    fdnn="ArgumentError: follows: the last activation is identity, expected exponential: Poisson",
)
def counts_after_the_identity() -> None:
    poisson.follows(identity)  # E: arg-type


@refused(
    mypy='Too many arguments for "Poisson"',
    python="TypeError: Poisson.__init__() takes 1 positional argument but 2 were given",
)
def a_poisson_cost_with_a_parameter() -> None:
    Poisson(0.5)  # E: call-arg


@refused(
    mypy='Argument 1 to "follows" of "AbsoluteError" has incompatible type "BinaryCrossEntropy"; '
    'expected "Activation"',
    fdnn="KindError: follows: activation is a BinaryCrossEntropy, expected an Activation",
)
def a_cost_after_a_cost() -> None:
    absolute_error.follows(binary_cross_entropy)  # E: arg-type

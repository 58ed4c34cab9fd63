"""Tasks whose activation, cost and metrics do not belong together."""

from fdnn import (
    Head,
    Sigmoid,
    accuracy,
    binary,
    binary_cross_entropy,
    categorical_cross_entropy,
    class_weights,
    head,
    hinge,
    multiclass,
    poisson,
    precision,
    regression,
    roc_auc,
    smoothed,
    softmax,
    tanh,
    top_k,
)
from tests.typing.refusals import refused
from tests.typing.scene import X, Y, Y_test, batch, cat, hidden, layer1, layer2, params


@refused(
    mypy=(
        'Argument 1 to "with_cost" of "Head" has incompatible type "BinaryCrossEntropy"; '
        'expected "CostAfter[Softmax]"'
    ),
    fdnn=(
        "ArgumentError: Head: the cost is binary cross-entropy, which follows Sigmoid, "
        "expected one that may follow softmax"
    ),
)
def a_binary_cost_after_softmax() -> None:
    multiclass.with_cost(binary_cross_entropy)  # E: arg-type


@refused(
    mypy=(
        'Argument 1 to "with_cost" of "Head" has incompatible type "CategoricalCrossEntropy"; '
        'expected "CostAfter[Sigmoid]"'
    ),
    fdnn=(
        "ArgumentError: Head: the cost is categorical cross-entropy, which follows Softmax, "
        "expected one that may follow sigmoid"
    ),
)
def a_cost_of_classes_after_sigmoid() -> None:
    binary.with_cost(categorical_cross_entropy)  # E: arg-type


@refused(
    mypy=(
        'Argument 1 to "with_cost" of "Head" has incompatible type "BinaryCrossEntropy"; '
        'expected "CostAfter[Identity]"'
    ),
    fdnn=(
        "ArgumentError: Head: the cost is binary cross-entropy, which follows Sigmoid, "
        "expected one that may follow identity"
    ),
)
def a_cost_of_probabilities_after_plain_numbers() -> None:
    regression.with_cost(binary_cross_entropy)  # E: arg-type


@refused(
    mypy=(
        'Argument 1 to "__call__" of "HeadAfter" has incompatible type "BinaryCrossEntropy"; '
        'expected "CostAfter[Tanh]"'
    ),
    fdnn=(
        "ArgumentError: Head: the cost is binary cross-entropy, which follows Sigmoid, "
        "expected one that may follow tanh"
    ),
)
def a_head_of_ones_own_that_does_not_fit() -> None:
    head(tanh)(binary_cross_entropy, "mine", accuracy)  # E: arg-type


@refused(
    mypy='Cannot infer value of type parameter "G" of "Head"',
    fdnn=(
        "ArgumentError: Head: the cost is binary cross-entropy, which follows Sigmoid, "
        "expected one that may follow softmax"
    ),
)
def a_head_by_its_class_that_does_not_fit() -> None:
    Head(softmax, binary_cross_entropy, "mine", [accuracy])  # E: misc


@refused(
    mypy='Argument 1 to "learner" of "Head" has incompatible type "CategoricalCrossEntropy"',
    fdnn="KindError: Learner: optimizer is a CategoricalCrossEntropy, expected an Optimizer",
)
def a_cost_in_place_of_an_optimizer() -> None:
    multiclass.learner(categorical_cross_entropy)  # E: arg-type


@refused(
    mypy=(
        'Argument 1 to "layer" of "Head" has incompatible type "Dim[Hidden]"; expected "Dim[Deep]"'
    ),
    fdnn=(
        "ShapeError: >>: layer 3 takes (Hidden=7), expected (Deep=5): that is what layer 2 gives"
    ),
)
def a_last_layer_on_another_axis() -> None:
    layer1 >> layer2 >> multiclass.layer(hidden, cat)  # E: arg-type


@refused(
    mypy='Cannot infer value of type parameter "M" of "accuracy"',
    fdnn="ShapeError: accuracy: Y has shape (3, 9), expected (3, 11): as A has it",
)
def labels_of_other_examples_in_a_metric() -> None:
    accuracy(params(X), Y_test)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "M" of "measure" of "Head"',
    fdnn="ShapeError: accuracy: Y has shape (3, 9), expected (3, 11): as A has it",
)
def labels_of_other_examples_in_a_head() -> None:
    multiclass.measure(params(X), Y_test)  # E: misc


@refused(
    mypy='Argument "average" to "precision" has incompatible type "Literal[\'mean\']"',
    fdnn=("ArgumentError: precision: average is 'mean', expected one of macro, micro, weighted"),
)
def an_average_that_there_is_not() -> None:
    precision(params(X), Y, average="mean")  # E: arg-type


@refused(
    mypy='Missing named argument "k" for "top_k"',
    python="TypeError: top_k() missing 1 required keyword-only argument: 'k'",
)
def the_largest_without_how_many() -> None:
    top_k(params(X), Y)  # E: call-arg


@refused(
    mypy='Argument 1 to "with_metrics" of "Head" has incompatible type',
    fdnn="KindError: Metric: a metric is a float, expected a function of A and Y: such as accuracy",
)
def a_number_in_place_of_a_metric() -> None:
    multiclass.with_metrics(roc_auc(params(X), Y), largest_is_best=True)  # E: arg-type


@refused(
    mypy='Incompatible types in assignment (expression has type "Head[Softmax]", variable has '
    'type "Head[Sigmoid]")',
    fdnn=(
        "ArgumentError: Head: the cost is binary cross-entropy, which follows Sigmoid, "
        "expected one that may follow softmax"
    ),
)
def the_head_of_another_task() -> None:
    task: Head[Sigmoid] = multiclass  # E: assignment
    task.with_cost(binary_cross_entropy)


@refused(
    mypy='Argument 2 to "class_weights" has incompatible type "Literal[\'even\']"',
    fdnn="ArgumentError: class_weights: weights is 'even', expected one of balanced",
)
def weights_of_classes_by_another_name() -> None:
    class_weights(batch, "even")  # E: arg-type


@refused(
    mypy='Argument 1 to "smoothed" has incompatible type "Matrix[Cat, Example]"',
    fdnn="KindError: smoothed: batch is a ndarray, expected a Batch: "
    "Batch(X, Y) checks the data once",
)
def labels_in_place_of_a_batch() -> None:
    smoothed(Y, 0.1)  # E: arg-type


@refused(
    mypy=(
        'Argument 1 to "with_cost" of "Head" has incompatible type "Poisson"; '
        'expected "CostAfter[Identity]"'
    ),
    fdnn=(
        "ArgumentError: Head: the cost is Poisson, which follows Exponential, "
        "expected one that may follow identity"
    ),
)
def a_cost_of_counts_after_plain_numbers() -> None:
    regression.with_cost(poisson)  # E: arg-type


@refused(
    mypy=(
        'Argument 1 to "with_cost" of "Head" has incompatible type "Hinge"; '
        'expected "CostAfter[Sigmoid]"'
    ),
    fdnn=(
        "ArgumentError: Head: the cost is hinge, which follows Identity, "
        "expected one that may follow sigmoid"
    ),
)
def a_cost_of_margins_after_sigmoid() -> None:
    binary.with_cost(hinge)  # E: arg-type

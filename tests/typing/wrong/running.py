"""Networks that are run on what is not theirs."""

import numpy as np

from fdnn import (
    LinearCache,
    accuracy,
    backward,
    categorical_cross_entropy,
    cost,
    dense_of,
    forward,
    from_numpy,
    gradient,
    linear_activation_backward,
    linear_activation_forward,
    linear_backward,
    linear_forward,
    mean_squared_error,
    predict,
    relu,
    softmax,
)
from tests.typing.refusals import refused
from tests.typing.scene import (
    A1,
    W1,
    W2,
    X,
    X_test,
    Y,
    Y_test,
    b1,
    b2,
    dA,
    dA_test,
    dZ1,
    dZ2,
    example,
    matrix,
    other_params,
    other_trace,
    other_X,
    other_Y,
    params,
    pixel,
    raw,
    trace,
    trace_test,
    word,
)

full1 = dense_of(W1, b1, relu)
full2 = dense_of(W2, b2, relu)
_Z1, cache1 = linear_forward(full1, X)
_Z2, cache2 = linear_forward(full2, A1)
_A2, whole2 = linear_activation_forward(full2, A1)


@refused(
    mypy='"Matrix[Example, Pixel]"; expected "Matrix[Pixel, Pixel]"',
    fdnn=(
        "ShapeError: forward: X has shape (11, 12), expected (Pixel=12, m): Pixel is 12 in "
        "layer 1 of params; are its rows the examples? Then give X.T"
    ),
)
def rows_given_as_columns() -> None:
    params(X.T)  # E: arg-type


@refused(
    mypy='"Matrix[Example, Pixel]"; expected "Matrix[Pixel, Pixel]"',
    fdnn=(
        "ShapeError: forward: X has shape (11, 12), expected (Pixel=12, m): Pixel is 12 in "
        "layer 1 of params; are its rows the examples? Then give X.T"
    ),
)
def rows_given_as_columns_to_forward() -> None:
    params.forward(X.T)  # E: arg-type


@refused(
    mypy='"Matrix[Word, Example]"; expected "Matrix[Pixel, Example]"',
    fdnn=(
        "ShapeError: forward: X has shape (8, 11), expected (Pixel=12, m): Pixel is 12 in "
        "layer 1 of params"
    ),
)
def inputs_of_another_network() -> None:
    params(other_X)  # E: arg-type


@refused(
    mypy='"Matrix[Cat, Example]"; expected "Matrix[Pixel, Example]"',
    fdnn=(
        "ShapeError: forward: X has shape (3, 11), expected (Pixel=12, m): Pixel is 12 in "
        "layer 1 of params"
    ),
)
def labels_in_place_of_inputs() -> None:
    params.forward(Y)  # E: arg-type


@refused(
    mypy='"Matrix[Hidden, Example]"; expected "Matrix[Pixel, Example]"',
    fdnn=(
        "ShapeError: forward: X has shape (7, 11), expected (Pixel=12, m): Pixel is 12 in "
        "layer 1 of params"
    ),
)
def hidden_activations_in_place_of_inputs() -> None:
    params.forward(A1)  # E: arg-type


@refused(
    mypy='"ndarray[tuple[Any, ...], dtype[float64]]"; expected "Matrix[Pixel, Never]"',
    unseen="at run time a matrix is a NumPy array, and this one fits",
)
def a_raw_array() -> None:
    params(raw)  # E: arg-type


@refused(
    mypy='"ndarray[tuple[Any, ...], dtype[float64]]"; expected "Matrix[Pixel, Never]"',
    fdnn=(
        "ShapeError: forward: X has shape (11, 12), expected (Pixel=12, m): Pixel is 12 in "
        "layer 1 of params; are its rows the examples? Then give X.T"
    ),
)
def a_raw_array_of_rows() -> None:
    params.forward(raw.T)  # E: arg-type


@refused(
    mypy='"ndarray[tuple[Any, ...], dtype[Any]]"; expected "Matrix[Pixel, Never]"',
    unseen="at run time a matrix is a NumPy array, and this one fits",
)
def a_result_of_numpy() -> None:
    params(np.exp(raw))  # E: arg-type


@refused(
    mypy='"list[list[float]]"; expected "Matrix[Pixel, Never]"',
    fdnn="KindError: forward: X is a list, expected a matrix (Pixel=12, m)",
)
def a_list_of_lists() -> None:
    params([[0.0] * 11] * 12)  # E: arg-type


@refused(
    mypy='"Dim[Example]"; expected "Dim[Pixel]"',
    fdnn=(
        "ShapeError: forward: X has shape (11, 12), expected (Pixel=12, m): Pixel is 12 in "
        "layer 1 of params; are its rows the examples? Then give X.T"
    ),
)
def swapped_sizes_at_the_door() -> None:
    params(from_numpy(raw.T, example, pixel))  # E: arg-type


@refused(
    mypy='"Dim[Word]"; expected "Dim[Pixel]"',
    fdnn=(
        "ShapeError: forward: X has shape (8, 11), expected (Pixel=12, m): Pixel is 12 in "
        "layer 1 of params"
    ),
)
def a_size_of_another_axis() -> None:
    params(matrix(word, example))  # E: arg-type


@refused(
    mypy='"Matrix[Topic, Example]"; expected "Matrix[Cat, Example]"',
    fdnn=(
        "ShapeError: cost: Y has shape (4, 11), expected (Cat=3, 11): as the output of params"
        " has Cat=3 and m=11"
    ),
)
def labels_of_another_network() -> None:
    trace.cost(other_Y, categorical_cross_entropy)  # E: arg-type


@refused(
    mypy='"Matrix[Cat, Test]"; expected "Matrix[Cat, Example]"',
    fdnn=(
        "ShapeError: cost: Y has shape (3, 9), expected (Cat=3, 11): as the output of params "
        "has Cat=3 and m=11"
    ),
)
def labels_of_other_examples() -> None:
    trace.cost(Y_test, categorical_cross_entropy)  # E: arg-type


@refused(
    mypy='"Matrix[Example, Cat]"; expected "Matrix[Cat, Example]"',
    fdnn=(
        "ShapeError: gradient: Y has shape (11, 3), expected (Cat=3, 11): as the output of "
        "params has Cat=3 and m=11"
    ),
)
def labels_as_rows() -> None:
    trace.gradient(Y.T, categorical_cross_entropy)  # E: arg-type


@refused(
    mypy='"Matrix[Pixel, Example]"; expected "Matrix[Cat, Example]"',
    fdnn=(
        "ShapeError: gradient: Y has shape (12, 11), expected (Cat=3, 11): as the output of "
        "params has Cat=3 and m=11"
    ),
)
def inputs_in_place_of_labels() -> None:
    trace.gradient(X, categorical_cross_entropy)  # E: arg-type


@refused(
    mypy='"float"; expected "CostLike"', fdnn="KindError: cost: cost is a float, expected a Cost"
)
def a_number_in_place_of_a_cost() -> None:
    trace.cost(Y, 0.5)  # E: arg-type


@refused(
    mypy='"Softmax"; expected "CostLike"',
    fdnn="KindError: cost: cost is a Softmax, expected a Cost",
)
def an_activation_in_place_of_a_cost() -> None:
    trace.cost(Y, softmax)  # E: arg-type


@refused(
    mypy='"CategoricalCrossEntropy"; expected "Matrix[Cat, Example]"',
    fdnn="KindError: gradient: Y is a CategoricalCrossEntropy, expected a matrix (Cat=3, 11)",
)
def labels_and_cost_swapped() -> None:
    trace.gradient(categorical_cross_entropy, Y)  # E: arg-type, arg-type


@refused(
    mypy='"Matrix[Cat, Test]"; expected "Matrix[Cat, Example]"',
    fdnn=(
        "ShapeError: backward: dA has shape (3, 9), expected (Cat=3, 11): as the output of "
        "params has Cat=3 and m=11"
    ),
)
def backward_of_other_examples() -> None:
    trace.backward(dA_test)  # E: arg-type


@refused(
    mypy='"Matrix[Cat, Example]"; expected "Matrix[Topic, Example]"',
    fdnn=(
        "ShapeError: backward: dA has shape (3, 11), expected (Topic=4, 11): as the output of"
        " params has Topic=4 and m=11"
    ),
)
def backward_of_another_network() -> None:
    other_trace.backward(dA)  # E: arg-type


@refused(
    mypy='"Matrix[Cat, Example]"; expected "Matrix[Cat, Test]"',
    fdnn=(
        "ShapeError: backward: dA has shape (3, 11), expected (Cat=3, 9): as the output of "
        "params has Cat=3 and m=9"
    ),
)
def backward_of_another_trace() -> None:
    trace_test.backward(dA)  # E: arg-type


@refused(
    mypy='"Matrix[Deep, Example]"; expected "Matrix[Cat, Example]"',
    fdnn=(
        "ShapeError: backward: dA has shape (5, 11), expected (Cat=3, 11): as the output of "
        "params has Cat=3 and m=11"
    ),
)
def backward_from_a_hidden_layer() -> None:
    trace.backward(dZ2)  # E: arg-type


@refused(
    mypy='"Matrix[Example, Cat]"; expected "Matrix[Cat, Example]"',
    fdnn=(
        "ShapeError: backward: dA has shape (11, 3), expected (Cat=3, 11): as the output of "
        "params has Cat=3 and m=11"
    ),
)
def backward_as_rows() -> None:
    trace.pullback(dA.T)  # E: arg-type


@refused(
    mypy='"Params[Pixel, Hidden, Deep, Cat]" has no attribute "backward"',
    python="AttributeError: 'Params' object has no attribute 'backward'",
)
def backward_of_parameters() -> None:
    params.backward(dA)  # E: attr-defined


@refused(
    mypy='Cannot infer value of type parameter "In" of "forward"',
    fdnn=(
        "ShapeError: forward: X has shape (8, 11), expected (Pixel=12, m): Pixel is 12 in "
        "layer 1 of params"
    ),
)
def forward_of_another_network() -> None:
    forward(params, other_X)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "Out" of "cost"',
    fdnn=(
        "ShapeError: cost: Y has shape (4, 11), expected (Cat=3, 11): as the output of params"
        " has Cat=3 and m=11"
    ),
)
def cost_of_another_network() -> None:
    cost(trace, other_Y, categorical_cross_entropy)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "M" of "gradient"',
    fdnn=(
        "ShapeError: gradient: Y has shape (3, 9), expected (Cat=3, 11): as the output of "
        "params has Cat=3 and m=11"
    ),
)
def gradient_of_other_examples() -> None:
    gradient(trace, Y_test, categorical_cross_entropy)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "M" of "backward"',
    fdnn=(
        "ShapeError: backward: dA has shape (3, 9), expected (Cat=3, 11): as the output of "
        "params has Cat=3 and m=11"
    ),
)
def backward_by_function_of_other_examples() -> None:
    backward(trace, dA_test)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "In" of "predict"',
    fdnn=(
        "ShapeError: forward: X has shape (12, 11), expected (Word=8, m): Word is 8 in layer "
        "1 of params"
    ),
)
def predictions_for_another_network() -> None:
    predict(other_params, X)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "M" of "accuracy"',
    fdnn="ShapeError: accuracy: Y has shape (3, 9), expected (3, 11): as A has it",
)
def accuracy_on_other_examples() -> None:
    accuracy(params(X), Y_test)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "Out" of "accuracy"',
    fdnn="ShapeError: accuracy: Y has shape (4, 11), expected (3, 11): as A has it",
)
def accuracy_against_the_labels_of_another_network() -> None:
    accuracy(params(X), other_Y)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "Out" of "mean_squared_error"',
    fdnn="ShapeError: mean_squared_error: Y has shape (12, 11), expected (3, 11): as A has it",
)
def error_against_inputs() -> None:
    mean_squared_error(params(X), X)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "In" of "linear_forward"',
    fdnn=(
        "ShapeError: linear_forward: A has shape (12, 11), expected (7, m): the number of "
        "inputs is 7 in the layer"
    ),
)
def a_layer_on_another_axis() -> None:
    linear_forward(full2, X)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "Out" of "linear_backward"',
    fdnn=(
        "ShapeError: linear_backward: dZ has shape (7, 11), expected (5, 11): as the Z that "
        "the cache was left by"
    ),
)
def the_way_back_of_another_layer() -> None:
    linear_backward(cache2, dZ1)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "Out" of "linear_backward"',
    fdnn=(
        "ShapeError: linear_backward: dZ has shape (11, 7), expected (7, 11): as the Z that "
        "the cache was left by"
    ),
)
def the_way_back_as_rows() -> None:
    linear_backward(cache1, dZ1.T)  # E: misc, misc


@refused(
    mypy='Cannot infer value of type parameter "In" of "linear_activation_forward"',
    fdnn=(
        "ShapeError: linear_activation_forward: A_prev has shape (7, 11), expected (12, m): "
        "the number of inputs is 12 in the layer"
    ),
)
def a_whole_layer_on_another_axis() -> None:
    linear_activation_forward(full1, A1)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "Out" of "linear_activation_backward"',
    fdnn=(
        "ShapeError: linear_activation_backward: dA has shape (7, 11), expected (5, 11): as "
        "the cache's A has it"
    ),
)
def the_way_back_of_another_whole_layer() -> None:
    linear_activation_backward(whole2, dZ1)  # E: misc


@refused(
    mypy='"LinearCache[Hidden, Deep, Example]"; expected "LayerCache[Never, Deep, Example]"',
    fdnn="KindError: linear_activation_backward: cache is a LinearCache, expected a LayerCache",
)
def the_way_back_of_a_linear_part_alone() -> None:
    linear_activation_backward(cache2, dZ2)  # E: arg-type


@refused(
    mypy='"Matrix[Deep, Example]"; expected "Matrix[Hidden, Example]"',
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
)
def the_cache_of_another_layer_by_method() -> None:
    cache1.backward(dZ2)  # E: arg-type


@refused(
    mypy='"Matrix[Cat, Example]"; expected "Matrix[Cat, Test]"',
    fdnn=(
        "ShapeError: cost: Y has shape (3, 11), expected (Cat=3, 9): as the output of params "
        "has Cat=3 and m=9"
    ),
)
def test_examples_for_training_labels() -> None:
    params.forward(X_test).cost(Y, categorical_cross_entropy)  # E: arg-type


# ------------------------------------------------------------------------------ caches made by hand


@refused(
    mypy='Cannot infer value of type parameter "In" of "LinearCache"',
    fdnn="ShapeError: LinearCache: A has shape (7, 11), expected (12, m): as the layer has it",
)
def a_cache_of_the_activations_of_another_layer() -> None:
    LinearCache(A1, full1)  # E: misc


@refused(
    mypy='"Matrix[Deep, Example]"; expected "Matrix[Hidden, Example]"',
    fdnn="ShapeError: Dense: Wb has shape (5, 13), expected (7, 13): as its axes say",
)
def the_gradient_alone_from_what_another_layer_gives() -> None:
    cache1.gradient(dZ2)  # E: arg-type

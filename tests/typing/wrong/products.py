"""Equations of a layer, written by hand and wrong."""

import numpy as np

from fdnn import Dim, Matrix, One, dense_of, from_numpy
from fdnn.axes import In, M, Out
from fdnn.matrix import beside, maximum, sum_columns, sum_rows, where
from tests.typing.refusals import refused
from tests.typing.scene import (
    A1,
    W1,
    W2,
    Z1,
    Z2,
    X,
    X_test,
    b1,
    b2,
    dZ1,
    dZ2,
    example,
    hidden,
    pixel,
    raw,
)


def linear(W: Matrix[Out, In], A: Matrix[In, M], b: Matrix[Out, One]) -> Matrix[Out, M]:
    """`Z = W A + b`, a function of the user's own."""
    return W @ A + b


@refused(
    mypy='Unsupported operand types for @ ("Matrix[Deep, Example]" and "Matrix[Hidden, Example]")',
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
)
def forgotten_transpose() -> None:
    dZ2 @ A1  # E: operator


@refused(
    mypy='Unsupported operand types for @ ("Matrix[Deep, Hidden]" and "Matrix[Deep, Example]")',
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
)
def forgotten_transpose_of_the_weights() -> None:
    W2 @ dZ2  # E: operator


@refused(
    mypy='Unsupported operand types for @ ("Matrix[Hidden, Example]" and "Matrix[Deep, Hidden]")',
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
)
def swapped_factors() -> None:
    A1 @ W2  # E: operator


@refused(
    mypy='Unsupported operand types for @ ("Matrix[Example, Hidden]" and "Matrix[Deep, Example]")',
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
)
def swapped_factors_of_a_gradient() -> None:
    A1.T @ dZ2  # E: operator


@refused(
    mypy='Unsupported operand types for + ("Matrix[Hidden, Example]" and "Matrix[One, Hidden]")',
    numpy="ValueError: operands could not be broadcast together",
)
def bias_along_the_wrong_axis() -> None:
    W1 @ X + b1.T  # E: operator


@refused(
    mypy='Unsupported operand types for + ("Matrix[Hidden, Example]" and "Matrix[Deep, One]")',
    numpy="ValueError: operands could not be broadcast together",
)
def bias_of_another_layer() -> None:
    W1 @ X + b2  # E: operator


@refused(
    mypy='"Matrix[Hidden, Example]"; expected "Matrix[Hidden, One]"',
    numpy="ValueError: all the input array dimensions except for the concatenation axis",
)
def bias_summed_over_units() -> None:
    dW = dZ1 @ X.T
    beside(dW, sum_rows(dZ1))  # E: arg-type, misc


@refused(
    mypy='Unsupported operand types for @ ("Matrix[Hidden, Pixel]" and "Matrix[Pixel, Example]")',
    unseen="NumPy adds a column to a matrix in either order; mypy knows the one of the book",
)
def bias_before_the_product() -> None:
    b1 + W1 @ X  # E: operator


@refused(
    mypy='Unsupported operand types for + ("Matrix[Hidden, One]" and "Matrix[Hidden, Pixel]")',
    unseen="NumPy stretches a column over any matrix with as many rows",
)
def weights_plus_bias() -> None:
    b1 + W1  # E: operator


@refused(
    mypy='Unsupported operand types for @ ("Matrix[Deep, Hidden]" and "Matrix[Pixel, Example]")',
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
)
def weights_of_another_layer() -> None:
    W2 @ X  # E: operator


@refused(
    mypy='Unsupported operand types for * ("Matrix[Hidden, Example]" and "Mask[Deep, Example]")',
    numpy="ValueError: operands could not be broadcast together",
)
def one_hidden_axis_for_another() -> None:
    dZ1 * (Z2 > 0.0)  # E: operator


@refused(
    mypy='"Mask[Hidden, Example]" has no attribute "T"',
    numpy="ValueError: operands could not be broadcast together",
)
def a_transposed_mask() -> None:
    dZ1 * (Z1 > 0.0).T  # E: attr-defined


@refused(
    mypy='Unsupported left operand type for + ("Mask[Hidden, Example]")',
    unseen="NumPy takes the sum of two masks for a logical or",
)
def a_sum_of_masks() -> None:
    (Z1 > 0.0) + (Z1 > 1.0)  # E: operator


@refused(
    mypy='Unsupported operand types for @ ("Matrix[Hidden, Example]" and "Matrix[Test, Pixel]")',
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
)
def examples_of_another_batch() -> None:
    dZ1 @ X_test.T  # E: operator


@refused(
    mypy=(
        'Unsupported operand types for @ ("Matrix[Hidden, Pixel]" and "ndarray[tuple[Any, '
        '...], dtype[float64]]")'
    ),
    unseen="at run time a matrix is a NumPy array, and this one fits",
)
def a_raw_array_as_a_factor() -> None:
    W1 @ raw  # E: operator


@refused(
    mypy=(
        'No overload variant of "__matmul__" of "ndarray" matches argument type '
        '"Matrix[Example, Pixel]"'
    ),
    unseen="at run time a matrix is a NumPy array, and this one fits",
)
def a_raw_array_before_a_matrix() -> None:
    raw @ X.T  # E: operator


@refused(
    mypy=(
        'No overload variant of "dot" matches argument types "Matrix[Hidden, Pixel]", '
        '"Matrix[Pixel, Example]"'
    ),
    unseen="the numbers are right; the names of the axes are lost",
)
def dot_of_numpy() -> None:
    np.dot(W1, X)  # E: call-overload


@refused(
    mypy='"ndarray[tuple[Any, ...], dtype[Any]]"; expected "Matrix[Pixel, Never]"',
    unseen="at run time a matrix is a NumPy array, and this one fits",
)
def exp_of_numpy() -> None:
    linear(W1, np.exp(raw), b1)  # E: arg-type


@refused(
    mypy='"Matrix[Pixel, Example]" has no attribute "sum"',
    unseen="at run time a matrix is a NumPy array, with all its methods",
)
def a_method_of_numpy() -> None:
    X.sum(axis=0)  # E: attr-defined


@refused(
    mypy='Invalid index type "int" for "Matrix[Pixel, Example]"; expected type "tuple[int, int]"',
    unseen="at run time a matrix is a NumPy array, with all its indices",
)
def a_row_of_a_matrix() -> None:
    X[0]  # E: index


@refused(
    mypy='Too many arguments for "Matrix"',
    fdnn="KindError: Matrix: Matrix was called, expected from_numpy(values, rows, columns)",
)
def a_matrix_by_its_class() -> None:
    Matrix(raw)  # E: call-arg


@refused(
    mypy='Cannot infer value of type parameter "R" of "maximum"',
    numpy="ValueError: operands could not be broadcast together",
)
def maximum_with_another_layer() -> None:
    maximum(Z1, Z2)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "R" of "where"',
    numpy="ValueError: operands could not be broadcast together",
)
def where_with_another_layer() -> None:
    where(Z1 > 0.0, Z2, 0.0)  # E: misc


@refused(
    mypy='"Matrix[One, Hidden]"; expected "Matrix[Any, One]"',
    fdnn=(
        "ShapeError: dense_of: b has shape (1, 7), expected (7, One=1): b has one number for "
        "each row of W"
    ),
)
def weights_with_a_row_as_bias() -> None:
    dense_of(W1, b1.T)  # E: arg-type, misc


@refused(
    mypy='Cannot infer value of type parameter "Out" of "dense_of"',
    fdnn=(
        "ShapeError: dense_of: b has shape (5, 1), expected (7, One=1): b has one number for "
        "each row of W"
    ),
)
def weights_with_another_bias() -> None:
    dense_of(W1, b2)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "Out" of "dense_of"',
    fdnn=(
        "ShapeError: dense_of: b has shape (7, 1), expected (12, One=1): b has one number for"
        " each row of W"
    ),
)
def weights_that_are_transposed() -> None:
    dense_of(W1.T, b1)  # E: misc


@refused(
    mypy='"Dim[Example]"; expected "Dim[Pixel]"',
    fdnn="ShapeError: from_numpy: values has shape (12, 11), expected (Example=11, Pixel=12)",
)
def from_numpy_with_swapped_sizes() -> None:
    W1 @ from_numpy(raw, example, pixel)  # E: arg-type


@refused(
    mypy='"Dim[Hidden]"; expected "Dim[Pixel]"',
    fdnn="ShapeError: from_numpy: values has shape (12, 11), expected (Hidden=7, Example=11)",
)
def from_numpy_with_another_size() -> None:
    W1 @ from_numpy(raw, hidden, example)  # E: arg-type


@refused(
    mypy='"int"; expected "Dim[Never]"',
    unseen="a plain number is a size too: only the name is missing",
)
def from_numpy_with_bare_numbers() -> None:
    from_numpy(raw, 12, 11)  # E: arg-type, arg-type


@refused(
    mypy='Need type annotation for "size"',
    fdnn="ArgumentError: Dim: Dim(12) has no axis, expected Dim[Pixel](12): or Dim[Any]",
    pyright="it leaves the axis unknown, which only its strict mode reports, where it is used",
)
def a_size_that_is_bare() -> None:
    size = Dim(12)  # E: var-annotated
    from_numpy(raw, size, example)


@refused(
    mypy='Cannot infer value of type parameter "Out" of "linear"',
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
    guards=(
        'TypeCheckError: argument "A" (numpy.ndarray) has shape (12, 11), expected (In=7, M):'
        " In is 7 in W"
    ),
)
def own_function_with_a_transpose() -> None:
    linear(W1.T, X, b1)  # E: misc, misc


@refused(
    mypy='Cannot infer value of type parameter "Out" of "linear"',
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
    guards=(
        'TypeCheckError: argument "A" (numpy.ndarray) has shape (7, 12), expected (In=11, M):'
        " In is 11 in W"
    ),
)
def own_function_with_swapped_arguments() -> None:
    linear(X, W1, b1)  # E: misc, misc


@refused(
    mypy='Cannot infer value of type parameter "Out" of "linear"',
    numpy="ValueError: operands could not be broadcast together",
    guards=(
        'TypeCheckError: argument "b" (numpy.ndarray) has shape (5, 1), expected (Out=7, '
        "One=1): Out is 7 in W"
    ),
)
def own_function_with_another_bias() -> None:
    linear(W1, X, b2)  # E: misc


@refused(
    mypy='Unsupported operand types for @ ("Matrix[Out, M]" and "Matrix[In, M]")',
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
)
def own_function_that_forgets_a_transpose() -> None:
    def weight_gradient(dZ: Matrix[Out, M], A: Matrix[In, M]) -> Matrix[Out, In]:
        return dZ @ A  # E: operator

    weight_gradient(dZ1, X)


@refused(
    mypy='Incompatible return value type (got "Matrix[In, In]", expected "Matrix[Out, In]")',
    unseen="both orders multiply, and the function is not called through any door",
    guards=(
        "TypeCheckError: the return value (numpy.ndarray) has shape (12, 7), expected (Out=7,"
        " In=12): Out is 7 in dZ"
    ),
)
def own_function_that_swaps_its_factors() -> None:
    def weight_gradient(dZ: Matrix[Out, M], A: Matrix[In, M]) -> Matrix[Out, In]:
        return A @ dZ.T  # E: operator, return-value

    weight_gradient(dZ1, X)


@refused(
    mypy='Incompatible return value type (got "Matrix[One, One]", expected "Matrix[Out, One]")',
    unseen="both sums exist, and the function is not called through any door",
    guards=(
        "TypeCheckError: the return value (numpy.ndarray) has shape (1, 11), expected (Out=7,"
        " One=1): Out is 7 in dZ"
    ),
)
def own_function_that_sums_over_units() -> None:
    def bias_gradient(dZ: Matrix[Out, M]) -> Matrix[Out, One]:
        return sum_rows(dZ)  # E: arg-type, return-value

    bias_gradient(dZ1)


@refused(
    mypy='Incompatible return value type (got "Matrix[Out, M]", expected "Matrix[In, M]")',
    unseen="the layer is square, so both orders multiply to the same shape",
)
def own_function_that_forgets_a_transpose_of_a_square_layer() -> None:
    def output_gradient(W: Matrix[Out, In], dZ: Matrix[Out, M]) -> Matrix[In, M]:
        return W @ dZ  # E: operator, return-value

    square = sum_columns(dZ1) @ sum_columns(dZ1).T
    output_gradient(square, dZ1)

"""Kinds of layer, activations, costs and optimizers of the user's own, written wrong."""

from typing import Any

import attrs

from fdnn import (
    Activation,
    Adam,
    Batch,
    Cache,
    Context,
    Cost,
    Dim,
    Grads,
    Initializer,
    Key,
    Layer,
    Learner,
    Matrix,
    One,
    Optimizer,
    OptimizerState,
    Params,
    SquaredError,
    dense,
    dense_of,
    initialize,
    params_of,
    run,
    squared_error,
    tanh,
)
from fdnn.axes import Axes, C, F, In, M, Out, R
from fdnn.matrix import sum_columns, sum_rows, unchecked
from tests.typing.refusals import refused
from tests.typing.scene import (
    W1,
    W2,
    W3,
    Affine,
    AffineCache,
    Hidden,
    Pixel,
    X,
    Y,
    affine,
    b1,
    b2,
    b3,
    cat,
    dZ1,
    hidden,
    pixel,
)


def trained(
    first: Layer[Pixel, Hidden],
    cost: Cost = squared_error,
    optimizer: Optimizer = Adam(),  # noqa: B008  # frozen
) -> None:
    """Two steps of training of a network that begins with the layer and ends with tanh."""
    params = params_of(first) >> dense_of(W3, b3, tanh)
    learner = Learner(cost, optimizer)
    run(learner.step(params)(Batch(X, Y)), learner.start(params), 2)


@refused(
    mypy='Unsupported operand types for @ ("Matrix[In, Out]" and "Matrix[In, M]")',
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
)
def a_layer_that_forgets_the_transpose() -> None:
    @attrs.frozen
    class Wrong(Affine[In, Out]):
        def forward(
            self, A: Matrix[In, M], _context: Context, /
        ) -> tuple[Matrix[Out, M], AffineCache[In, Out, M]]:
            return self.W.T @ A + self.b, AffineCache(A, self)  # E: operator, operator

    trained(Wrong(pixel, hidden, W1, b1))


@refused(
    mypy='Unsupported operand types for @ ("Matrix[In, M]" and "Matrix[Out, In]")',
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
)
def a_layer_that_swaps_its_factors() -> None:
    @attrs.frozen
    class Wrong(Affine[In, Out]):
        def forward(
            self, A: Matrix[In, M], _context: Context, /
        ) -> tuple[Matrix[Out, M], AffineCache[In, Out, M]]:
            return A @ self.W + self.b, AffineCache(A, self)  # E: operator, operator

    trained(Wrong(pixel, hidden, W1, b1))


@refused(
    mypy=(
        'Incompatible return value type (got "tuple[Matrix[M, Out], AffineCache[In, Out, '
        'M]]", expected "tuple[Matrix[Out, M], AffineCache[In, Out, M]]")'
    ),
    fdnn=(
        "ShapeError: forward: from A_prev of shape (12, 11) came Z of (11, 7) and A of (11, 7), "
        "expected both of (Hidden=7, 11): Wrong(Pixel=12 -> Hidden=7, identity)"
    ),
    guards=(
        "TypeCheckError: item 0 of the return value (tuple) has shape (11, 7), expected (Out,"
        " M=11): M is 11 in A"
    ),
)
def a_layer_that_transposes_its_output() -> None:
    @attrs.frozen
    class Wrong(Affine[In, Out]):
        def forward(
            self, A: Matrix[In, M], _context: Context, /
        ) -> tuple[Matrix[Out, M], AffineCache[In, Out, M]]:
            return (self.W @ A).T, AffineCache(A, self)  # E: return-value

    trained(Wrong(pixel, hidden, W1, b1))


@refused(
    mypy='"Matrix[Out, M]"; expected "Matrix[In, M]"',
    fdnn="ShapeError: Affine: W has shape (7, 7), expected (Hidden=7, Pixel=12): as its axes say",
)
def a_layer_that_caches_its_output() -> None:
    @attrs.frozen
    class Wrong(Affine[In, Out]):
        def forward(
            self, A: Matrix[In, M], _context: Context, /
        ) -> tuple[Matrix[Out, M], AffineCache[In, Out, M]]:
            Z = self.W @ A + self.b
            return Z, AffineCache(Z, self)  # E: arg-type

    trained(Wrong(pixel, hidden, W1, b1))


@refused(
    mypy=(
        'Incompatible return value type (got "tuple[Dim[Out], Dim[In]]", expected '
        '"tuple[Dim[In], Dim[Out]]")'
    ),
    fdnn="ShapeError: Wrong: W has shape (7, 12), expected (Pixel=12, Hidden=7): as its axes say",
)
def a_layer_with_its_axes_swapped() -> None:
    @attrs.frozen
    class Wrong(Affine[In, Out]):
        @property
        def axes(self) -> tuple[Dim[In], Dim[Out]]:
            return self.outputs, self.inputs  # E: return-value

    Wrong(pixel, hidden, W1, b1)


@refused(
    mypy='Cannot infer value of type parameter "In" of "Affine"',
    fdnn="ShapeError: Affine: W has shape (5, 7), expected (Hidden=7, Pixel=12): as its axes say",
)
def a_layer_with_the_weights_of_another() -> None:
    Affine(pixel, hidden, W2, b1)  # E: misc, misc


@refused(
    mypy='Cannot infer value of type parameter "Out" of "Affine"',
    fdnn="ShapeError: Affine: b has shape (5, 1), expected (Hidden=7, One=1): as its axes say",
)
def a_layer_with_the_bias_of_another() -> None:
    Affine(pixel, hidden, W1, b2)  # E: misc


@refused(
    mypy='"Matrix[One, Hidden]"; expected "Matrix[Any, One]"',
    fdnn="ShapeError: Affine: b has shape (1, 7), expected (Hidden=7, One=1): as its axes say",
)
def a_layer_with_a_row_as_bias() -> None:
    Affine(pixel, hidden, W1, b1.T)  # E: arg-type, misc


@refused(
    mypy='Cannot infer value of type parameter "In" of "Affine"',
    fdnn="ShapeError: Affine: W has shape (12, 7), expected (Hidden=7, Pixel=12): as its axes say",
)
def a_layer_with_transposed_weights() -> None:
    Affine(pixel, hidden, W1.T, b1)  # E: misc, misc


@refused(
    mypy='"Dense[Pixel, Hidden]"; expected "Affine[Pixel, Never]"',
    unseen="a record checks its matrices; what else a kind keeps is the kind's own",
)
def a_layer_of_another_kind_in_a_cache() -> None:
    AffineCache(X, dense(pixel, hidden))  # E: arg-type


@refused(
    mypy='Unsupported operand types for @ ("Matrix[Out, M]" and "Matrix[In, M]")',
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
)
def a_cache_that_forgets_a_transpose() -> None:
    @attrs.frozen(eq=False)
    class Wrong(AffineCache[In, Out, M]):
        def backward(self, dZ: Matrix[Out, M], /) -> tuple[Affine[In, Out], Matrix[In, M]]:
            dW = dZ @ self.A  # E: operator
            return self.layer.replace([dW, sum_columns(dZ)]), self.layer.W.T @ dZ

    Wrong(X, affine).backward(dZ1)


@refused(
    mypy=(
        'Incompatible return value type (got "tuple[Affine[In, Out], Matrix[Out, M]]", '
        'expected "tuple[Affine[In, Out], Matrix[In, M]]")'
    ),
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
)
def a_cache_that_forgets_the_transpose_of_the_weights() -> None:
    @attrs.frozen(eq=False)
    class Wrong(AffineCache[In, Out, M]):
        def backward(self, dZ: Matrix[Out, M], /) -> tuple[Affine[In, Out], Matrix[In, M]]:
            return self.layer, self.layer.W @ dZ  # E: operator, return-value

    Wrong(X, affine).backward(dZ1)


@refused(
    mypy='Cannot infer value of type parameter "In" of "Affine"',
    fdnn="ShapeError: Affine: W has shape (12, 7), expected (Hidden=7, Pixel=12): as its axes say",
)
def a_cache_that_swaps_its_factors() -> None:
    @attrs.frozen(eq=False)
    class Wrong(AffineCache[In, Out, M]):
        def backward(self, dZ: Matrix[Out, M], /) -> tuple[Affine[In, Out], Matrix[In, M]]:
            dW = self.A @ dZ.T
            layer = self.layer
            gradient = Affine(layer.inputs, layer.outputs, dW, sum_columns(dZ))  # E: misc, misc
            return gradient, layer.W.T @ dZ

    Wrong(X, affine).backward(dZ1)


@refused(
    mypy='"Matrix[Out, M]"; expected "Matrix[Out, One]"',
    fdnn="ShapeError: Affine: b has shape (1, 11), expected (Hidden=7, One=1): as its axes say",
)
def a_cache_that_sums_over_units() -> None:
    @attrs.frozen(eq=False)
    class Wrong(AffineCache[In, Out, M]):
        def backward(self, dZ: Matrix[Out, M], /) -> tuple[Affine[In, Out], Matrix[In, M]]:
            dW = dZ @ self.A.T
            layer = self.layer
            gradient = Affine(layer.inputs, layer.outputs, dW, sum_rows(dZ))  # E: arg-type, misc
            return gradient, layer.W.T @ dZ

    Wrong(X, affine).backward(dZ1)


@refused(
    mypy=(
        'Incompatible return value type (got "tuple[Affine[In, Out], Matrix[Out, M]]", '
        'expected "tuple[Affine[In, Out], Matrix[In, M]]")'
    ),
    unseen="nobody looks between the lines of a method that its own author calls",
    guards=(
        "TypeCheckError: item 1 of the return value (tuple) has shape (7, 11), expected "
        "(In=12, M=11): In is 12 in the return value"
    ),
)
def a_cache_that_returns_the_gradient_of_its_output() -> None:
    @attrs.frozen(eq=False)
    class Wrong(AffineCache[In, Out, M]):
        def backward(self, dZ: Matrix[Out, M], /) -> tuple[Affine[In, Out], Matrix[In, M]]:
            return self.layer, dZ  # E: return-value

    Wrong(X, affine).backward(dZ1)


@refused(
    mypy=(
        'Incompatible return value type (got "tuple[Matrix[In, M], Affine[In, Out]]", '
        'expected "tuple[Affine[In, Out], Matrix[In, M]]")'
    ),
    unseen="nobody looks between the lines of a method that its own author calls",
    guards=(
        "TypeCheckError: item 0 of the return value (tuple) is a ndarray, expected (In, "
        "Out=7): it must be of kind Affine"
    ),
)
def a_cache_that_returns_its_parts_swapped() -> None:
    @attrs.frozen(eq=False)
    class Wrong(AffineCache[In, Out, M]):
        def backward(self, dZ: Matrix[Out, M], /) -> tuple[Affine[In, Out], Matrix[In, M]]:
            return self.layer.W.T @ dZ, self.layer  # E: return-value

    Wrong(X, affine).backward(dZ1)


@refused(
    mypy='Cannot instantiate abstract class "Wrong" with abstract attribute "backward"',
    python="TypeError: Can't instantiate abstract class Wrong",
)
def a_cache_without_a_way_back() -> None:
    @attrs.frozen(eq=False)
    class Wrong(Cache[In, Out, M]):
        A: Matrix[In, M]

    Wrong(X)  # E: abstract


@refused(
    mypy='Cannot instantiate abstract class "Wrong" with abstract attribute "forward"',
    python="TypeError: Can't instantiate abstract class Wrong",
)
def a_layer_without_a_way_forward() -> None:
    @attrs.frozen
    class Wrong(Layer[F, F]):
        features: Dim[F]

        @property
        def axes(self) -> tuple[Dim[F], Dim[F]]:
            return self.features, self.features

    Wrong(hidden)  # E: abstract


@refused(
    mypy=(
        'Argument 1 of "backward" is incompatible with supertype '
        '"tests.typing.scene.AffineCache"; supertype defines the argument type as '
        '"Matrix[Out, M]"'
    ),
    unseen="a method with another signature, called by its own author with what it asks for",
)
def a_way_back_with_other_axes() -> None:
    @attrs.frozen(eq=False)
    class Wrong(AffineCache[In, Out, M]):
        def backward(self, dA: Matrix[In, M], /) -> Any:  # E: override, override
            return self.layer, dA

    Wrong(X, affine).backward(X)


@refused(
    mypy='Unsupported operand types for >> ("Dense[Pixel, Hidden]" and "Wrong")',
    fdnn="KindError: Architecture: a layer is a Wrong, expected a Layer",
)
def a_layer_that_is_no_layer() -> None:
    class Wrong:
        def forward(self, A: Matrix[In, M], _context: Context, /) -> Matrix[In, M]:
            return A

    dense(pixel, hidden) >> Wrong()  # E: operator


@refused(
    mypy='Incompatible return value type (got "Matrix[C, R]", expected "Matrix[R, C]")',
    fdnn=(
        "ShapeError: forward: from A_prev of shape (12, 11) came Z of (7, 11) and A of (11, 7), "
        "expected both of (7, 11): Dense(12 -> 7, wrong)"
    ),
    guards=(
        "TypeCheckError: the return value (numpy.ndarray) has shape (11, 7), expected (R=7, "
        "C=11): R is 7 in Z"
    ),
)
def an_activation_that_transposes() -> None:
    @attrs.frozen
    class Wrong(Activation):
        name = "wrong"

        def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
            return Z.T  # E: return-value

        def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
            return dA

    trained(dense_of(W1, b1, Wrong()))


@refused(
    mypy='Incompatible return value type (got "Matrix[One, C]", expected "Matrix[R, C]")',
    fdnn=(
        "ShapeError: forward: from A_prev of shape (12, 11) came Z of (7, 11) and A of (1, 11), "
        "expected both of (7, 11): Dense(12 -> 7, wrong)"
    ),
    guards=(
        "TypeCheckError: the return value (numpy.ndarray) has shape (1, 11), expected (R=7, "
        "C=11): R is 7 in Z"
    ),
)
def an_activation_that_sums() -> None:
    @attrs.frozen
    class Wrong(Activation):
        name = "wrong"

        def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
            return sum_rows(Z)  # E: return-value

        def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
            return dA

    trained(dense_of(W1, b1, Wrong()))


@refused(
    mypy='Unsupported operand types for @ ("Matrix[R, C]" and "Matrix[R, C]")',
    numpy="ValueError: matmul: Input operand 1 has a mismatch",
)
def a_pullback_that_multiplies_matrices() -> None:
    @attrs.frozen
    class Wrong(Activation):
        name = "wrong"

        def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
            return Z * Z

        def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
            return dA @ Z  # E: operator

    trained(dense_of(W1, b1, Wrong()))


@refused(
    mypy='Returning Any from function declared to return "Matrix[R, C]"',
    numpy="ValueError: operands could not be broadcast together",
)
def a_pullback_that_transposes() -> None:
    @attrs.frozen
    class Wrong(Activation):
        name = "wrong"

        def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
            return Z * Z

        def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
            return dA * Z.T  # E: no-any-return, operator

    trained(dense_of(W1, b1, Wrong()))


@refused(
    mypy='Cannot instantiate abstract class "Wrong" with abstract attribute "pullback"',
    python="TypeError: Can't instantiate abstract class Wrong",
)
def an_activation_without_a_pullback() -> None:
    @attrs.frozen
    class Wrong(Activation):
        name = "wrong"

        def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
            return Z

    dense(pixel, hidden, Wrong())  # E: abstract


@refused(
    mypy='"Callable[[Matrix[R, C]], Matrix[R, C]]"; expected "Activation"',
    fdnn="KindError: Dense: activation is a function, expected an Activation: such as relu",
)
def an_activation_that_is_a_function() -> None:
    def square(Z: Matrix[R, C]) -> Matrix[R, C]:
        return Z * Z

    dense(pixel, hidden, square)  # E: arg-type


@refused(
    mypy='Signature of "__call__" incompatible with supertype "fdnn.activations.Activation"',
    unseen="it computes what a right one does: only its signature promises less",
    guards=(
        'TypeCheckError: argument "Z" (numpy.ndarray) has shape (7, 11), expected (R, R): R '
        "is 7 in Z"
    ),
    pyright="it lets one type variable stand for both axes of the method that is overridden",
)
def an_activation_for_one_axis_only() -> None:
    class Wrong(Activation):
        name = "wrong"

        def __call__(self, Z: Matrix[R, R], /) -> Matrix[R, R]:  # E: override
            return Z

        def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
            return dA

    trained(dense_of(W1, b1, Wrong()))


@refused(
    mypy='Incompatible return value type (got "Matrix[One, One]", expected "Matrix[One, M]")',
    fdnn=(
        "ShapeError: cost: L has shape (3, 1), expected (One=1, 11): there is one loss of"
        " each example"
    ),
    guards=(
        "TypeCheckError: the return value (numpy.ndarray) has shape (3, 1), expected (One=1, "
        "M=11): One is 1 in every call"
    ),
)
def a_cost_that_sums_over_examples() -> None:
    @attrs.frozen
    class WrongError(SquaredError):
        def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
            return sum_columns((A - Y) * (A - Y))  # E: arg-type, return-value

    trained(dense_of(W1, b1), cost=WrongError())


@refused(
    mypy='Incompatible return value type (got "Matrix[C, C]", expected "Matrix[R, C]")',
    fdnn="ShapeError: backward: dA has shape (11, 11), expected (3, 11): as Z has it",
    guards=(
        "TypeCheckError: the return value (numpy.ndarray) has shape (11, 11), expected (R=3, "
        "C=11): R is 3 in A"
    ),
)
def a_cost_whose_derivative_is_a_product() -> None:
    @attrs.frozen
    class WrongError(SquaredError):
        def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
            return A.T @ Y  # E: return-value

    trained(dense_of(W1, b1, tanh), cost=WrongError())


@refused(
    mypy='"Callable[[Matrix[R, C], Matrix[R, C]], Matrix[R, C]]"; expected "CostLike"',
    fdnn="KindError: cost: cost is a function, expected a Cost",
)
def a_cost_that_is_a_function() -> None:
    def mine(A: Matrix[R, C], Y: Matrix[R, C]) -> Matrix[R, C]:
        return A - Y

    initialize(dense(pixel, cat), rng=0).forward(X).cost(Y, mine)  # E: arg-type


@attrs.frozen
class Plain(Optimizer):
    """Gradient descent with a rate of one, to be written wrong."""

    name = "plain"

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return OptimizerState(params.architecture)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        return -grads, state.next()


@refused(
    mypy=(
        'Incompatible return value type (got "tuple[Params[*Axes], OptimizerState[*Axes]]", '
        'expected "tuple[Grads[*Axes], OptimizerState[*Axes]]")'
    ),
    fdnn="KindError: +: what stands after + is Params, expected Grads",
    guards=(
        "TypeCheckError: item 0 of the return value (tuple) is a Params, expected (*Axes=(12,"
        " 7, 3)): it must be of kind Grads"
    ),
)
def an_optimizer_that_returns_parameters() -> None:
    class Wrong(Plain):
        def update(
            self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
        ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
            return params - grads, state.next()  # E: return-value

    trained(dense_of(W1, b1), optimizer=Wrong())


@refused(
    mypy=(
        'Incompatible return value type (got "tuple[ndarray[tuple[Any, ...], dtype[Any]], '
        'OptimizerState[*Axes]]", expected "tuple[Grads[*Axes], OptimizerState[*Axes]]")'
    ),
    fdnn="KindError: +: what stands after + is a ndarray, expected Grads",
    guards=(
        "TypeCheckError: item 0 of the return value (tuple) is a ndarray, expected "
        "(*Axes=(12, 7, 3)): it must be of kind Grads"
    ),
)
def an_optimizer_that_returns_a_raw_vector() -> None:
    class Wrong(Plain):
        def update(
            self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
        ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
            return -grads.vector, state.next()  # E: return-value

    trained(dense_of(W1, b1), optimizer=Wrong())


@refused(
    mypy='"Params[*Axes]"; expected "Grads[*Axes]"',
    fdnn="KindError: OptimizerState: a moment is Params, expected Grads",
)
def an_optimizer_that_keeps_parameters_as_a_moment() -> None:
    class Wrong(Plain):
        def update(
            self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
        ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
            return -grads, state.next(params)  # E: arg-type

    trained(dense_of(W1, b1), optimizer=Wrong())


@refused(
    mypy=(
        'Incompatible return value type (got "Grads[*Axes]", expected "tuple[Grads[*Axes], '
        'OptimizerState[*Axes]]")'
    ),
    python="TypeError: cannot unpack non-iterable Grads object",
    guards="TypeCheckError: the return value (fdnn.records.Grads) is not a tuple",
)
def an_optimizer_that_forgets_its_state() -> None:
    class Wrong(Plain):
        def update(
            self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
        ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
            return -grads  # E: return-value

    trained(dense_of(W1, b1), optimizer=Wrong())


@refused(
    mypy='"Dim[In]"; expected "Dim[Out]"',
    fdnn="ShapeError: initialize: W from wrong has shape (12, 7), expected (Hidden=7, Pixel=12)",
    guards=(
        "TypeCheckError: the return value (numpy.ndarray) has shape (12, 7), expected (Out=7,"
        " In=12): Out is 7 in outputs"
    ),
)
def an_initializer_with_its_sizes_swapped() -> None:
    @attrs.frozen
    class Wrong(Initializer):
        name = "wrong"

        def __call__(self, key: Key, outputs: Dim[Out], inputs: Dim[In], /) -> Matrix[Out, In]:
            drawn = key.generator().standard_normal((inputs, outputs))
            return unchecked(drawn, inputs, outputs)  # E: arg-type, arg-type

    initialize(dense(pixel, hidden, initializer=Wrong()), rng=0)

"""Networks that are run forward and backward, by methods and by the book's functions."""

from typing import assert_type

import numpy as np
from numpy.typing import NDArray

from fdnn import (
    INFERENCE,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Context,
    Cost,
    Dense,
    Grads,
    Key,
    LayerCache,
    LinearCache,
    Matrix,
    Params,
    SquaredError,
    Trace,
    accuracy,
    backward,
    binary_cross_entropy,
    categorical_cross_entropy,
    cost,
    cost_named,
    dense_of,
    forward,
    gradient,
    linear_activation_backward,
    linear_activation_forward,
    linear_backward,
    linear_forward,
    mean_squared_error,
    predict,
    relu,
    squared_error,
    update,
)
from fdnn.propagation import LayerLike
from tests.typing.scene import (
    W1,
    Cat,
    Deep,
    Example,
    Hidden,
    Pixel,
    Test,
    X,
    X_test,
    Y,
    Y_test,
    b1,
    dA,
    dZ1,
    params,
)

# Forward.
trace = params.forward(X)
assert_type(trace, Trace[Example, Pixel, Hidden, Deep, Cat])
assert_type(params(X), Matrix[Cat, Example])
assert_type(params(X_test), Matrix[Cat, Test])
assert_type(trace.output, Matrix[Cat, Example])
assert_type(trace.logits, Matrix[Cat, Example])
assert_type(trace.params, Params[Pixel, Hidden, Deep, Cat])
assert_type(params.forward(X, INFERENCE), Trace[Example, Pixel, Hidden, Deep, Cat])
in_training = params.forward(X, Context(training=True, key=Key(0)))
assert_type(in_training, Trace[Example, Pixel, Hidden, Deep, Cat])

# Costs.
assert_type(trace.cost(Y, categorical_cross_entropy), float)
assert_type(params.forward(X_test).cost(Y_test, CategoricalCrossEntropy()), float)
costs: list[Cost] = [binary_cross_entropy, categorical_cross_entropy, squared_error]
costs += [
    BinaryCrossEntropy(),
    CategoricalCrossEntropy(),
    SquaredError(),
    cost_named("squared_error"),
]
for loss in costs:
    assert_type(trace.cost(Y, loss), float)
    assert_type(loss.derivative(trace.output, Y), Matrix[Cat, Example])

# Backward.
grads = trace.gradient(Y, categorical_cross_entropy)
assert_type(grads, Grads[Pixel, Hidden, Deep, Cat])
assert_type(trace.backward(dA), Grads[Pixel, Hidden, Deep, Cat])
assert_type(trace.pullback(dA), tuple[Grads[Pixel, Hidden, Deep, Cat], Matrix[Pixel, Example]])

# Parameters and gradients are vectors.
assert_type(params - 0.1 * grads, Params[Pixel, Hidden, Deep, Cat])
assert_type(params + -grads, Params[Pixel, Hidden, Deep, Cat])
assert_type(grads + grads * 2.0 - grads / 3.0, Grads[Pixel, Hidden, Deep, Cat])
assert_type(params.astype(np.float32), Params[Pixel, Hidden, Deep, Cat])
assert_type(grads.with_vector(grads.vector), Grads[Pixel, Hidden, Deep, Cat])

# The same by functions, under the names of the book.
assert_type(forward(params, X), Trace[Example, Pixel, Hidden, Deep, Cat])
assert_type(cost(trace, Y, categorical_cross_entropy), float)
assert_type(gradient(trace, Y, categorical_cross_entropy), Grads[Pixel, Hidden, Deep, Cat])
assert_type(backward(trace, dA), Grads[Pixel, Hidden, Deep, Cat])
assert_type(update(params, grads, 0.1), Params[Pixel, Hidden, Deep, Cat])
assert_type(predict(params, X), NDArray[np.intp])
assert_type(accuracy(params(X), Y), float)
assert_type(mean_squared_error(params(X), Y), float)

# One layer.
layer = dense_of(W1, b1, relu)
Z, linear = linear_forward(layer, X)
assert_type(Z, Matrix[Hidden, Example])
assert_type(linear, LinearCache[Pixel, Hidden, Example])
gradient_of_layer, back = linear_backward(linear, dZ1)
assert_type(gradient_of_layer, Dense[Pixel, Hidden])
assert_type(gradient_of_layer.W, Matrix[Hidden, Pixel])
assert_type(back, Matrix[Pixel, Example])
assert_type(linear.gradient(dZ1), Dense[Pixel, Hidden])

A, whole = linear_activation_forward(layer, X)
assert_type(A, Matrix[Hidden, Example])
assert_type(whole, LayerCache[Pixel, Hidden, Example])
gradient_of_whole, back_through_whole = linear_activation_backward(whole, dZ1)
assert_type(gradient_of_whole, LayerLike[Pixel, Hidden])
assert_type(back_through_whole, Matrix[Pixel, Example])

"""Networks that are composed layer by layer, and what the checkers know of them."""

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

from fdnn import (
    ELU,
    GELU,
    ONE,
    SELU,
    Activation,
    Architecture,
    Biased,
    Dense,
    Dim,
    Exponential,
    GELUTanh,
    Glorot,
    HardSigmoid,
    HardSwish,
    HardTanh,
    He,
    Identity,
    Initializer,
    Key,
    LeakyReLU,
    LeCun,
    Matrix,
    One,
    Orthogonal,
    Params,
    ReLU,
    ScaledNormal,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
    Zeros,
    activation_named,
    all_zeros,
    chain,
    dense,
    dense_of,
    elu,
    exponential,
    from_numpy,
    gelu,
    gelu_tanh,
    glorot,
    hard_sigmoid,
    hard_swish,
    hard_tanh,
    he,
    identity,
    initialize,
    initializer_named,
    leaky_relu,
    lecun,
    orthogonal,
    params_of,
    relu,
    scaled_normal,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    softsign,
    tanh,
    to_numpy,
)
from fdnn.matrix import beside, bias, sum_columns, sum_rows, weights
from tests.typing.scene import (
    A1,
    W1,
    W2,
    Cat,
    Deep,
    Example,
    Hidden,
    Pixel,
    X,
    b1,
    b2,
    cat,
    deep,
    dZ2,
    example,
    hidden,
    pixel,
    raw,
)

# Sizes and matrices.
assert_type(pixel, Dim[Pixel])
assert_type(ONE, Dim[One])
assert_type(Dim[Any](3), Dim[Any])
assert_type(pixel.name, str | None)
assert_type(from_numpy(raw, pixel, example), Matrix[Pixel, Example])
assert_type(X.shape, tuple[int, int])
assert_type(to_numpy(X), NDArray[Any])

# The equations of the book.
Z = W1 @ X + b1
assert_type(Z, Matrix[Hidden, Example])
assert_type(W2 @ A1 + b2, Matrix[Deep, Example])
assert_type(dZ2 @ A1.T, Matrix[Deep, Hidden])
assert_type(W2.T @ dZ2, Matrix[Hidden, Example])
assert_type(sum_columns(dZ2), Matrix[Deep, One])
assert_type(sum_rows(dZ2), Matrix[One, Example])
assert_type(A1 * (1.0 - A1) / 2.0, Matrix[Hidden, Example])
assert_type(A1 - sum_rows(A1), Matrix[Hidden, Example])
assert_type(beside(W1, b1), Matrix[Hidden, Biased[Pixel]])
assert_type(weights(beside(W1, b1)), Matrix[Hidden, Pixel])
assert_type(bias(beside(W1, b1)), Matrix[Hidden, One])

# Layers.
first = dense(pixel, hidden, relu)
assert_type(first, Dense[Pixel, Hidden])
assert_type(first.axes, tuple[Dim[Pixel], Dim[Hidden]])
assert_type(first.W, Matrix[Hidden, Pixel])
assert_type(first.b, Matrix[Hidden, One])
assert_type(first.Wb, Matrix[Hidden, Biased[Pixel]])
assert_type(dense_of(W1, b1, relu), Dense[Pixel, Hidden])
assert_type(dense(pixel, hidden, tanh, glorot), Dense[Pixel, Hidden])

# Chains keep every axis, the hidden ones too.
two = first >> dense(hidden, deep, tanh)
assert_type(two, Architecture[Pixel, Hidden, Deep])
three = two >> dense(deep, cat, softmax)
assert_type(three, Architecture[Pixel, Hidden, Deep, Cat])
assert_type(chain(first), Architecture[Pixel, Hidden])
assert_type(three.architecture, Architecture[Pixel, Hidden, Deep, Cat])
assert_type(three.axes, tuple[Dim[Any], ...])
assert_type(three.size, int)

# Numbers.
assert_type(initialize(three, rng=0), Params[Pixel, Hidden, Deep, Cat])
assert_type(initialize(three, rng=Key(0), dtype=np.float32), Params[Pixel, Hidden, Deep, Cat])
assert_type(initialize(first, rng=0), Params[Pixel, Hidden])
assert_type(params_of(dense_of(W1, b1)), Params[Pixel, Hidden])
assert_type(params_of(dense_of(W1, b1)) >> dense_of(W2, b2), Params[Pixel, Hidden, Deep])

# Activations and initialisers are records, and functions of matrices of any axes.
assert_type(relu, ReLU)
activations: list[Activation] = [identity, relu, leaky_relu, sigmoid, tanh, softmax]
activations += [Identity(), ReLU(), LeakyReLU(0.2), Sigmoid(), Tanh(), Softmax()]
activations += [elu, selu, softplus, silu, gelu, gelu_tanh, softsign, exponential]
activations += [hard_sigmoid, hard_tanh, hard_swish, HardSigmoid(), HardTanh(), HardSwish()]
activations += [ELU(1.5), SELU(), Softplus(), SiLU(), GELU(), GELUTanh(), Softsign(), Exponential()]
assert_type(elu, ELU)
assert_type(elu.alpha, float)
assert_type(exponential, Exponential)
assert_type(dense(pixel, hidden, gelu), Dense[Pixel, Hidden])
for g in activations:
    assert_type(g(Z), Matrix[Hidden, Example])
    assert_type(g.pullback(Z, Z, g(Z)), Matrix[Hidden, Example])
assert_type(activation_named("relu"), Activation)

initializers: list[Initializer] = [he, glorot, lecun, orthogonal, scaled_normal, all_zeros]
initializers += [He(), Glorot(), LeCun(), Orthogonal(2.0), ScaledNormal(0.1), Zeros()]
for draw in initializers:
    assert_type(draw(Key(0), hidden, pixel), Matrix[Hidden, Pixel])
assert_type(initializer_named("he"), Initializer)

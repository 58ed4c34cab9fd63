"""What the programs of the two corpora share: networks and their data, no two sizes equal."""

# ruff: noqa: N816  # `dA` and `dZ1` as in the book, also where a whole module sees them

import attrs
import numpy as np
from numpy.typing import NDArray

from fdnn import (
    ONE,
    Adam,
    Batch,
    Cache,
    Context,
    Dim,
    Layer,
    Learner,
    Matrix,
    One,
    categorical_cross_entropy,
    dense,
    from_numpy,
    initialize,
    relu,
    softmax,
    tanh,
)
from fdnn.axes import C, In, M, Out, R
from fdnn.matrix import blank, sum_columns


class Pixel: ...


class Hidden: ...


class Deep: ...


class Cat: ...


class Example: ...


class Test: ...


class Word: ...


class Theme: ...


class Topic: ...


class Wide: ...


class Narrow: ...


pixel = Dim[Pixel](12)
hidden = Dim[Hidden](7)
deep = Dim[Deep](5)
cat = Dim[Cat](3)
example = Dim[Example](11)
test = Dim[Test](9)

word = Dim[Word](8)
theme = Dim[Theme](6)
topic = Dim[Topic](4)

wide = Dim[Wide](10)
narrow = Dim[Narrow](2)


def numbers(rows: int, columns: int) -> NDArray[np.float64]:
    """Some numbers, without names."""
    values: NDArray[np.float64] = np.sin(np.arange(1.0, rows * columns + 1.0))
    return values.reshape(rows, columns)


def matrix(rows: Dim[R], columns: Dim[C]) -> Matrix[R, C]:
    """Some numbers, with names."""
    return from_numpy(numbers(rows, columns), rows, columns)


def one_hot(classes: Dim[R], examples: Dim[C]) -> Matrix[R, C]:
    """Labels: example `j` is of class `j mod classes`."""
    return from_numpy(np.eye(classes)[:, np.arange(examples) % classes], classes, examples)


# The network, `Params[Pixel, Hidden, Deep, Cat]`, and its data.
layer1 = dense(pixel, hidden, relu)
layer2 = dense(hidden, deep, tanh)
layer3 = dense(deep, cat, softmax)
net = layer1 >> layer2 >> layer3
params = initialize(net, rng=1)

X = matrix(pixel, example)
Y = one_hot(cat, example)
X_test = matrix(pixel, test)
Y_test = one_hot(cat, test)
raw = numbers(pixel, example)

batch = Batch(X, Y, pixel, cat)
trace = params.forward(X)
trace_test = params.forward(X_test)
dA = matrix(cat, example)
dA_test = matrix(cat, test)
grads = trace.gradient(Y, categorical_cross_entropy)

# Another network altogether, `Params[Word, Theme, Topic]`.
other_net = dense(word, theme, relu) >> dense(theme, topic, softmax)
other_params = initialize(other_net, rng=2)
other_X = matrix(word, example)
other_Y = one_hot(topic, example)
other_batch = Batch(other_X, other_Y, word, topic)
other_trace = other_params.forward(other_X)
other_grads = other_trace.gradient(other_Y, categorical_cross_entropy)

# A network for the same data, whose hidden layers differ: `Params[Pixel, Wide, Narrow, Cat]`.
sibling_net = dense(pixel, wide, relu) >> dense(wide, narrow, tanh) >> dense(narrow, cat, softmax)
sibling_params = initialize(sibling_net, rng=3)
sibling_grads = sibling_params.forward(X).gradient(Y, categorical_cross_entropy)

learner = Learner(categorical_cross_entropy, Adam(0.01))
state = learner.start(params)
other_state = learner.start(other_params)
sibling_state = learner.start(sibling_params)

# What the equations of single layers are written with.
W1 = matrix(hidden, pixel)
b1 = matrix(hidden, ONE)
W2 = matrix(deep, hidden)
b2 = matrix(deep, ONE)
W3 = matrix(cat, hidden)
b3 = matrix(cat, ONE)
Z1 = matrix(hidden, example)
A1 = matrix(hidden, example)
Z2 = matrix(deep, example)
dZ1 = matrix(hidden, example)
dZ2 = matrix(deep, example)


# A kind of layer of the user's own, from public names alone.
@attrs.frozen
class Affine(Layer[In, Out]):
    """`Z = W A + b`, with `W` and `b` as two arrays."""

    inputs: Dim[In]
    outputs: Dim[Out]
    W: Matrix[Out, In]
    b: Matrix[Out, One]

    @property
    def axes(self) -> tuple[Dim[In], Dim[Out]]:
        return self.inputs, self.outputs

    def forward(
        self, A: Matrix[In, M], _context: Context, /
    ) -> tuple[Matrix[Out, M], "AffineCache[In, Out, M]"]:
        return self.W @ A + self.b, AffineCache(A, self)


@attrs.frozen(eq=False)
class AffineCache(Cache[In, Out, M]):
    """What `Affine` leaves for the way back."""

    A: Matrix[In, M]
    layer: Affine[In, Out]

    def backward(self, dZ: Matrix[Out, M], /) -> tuple[Affine[In, Out], Matrix[In, M]]:
        dW = dZ @ self.A.T
        db = sum_columns(dZ)
        dA = self.layer.W.T @ dZ
        return Affine(self.layer.inputs, self.layer.outputs, dW, db), dA


affine = Affine(pixel, hidden, W1, b1)
own_layer = Affine(pixel, hidden, blank(hidden, pixel), blank(hidden, ONE))

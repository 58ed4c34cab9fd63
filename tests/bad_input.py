"""Bad input, and the sentence that each gets: a table for the tests, with the guards off or on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np

import fdnn
import fdnn.laws  # which `fdnn` alone does not load
from fdnn import Adam, Dim, GradientDescent, Learner, dense


class Pixel: ...


class Edge: ...


class Cat: ...


class Dog: ...


pixel, edge, cat = Dim[Pixel](4), Dim[Edge](3), Dim[Cat](2)
m = Dim[Any](6)


def raw(values: Any) -> Any:
    """An array as it comes, unchecked."""
    return np.asarray(values)


def spoiled(value: float) -> Any:
    X = np.ones((4, 6))
    X[2, 5] = value
    return raw(X)


blank: Any = dense(pixel, edge, fdnn.relu) >> dense(edge, cat, fdnn.softmax)
params: Any = fdnn.initialize(blank, rng=0)
X, Y = np.ones((4, 6)), np.eye(2)[:, [0, 1, 0, 1, 0, 1]]
trace: Any = params.forward(raw(X))
cce, bce = fdnn.categorical_cross_entropy, fdnn.binary_cross_entropy
batch: Any = fdnn.batch_from_columns(X, Y, pixel, cat)
learner: Any = Learner(cce, Adam())
step: Any = learner.step(params)(batch)
other: Any = fdnn.initialize(dense(pixel, cat, fdnn.softmax), rng=0)
layer: Any = params.layers[0]
_, linear = fdnn.linear_forward(layer, raw(X))
_, cache = fdnn.linear_activation_forward(layer, raw(X))
namesake: Any = fdnn.initialize(
    dense(Dim[Dog](4), edge, fdnn.relu) >> dense(edge, cat, fdnn.softmax), rng=0
)
health: Any = import_module("fdnn.health").health
mistyped: Any = fdnn
"""The library, without the types by which mypy would refuse most of this."""

Case: TypeAlias = tuple[Callable[[], object], type[fdnn.FdnnError], str]

CASES: list[Case] = []


def case(kind: type[fdnn.FdnnError], call: Callable[[], object], *sentence: str) -> None:
    """Add a case, whose sentence may be in parts."""
    CASES.append((call, kind, "".join(sentence)))


S, D, A, K, V = (
    fdnn.ShapeError,
    fdnn.DtypeError,
    fdnn.ArgumentError,
    fdnn.KindError,
    fdnn.DataError,
)

# X, at the door of forward and of prediction

case(
    S,
    lambda: params(raw(np.ones(4))),
    "forward: X has shape (4,), expected (Pixel=4, m): Pixel is 4 in layer 1 of params",
)
case(
    S,
    lambda: params(raw(np.ones((4, 6, 1)))),
    "forward: X has shape (4, 6, 1), expected (Pixel=4, m): Pixel is 4 in layer 1 of ",
    "params",
)
case(
    S,
    lambda: params(raw(np.ones((5, 6)))),
    "forward: X has shape (5, 6), expected (Pixel=4, m): Pixel is 4 in layer 1 of params",
)
case(
    S,
    lambda: params(raw(np.ones((6, 4)))),
    "forward: X has shape (6, 4), expected (Pixel=4, m): Pixel is 4 in layer 1 of ",
    "params; are its rows the examples? Then give X.T",
)
case(
    S,
    lambda: params(raw(np.ones((4, 0)))),
    "forward: X has shape (4, 0), expected (Pixel=4, m): it is empty",
)
case(
    D,
    lambda: params(raw(np.ones((4, 6), int))),
    "forward: X has dtype int64, expected float64 or float32: "
    "dtype=float or .astype(float) converts it",
)
case(
    D,
    lambda: params(raw(np.ones((4, 6), bool))),
    "forward: X has dtype bool, expected float64 or float32: "
    "dtype=float or .astype(float) converts it",
)
case(
    D,
    lambda: params(raw(np.ones((4, 6), "float16"))),
    "forward: X has dtype float16, expected float64 or float32: "
    "dtype=float or .astype(float) converts it",
)
case(
    D,
    lambda: params(raw(np.ones((4, 6), "float32"))),
    "forward: X has dtype float32, expected float64: which is the dtype of the parameters",
)
case(
    D,
    lambda: params(raw(np.full((4, 6), "a"))),
    "forward: X has dtype <U1, expected float64 or float32: ",
    "dtype=float or .astype(float) converts it",
)
case(
    V,
    lambda: params(spoiled(float("nan"))),
    "forward: X has 1 values that are NaN or infinite, the first at (2, 5), expected ",
    "finite numbers",
)
case(
    V,
    lambda: params(spoiled(float("inf"))),
    "forward: X has 1 values that are NaN or infinite, the first at (2, 5), expected ",
    "finite numbers",
)
case(
    V,
    lambda: params(spoiled(float("-inf"))),
    "forward: X has 1 values that are NaN or infinite, the first at (2, 5), expected ",
    "finite numbers",
)
case(K, lambda: params([[1.0]]), "forward: X is a list, expected a matrix (Pixel=4, m)")
case(K, lambda: params.forward(None), "forward: X is a NoneType, expected a matrix (Pixel=4, m)")
case(
    K,
    lambda: mistyped.forward(None, raw(X)),
    "forward: params is a NoneType, expected Params: initialize(architecture, rng=0) ",
    "gives them",
)
case(
    K,
    lambda: mistyped.forward(blank, raw(X)),
    "forward: params is an Architecture, expected Params: initialize(architecture, ",
    "rng=0) gives them",
)
case(
    K,
    lambda: blank(raw(X)),
    "Architecture: the network is an Architecture, which has no numbers, expected ",
    "Params: initialize(architecture, rng=0) gives them",
)
case(
    K,
    lambda: mistyped.predict(blank, raw(X)),
    "predict: params is an Architecture, expected Params",
)
case(
    S,
    lambda: mistyped.predict(params, raw(np.ones((3, 6)))),
    "forward: X has shape (3, 6), expected (Pixel=4, m): Pixel is 4 in layer 1 of params",
)

# Y and dA

case(
    S,
    lambda: trace.cost(raw(np.ones((3, 6))), cce),
    "cost: Y has shape (3, 6), expected (Cat=2, 6): as the output of params has Cat=2 ",
    "and m=6",
)
case(
    S,
    lambda: trace.cost(raw(Y[:, :5]), cce),
    "cost: Y has shape (2, 5), expected (Cat=2, 6): as the output of params has Cat=2 ",
    "and m=6",
)
case(
    S,
    lambda: trace.cost(raw(Y[:1]), cce),
    "cost: Y has shape (1, 6), expected (Cat=2, 6): as the output of params has Cat=2 ",
    "and m=6",
)
case(
    S,
    lambda: trace.cost(raw(Y[0]), cce),
    "cost: Y has shape (6,), expected (Cat=2, 6): as the output of params has Cat=2 and ",
    "m=6",
)
case(
    S,
    lambda: trace.cost(raw(Y.T), cce),
    "cost: Y has shape (6, 2), expected (Cat=2, 6): as the output of params has Cat=2 ",
    "and m=6",
)
case(
    D,
    lambda: trace.cost(raw(Y.astype(int)), cce),
    "cost: Y has dtype int64, expected float64 or float32: "
    "dtype=float or .astype(float) converts it",
)
case(
    D,
    lambda: trace.gradient(raw(Y.astype("float32")), cce),
    "gradient: Y has dtype float32, expected float64: which is the dtype of the ",
    "parameters",
)
case(
    V,
    lambda: trace.gradient(raw(Y * np.nan), cce),
    "gradient: Y has 12 values that are NaN or infinite, the first at (0, 0), expected ",
    "finite numbers",
)
case(
    V,
    lambda: trace.cost(raw(Y * 2.0), cce),
    "cost: column 0 of Y sums to 2 or has a negative entry, expected columns of labels ",
    "from 0 on that sum to 1: categorical cross-entropy",
)
case(
    V,
    lambda: trace.cost(raw(Y - 0.5), cce),
    "cost: column 0 of Y sums to 0 or has a negative entry, expected columns of labels ",
    "from 0 on that sum to 1: categorical cross-entropy",
)
case(
    V,
    lambda: trace.cost(raw(Y * 2.0), bce),
    "cost: Y holds 2.0, expected labels between 0 and 1: binary cross-entropy",
)
case(
    V,
    lambda: trace.gradient(raw(Y - 1.0), bce),
    "gradient: Y holds -1.0, expected labels between 0 and 1: binary cross-entropy",
)
case(K, lambda: trace.cost(raw(Y), "mse"), "cost: cost is a str, expected a Cost")
case(
    K,
    lambda: trace.gradient(raw(Y), mistyped.SquaredError),
    "gradient: cost is the class SquaredError, expected one that was made, SquaredError(...)",
)
case(
    S,
    lambda: trace.backward(raw(np.ones((3, 6)))),
    "backward: dA has shape (3, 6), expected (Cat=2, 6): as the output of params has ",
    "Cat=2 and m=6",
)
case(
    S,
    lambda: mistyped.backward(trace, raw(np.ones((2, 5)))),
    "backward: dA has shape (2, 5), expected (Cat=2, 6): as the output of params has ",
    "Cat=2 and m=6",
)
case(
    V,
    lambda: trace.pullback(raw(np.full((2, 6), np.inf))),
    "backward: dA has 12 values that are NaN or infinite, the first at (0, 0), expected ",
    "finite numbers",
)
case(K, lambda: mistyped.cost(params, raw(Y), cce), "cost: trace is Params, expected a Trace")
case(
    K, lambda: mistyped.gradient(params, raw(Y), cce), "gradient: trace is Params, expected a Trace"
)
case(K, lambda: mistyped.backward(params, raw(Y)), "backward: trace is Params, expected a Trace")

# one layer

case(
    K,
    lambda: mistyped.linear_forward(mistyped.dense(pixel, edge), raw(X)),
    "linear_forward: Dense(Pixel=4 -> Edge=3, identity) is blank, expected a layer with ",
    "numbers: initialize(network, rng=0) gives them",
)
case(
    K,
    lambda: mistyped.linear_forward(params, raw(X)),
    "linear_forward: layer is Params, expected a Dense",
)
case(
    S,
    lambda: mistyped.linear_forward(layer, raw(np.ones((5, 6)))),
    "linear_forward: A has shape (5, 6), expected (Pixel=4, m): Pixel is 4 in the layer",
)
case(
    S,
    lambda: mistyped.linear_backward(linear, raw(np.ones((3, 5)))),
    "linear_backward: dZ has shape (3, 5), expected (Edge=3, 6): as the Z that the cache ",
    "was left by",
)
case(
    K,
    lambda: mistyped.linear_backward(cache, raw(np.ones((3, 6)))),
    "linear_backward: cache is a LayerCache, expected a LinearCache",
)
case(
    K,
    lambda: mistyped.linear_activation_forward(mistyped.dense(pixel, edge), raw(X)),
    "linear_activation_forward: Dense(Pixel=4 -> Edge=3, identity) is blank, expected a ",
    "layer with numbers: initialize(network, rng=0) gives them",
)
case(
    S,
    lambda: mistyped.linear_activation_forward(layer, raw(X.T)),
    "linear_activation_forward: A_prev has shape (6, 4), expected (Pixel=4, m): Pixel is ",
    "4 in the layer; are its rows the examples? Then give A_prev.T",
)
case(
    D,
    lambda: mistyped.linear_activation_forward(layer, raw(X.astype("float32"))),
    "linear_activation_forward: A_prev has dtype float32, expected float64: which is the ",
    "dtype of the parameters",
)
case(
    K,
    lambda: mistyped.linear_activation_backward(linear, raw(X)),
    "linear_activation_backward: cache is a LinearCache, expected a LayerCache",
)
case(
    S,
    lambda: mistyped.linear_activation_backward(cache, raw(np.ones((4, 6)))),
    "linear_activation_backward: dA has shape (4, 6), expected (3, 6): as the cache's A ",
    "has it",
)
case(
    S,
    lambda: mistyped.dense_of(raw(np.ones((3, 4))), raw(np.ones((4, 1)))),
    "dense_of: b has shape (4, 1), expected (3, One=1): b has one number for each row of ",
    "W",
)
case(
    S,
    lambda: mistyped.dense_of(raw(np.ones((3, 4))), raw(np.ones(3))),
    "dense_of: b has shape (3,), expected (3, One=1): b has one number for each row of W",
)
case(
    D,
    lambda: mistyped.dense_of(raw(np.ones((3, 4), int)), raw(np.ones((3, 1)))),
    "dense_of: W has dtype int64, expected float64 or float32: "
    "dtype=float or .astype(float) converts it",
)
case(
    D,
    lambda: mistyped.dense_of(raw(np.ones((3, 4), "f4")), raw(np.ones((3, 1)))),
    "dense_of: b has dtype float64, expected float32: which W has",
)
case(
    K,
    lambda: mistyped.dense(4, edge),
    "dense: inputs is an int, expected a Dim: write Dim[Pixel](12288)",
)
case(
    K,
    lambda: mistyped.dense(pixel, 3),
    "dense: outputs is an int, expected a Dim: write Dim[Pixel](12288)",
)

# networks

case(
    S,
    lambda: blank >> (mistyped.dense(edge, cat)),
    ">>: layer 3 takes (Edge=3), expected (Cat=2): that is what layer 2 gives",
)
case(K, lambda: blank >> (3), "Architecture: a layer is an int, expected a Layer")
case(
    K,
    lambda: params >> mistyped.dense(cat, edge),
    "params: Dense(Cat=2 -> Edge=3, identity) is blank, expected a layer with numbers: ",
    "initialize(network, rng=0) gives them",
)
case(
    S, lambda: mistyped.mlp([4]), "mlp: sizes is [4], expected at least the inputs and the outputs"
)
case(
    A, lambda: mistyped.mlp([4, 0, 1]), "Dim[Any]: size is 0, expected a whole number of at least 1"
)
case(
    A,
    lambda: mistyped.mlp([4, 2.5, 1]),
    "Dim[Any]: size is 2.5, expected a whole number of at least 1",
)
case(
    K,
    lambda: mistyped.initialize(params, rng=0),
    "initialize: network is Params, expected an Architecture",
)
case(
    K,
    lambda: mistyped.initialize(blank, rng=np.random.default_rng(0)),
    "initialize: rng is a Generator, expected a Key or a whole number: a generator ",
    "changes when it is drawn from, a key does not",
)
case(
    K,
    lambda: mistyped.initialize(blank, rng=np.random.RandomState(0)),
    "initialize: rng is a RandomState, expected a Key or a whole number: a generator ",
    "changes when it is drawn from, a key does not",
)
case(
    K,
    lambda: mistyped.initialize(blank, rng=0.5),
    "initialize: rng is 0.5, expected a whole number from 0 on",
)
case(
    A,
    lambda: mistyped.initialize(blank, rng=-1),
    "initialize: rng is -1, expected a whole number from 0 on",
)
case(
    K,
    lambda: mistyped.initialize(blank, rng=True),
    "initialize: rng is True, expected a whole number from 0 on",
)
case(
    D,
    lambda: mistyped.initialize(blank, rng=0, dtype="int64"),
    "initialize: dtype is int64, expected float64 or float32",
)
case(
    D,
    lambda: mistyped.initialize(blank, rng=0, dtype=int),
    "initialize: dtype is int, expected float64 or float32",
)
case(
    K,
    lambda: mistyped.params_of(mistyped.dense(pixel, edge)),
    "params: Dense(Pixel=4 -> Edge=3, identity) is blank, expected a layer with numbers: ",
    "initialize(network, rng=0) gives them",
)

# the vector space

grads: Any = trace.gradient(raw(Y), cce)
case(K, lambda: params - 0.1, "-: what stands after - is a float, expected Grads")
case(K, lambda: params + params, "+: what stands after + is Params, expected Grads")
case(
    S,
    lambda: params - other.forward(raw(X)).gradient(raw(Y), cce),
    "-: grads has axes (Pixel=4, Cat=2), expected (Pixel=4, Edge=3, Cat=2): as params ",
    "has them",
)
case(
    fdnn.AxisError,
    lambda: params - namesake.forward(raw(X)).gradient(raw(Y), cce),
    "-: grads has axes (Dog=4, Edge=3, Cat=2), expected (Pixel=4, Edge=3, Cat=2): as ",
    "params has them, and Dog is not Pixel although both are 4",
)
case(D, lambda: params - grads.astype("float32"), "-: grads have dtype float32, expected float64")
case(K, lambda: grads * "2", "*: the factor is a str, expected a number")
case(K, lambda: grads / raw(Y), "/: the factor is a ndarray, expected a number")
case(K, lambda: mistyped.update(params, params, 0.1), "update: grads is Params, expected Grads")

case(
    A,
    lambda: mistyped.update(params, grads, float("nan")),
    "*: the factor is nan, expected a finite number, not 0 after /",
)
case(A, lambda: grads / 0.0, "/: the factor is 0.0, expected a finite number, not 0 after /")
case(
    A, lambda: grads * float("inf"), "*: the factor is inf, expected a finite number, not 0 after /"
)

# data

case(
    S,
    lambda: mistyped.batch_from_rows(X, Y.T, pixel, cat),
    "Batch: X has shape (6, 4), expected (Pixel=4, m): batch_from_columns takes ",
    "columns, batch_from_rows rows",
)
case(
    S,
    lambda: mistyped.batch_from_columns(X, Y[:, :5], pixel, cat),
    "Batch: Y has 5 columns, expected 6: X has as many: one for each example",
)
case(
    D,
    lambda: mistyped.batch_from_columns(X.astype(int), Y, pixel, cat),
    "Batch: X has dtype int64, expected float64 or float32: "
    "dtype=float or .astype(float) converts it",
)
case(
    S,
    lambda: mistyped.batch_from_columns(X, Y, pixel, cat, weights=[1.0, 2.0]),
    "Batch: weights has shape (1, 2), expected (One=1, 6): X has 6 columns; one weight for each ",
    "example",
)
case(
    S,
    lambda: mistyped.batch_from_rows(X.T, Y.T, pixel, cat, weights=np.ones((6, 1))),
    "Batch: weights has shape (6, 1), expected (m,): a flat array with one weight for each example",
)
case(
    V,
    lambda: mistyped.batch_from_columns(X, Y, pixel, cat, weights=[1, 1, 1, -0.5, 1, 1]),
    "Batch: weights holds -0.5, expected numbers from 0 on: 0 leaves an example out",
)
case(
    V,
    lambda: learner.step(params)(mistyped.batch_from_columns(X, Y, pixel, cat, weights=[0] * 6)),
    "step: all weights of the batch are 0, expected a positive one: nothing would be learned",
)
case(
    V,
    lambda: mistyped.batch_from_columns(X, Y, pixel, cat, weights=[1, 1, 1, 1, np.nan, 1]),
    "Batch: weights has 1 values that are NaN or infinite, the first at (0, 4), expected ",
    "finite numbers",
)
case(
    V,
    lambda: mistyped.batch_from_columns(X, Y, pixel, cat, weights=[[1], [2, 3]]),
    "Batch: weights is no table of numbers, expected numbers in rows of one length",
)
case(
    D,
    lambda: mistyped.batch_from_columns(X, Y, pixel, cat, weights=["1"] * 6),
    "Batch: weights has dtype <U1, expected real numbers",
)
case(
    D,
    lambda: mistyped.Batch(raw(X), raw(Y), pixel, cat, raw(np.ones((1, 6), "float32"))),
    "Batch: weights has dtype float32, expected float64: which the examples have",
)
case(
    S,
    lambda: mistyped.Batch(raw(X), raw(Y), pixel, cat, raw(np.ones(6))),
    "Batch: weights has shape (6,), expected (One=1, 6): X has 6 columns; one weight for each ",
    "example",
)
case(
    V,
    lambda: trace.cost(raw(Y), cce, raw(-np.ones((1, 6)))),
    "cost: weights holds -1.0, expected numbers from 0 on: 0 leaves an example out",
)
case(
    K,
    lambda: trace.gradient(raw(Y), cce, [1.0] * 6),
    "gradient: weights is a list, expected a matrix (One=1, 6)",
)
case(
    A,
    lambda: trace.cost(raw(Y), fdnn.hinge),
    "cost: the last activation, softmax, gives values in [0, 1], expected values of both signs: ",
    "hinge",
)
case(
    V,
    lambda: mistyped.one_hot([0, 2], cat),
    "one_hot: labels holds 2, expected whole numbers from 0 to 1: Cat=2",
)
case(
    S,
    lambda: mistyped.one_hot([[0], [1]], cat),
    "one_hot: labels has shape (2, 1), expected (m,): one for each example",
)
case(
    V,
    lambda: mistyped.batch_from_columns(X * np.inf, Y, pixel, cat),
    "Batch: X has 24 values that are NaN or infinite, the first at (0, 0), expected ",
    "finite numbers",
)
case(
    V,
    lambda: mistyped.batch_from_rows([[1.0], [2.0, 3.0]], Y, pixel, cat),
    "Batch: x is no table of numbers, expected numbers in rows of one length",
)
case(
    S,
    lambda: mistyped.batch_from_columns(np.ones((4, 0)), np.ones((2, 0)), pixel, cat),
    "Batch: X has shape (4, 0), expected (n, m): it is empty",
)
case(
    S,
    lambda: mistyped.batch_from_columns(1.0, 2.0, pixel, cat),
    "Batch: X has shape (), expected (n, m): a matrix has two axes; ",
    "y[None, :] is y as one row",
)
case(
    S,
    lambda: mistyped.from_numpy(X, edge, m),
    "from_numpy: values has shape (4, 6), expected (Edge=3, 6)",
)
case(
    D,
    lambda: mistyped.from_numpy([[1, 2]], Dim[Any](1), Dim[Any](2)),
    "from_numpy: values has dtype int64, expected float64 or float32: dtype=float ",
    "or .astype(float) converts it",
)
case(
    V,
    lambda: mistyped.from_numpy([[np.nan]], Dim[Any](1), Dim[Any](1)),
    "from_numpy: values has 1 values that are NaN or infinite, the first at (0, 0), ",
    "expected finite numbers",
)
case(
    S,
    lambda: mistyped.from_numpy([1.0], Dim[Any](1), Dim[Any](1)),
    "from_numpy: values has shape (1,), expected (1, 1): a matrix has two axes; ",
    "y[None, :] is y as one row",
)
case(
    V,
    lambda: mistyped.from_numpy([[1.0], [2.0, 3.0]], Dim[Any](1), Dim[Any](1)),
    "from_numpy: values is no table of numbers, expected numbers in rows of one length",
)
case(
    D,
    lambda: mistyped.from_numpy([["x"]], Dim[Any](1), Dim[Any](1)),
    "from_numpy: values has dtype <U1, expected float64 or float32: ",
    "dtype=float or .astype(float) converts it",
)
case(
    V,
    lambda: mistyped.from_numpy([["x"]], Dim[Any](1), Dim[Any](1), float),
    "from_numpy: values is no table of numbers, expected numbers in rows of one length",
)
case(
    K,
    lambda: mistyped.Matrix(X),
    "Matrix: Matrix was called, expected from_numpy(values, rows, columns)",
)

# training

case(
    K,
    lambda: learner.start(blank),
    "start: params is an Architecture, expected Params: initialize(architecture, rng=0) ",
    "gives them",
)
case(
    K,
    lambda: learner.start(params, rng=np.random.default_rng()),
    "start: rng is a Generator, expected a Key or a whole number: a generator changes ",
    "when it is drawn from, a key does not",
)
case(K, lambda: learner.step(3), "step: network is an int, expected Params")
case(
    K,
    lambda: learner.step(params)(X),
    "step: batch is a ndarray, expected a Batch: Batch(X, Y) checks the data once",
)
case(
    S,
    lambda: learner.step(other)(mistyped.batch_from_columns(X[:3], Y, edge, cat)),
    "step: batch has axes (Edge=3, Cat=2), expected (Pixel=4, Cat=2): those are the ",
    "inputs and outputs of the network",
)
case(
    fdnn.AxisError,
    lambda: learner.step(params)(mistyped.batch_from_columns(X, Y, Dim[Dog](4), cat)),
    "step: batch has axes (Dog=4, Cat=2), expected (Pixel=4, Cat=2): those are the ",
    "inputs and outputs of the network, and Dog is not Pixel although both are 4",
)
case(
    V,
    lambda: learner.step(params)(mistyped.batch_from_columns(X, 3 * Y, pixel, cat)),
    "step: column 0 of Y sums to 3 or has a negative entry, expected columns of labels ",
    "from 0 on that sum to 1: categorical cross-entropy",
)
case(
    A,
    lambda: Learner(cce, Adam()).step(
        mistyped.initialize(mistyped.dense(pixel, cat, mistyped.relu), rng=0)
    )(batch),
    "step: the last activation, relu, gives values in [0, inf], expected values in [0, ",
    "1]: categorical cross-entropy",
)
case(
    K,
    lambda: step(params),
    "step: state is Params, expected a State: learner.start(params) gives the first",
)
case(
    S,
    lambda: step(learner.start(other)),
    "step: state has axes (Pixel=4, Cat=2), expected (Pixel=4, Edge=3, Cat=2): the step ",
    "was made for another network",
)
case(
    fdnn.AxisError,
    lambda: step(learner.start(namesake)),
    "step: state has axes (Dog=4, Edge=3, Cat=2), expected (Pixel=4, Edge=3, Cat=2): the ",
    "step was made for another network, and Dog is not Pixel although both are 4",
)
case(
    D,
    lambda: step(learner.start(params.astype("float32"))),
    "step: batch has dtype float64, expected float32: which params has",
)
case(
    A,
    lambda: mistyped.run(step, learner.start(params), -1),
    "run: steps is -1, expected a whole number from 0 on",
)
case(
    K,
    lambda: mistyped.run(step, learner.start(params), 1.5),
    "run: steps is 1.5, expected a whole number from 0 on",
)
case(
    K,
    lambda: Adam().update(grads, GradientDescent(1.0).init(params), params),
    "Adam: the state has 0 moments, expected 2: it is of another optimizer",
)
case(
    K,
    lambda: mistyped.step(params, batch, learner),
    "step: state is Params, expected a State: learner.start(params) gives the first",
)
case(
    K,
    lambda: mistyped.step(learner.start(params), batch, Adam()),
    "step: learner is an Adam, expected a Learner",
)
case(
    A,
    lambda: mistyped.Context(True).generator(),
    "Context: key is None, expected a key, Context(True, Key(0)): a layer that draws ",
    "numbers in training needs one",
)
case(K, lambda: mistyped.Key(0).at(0.5), "Key: path is 0.5, expected a whole number from 0 on")

# schedules, optimizers and modifiers

WRONG_SETTINGS: dict[Callable[[], object], str] = {
    lambda: mistyped.Momentum(0.1, 1.0): "Momentum: beta is 1.0, expected a number in [0, 1)",
    lambda: mistyped.Nesterov(0.1, -0.1): "Nesterov: beta is -0.1, expected a number in [0, 1)",
    lambda: mistyped.Lion(0.1, 0.9, 1.0): "Lion: beta2 is 1.0, expected a number in [0, 1)",
    lambda: mistyped.AdamW(0.1, -0.1): "AdamW: decay is -0.1, expected a number from 0 on",
    lambda: mistyped.Decayed(Adam(), -1): "Decayed: decay is -1.0, expected a number from 0 on",
    lambda: mistyped.MaxNorm(Adam(), 0): "MaxNorm: norm is 0.0, expected a positive number",
    lambda: mistyped.ClippedByNorm(Adam(), np.nan): (
        "ClippedByNorm: norm is nan, expected a positive number"
    ),
    lambda: mistyped.ClippedByValue(Adam(), -1): (
        "ClippedByValue: limit is -1.0, expected a positive number"
    ),
    lambda: mistyped.Averaged(Adam(), 1): "Averaged: beta is 1.0, expected a number in [0, 1)",
    lambda: mistyped.Decayed(mistyped.Averaged(Adam()), 0.1): (
        "Decayed: optimizer is Averaged, expected Averaged(Decayed(...), ...): the average is of "
        "the parameters as they are in the end"
    ),
    lambda: mistyped.LBFGS(1.0, 0): "LBFGS: history is 0, expected a whole number from 1 on",
    lambda: mistyped.RMSProp(0.0): "RMSProp: rate is 0.0, expected a positive number",
    lambda: mistyped.AdaGrad(epsilon=0): "AdaGrad: epsilon is 0.0, expected a positive number",
    lambda: mistyped.NAdam(rate=-1): "NAdam: rate is -1.0, expected a positive number",
    lambda: mistyped.Constant(-1): "Constant: rate is -1.0, expected a positive number",
    lambda: mistyped.StepDecay(0.1, 0): "StepDecay: every is 0, expected a whole number from 1 on",
    lambda: mistyped.ExponentialDecay(
        0.1, 0
    ): "ExponentialDecay: factor is 0.0, expected a positive number",
    lambda: mistyped.InverseTime(0.1, -1): (
        "InverseTime: decay is -1.0, expected a number from 0 on"
    ),
    lambda: mistyped.InverseTime(0.1, 1, 0): (
        "InverseTime: every is 0, expected a whole number from 1 on"
    ),
    lambda: mistyped.Cosine(0.1, 9, 0.2): "Cosine: least is 0.2, expected at most the rate, 0.1",
    lambda: mistyped.Polynomial(
        0.1, 0
    ): "Polynomial: steps is 0, expected a whole number from 1 on",
    lambda: mistyped.Warmup(0.1, 0): "Warmup: steps is 0, expected a whole number from 1 on",
    lambda: mistyped.OneCycle(0.1, 9, 1.0): "OneCycle: rise is 1.0, expected a number in [0, 1)",
    lambda: mistyped.Scaled(mistyped.Constant(0.1), 0): (
        "Scaled: factor is 0.0, expected a positive number"
    ),
    lambda: mistyped.Cosine(0.1, 9)(9): (
        "Cosine: count is 9, expected less than 9: the schedule ends after 9 updates; "
        ".then(another) goes on"
    ),
    lambda: mistyped.Adam(mistyped.Warmup(0.1, 2)).rate_at(2): (
        "Warmup: count is 2, expected less than 2: the schedule ends after 2 updates; "
        ".then(another) goes on"
    ),
    lambda: mistyped.Constant(0.1)(-1): "Constant: count is -1, expected a whole number from 0 on",
    lambda: mistyped.Constant(0.1).then(mistyped.Cosine(0.1, 9)): (
        "then: constant never ends, expected a schedule with an end: "
        "Joined((first, second), (100,)) ends the first by a count"
    ),
    lambda: mistyped.Joined((mistyped.Constant(0.1),), (5,)): (
        "Joined: there are 1 boundaries and 1 schedules, expected a boundary between any two "
        "schedules"
    ),
    lambda: mistyped.Joined([mistyped.Constant(0.1)] * 3, (5, 5)): (
        "Joined: boundaries is (5, 5), expected counts that rise"
    ),
    lambda: mistyped.Joined((mistyped.Cosine(0.1, 4), mistyped.Constant(0.1)), (5,)): (
        "Joined: cosine ends after 4 updates, expected 5: so far is it to its boundary"
    ),
}
for wrong, said in WRONG_SETTINGS.items():
    case(A, wrong, said)

case(
    K,
    lambda: mistyped.Averaged(Adam()).average(Adam().init(params)),
    "average: the state has 2 moments, expected 3: it is of another optimizer",
)
case(
    K,
    lambda: mistyped.Averaged(Adam()).update(grads, Adam().init(params), params),
    "Adam: the state has 1 moments, expected 2: it is of another optimizer",
)

# names

case(
    A,
    lambda: mistyped.activation_named("rely"),
    "activation_named: name is 'rely', expected one of ",
    f"{', '.join(sorted(fdnn.names.ACTIVATIONS))}: did you mean 'relu'?",
)
case(
    A,
    lambda: mistyped.activation_named("xyz"),
    "activation_named: name is 'xyz', expected one of ",
    f"{', '.join(sorted(fdnn.names.ACTIVATIONS))}",
)
case(
    A,
    lambda: mistyped.cost_named("binary_crossentropy"),
    "cost_named: name is 'binary_crossentropy', expected one of absolute_error, "
    "binary_cross_entropy, binary_focal, categorical_cross_entropy, categorical_focal, hinge, "
    "huber, kl_divergence, poisson, squared_error: did you mean 'binary_cross_entropy'?",
)
case(
    A,
    lambda: mistyped.initializer_named("Glorot"),
    "initializer_named: name is 'Glorot', expected one of glorot, he, lecun, orthogonal, ",
    "scaled_normal, zeros: did you mean 'glorot'?",
)
case(
    A,
    lambda: mistyped.optimizer_named("adams", 0.1),
    "optimizer_named: name is 'adams', expected one of adagrad, adam, adamw, ",
    "gradient_descent, lbfgs, lion, momentum, nadam, nesterov, rmsprop: did you mean 'adam'?",
)
case(
    A,
    lambda: mistyped.optimizer_named("adam", -0.1),
    "Adam: rate is -0.1, expected a positive number",
)
case(
    A,
    lambda: mistyped.activation_named(mistyped.relu),
    "activation_named: name is ReLU(), expected one of ",
    f"{', '.join(sorted(fdnn.names.ACTIVATIONS))}",
)

# dropout, normalisation, residual blocks and calibration

norm: Any = fdnn.initialize(fdnn.batch_norm(pixel), rng=0)
names: Any = fdnn.batch_from_columns(X, X, Dim[Dog](4), pixel)
for shown in (1.0, -0.1, 2.0, float("nan"), "half"):
    case(
        A,
        partial(mistyped.dropout, pixel, shown),
        f"Dropout: rate is {shown!r}, expected a number in [0, 1)",
    )
for name, kind in (("batch_norm", "BatchNorm"), ("layer_norm", "LayerNorm")):
    case(
        K,
        partial(getattr(mistyped, name), 4),
        f"{name}: features is an int, expected a Dim: write Dim[Hidden](20)",
    )
    for epsilon in (0.0, -1e-5, float("inf")):
        case(
            A,
            partial(getattr(mistyped, name), pixel, epsilon=epsilon),
            f"{kind}: epsilon is {epsilon!r}, expected a positive number",
        )
case(
    K,
    lambda: mistyped.batch_norm(pixel, "relu"),
    "BatchNorm: activation is a str, expected an Activation: such as relu",
)
case(
    K,
    lambda: norm(raw(X)),
    "forward: BatchNorm(Pixel=4 -> Pixel=4, identity) has no mean and variance for inference yet, ",
    "expected those of the data: calibrate(params, batch) finds them",
)
case(
    K,
    lambda: mistyped.residual(4),
    "residual: features is an int, expected a Dim: write Dim[Hidden](20)",
)
case(
    S,
    lambda: mistyped.residual(pixel)(dense(pixel, edge)),
    "residual: the block goes from (Pixel=4) to (Edge=3), expected from (Pixel=4) to (Pixel=4): ",
    "Z = A + block(A)",
)
case(
    fdnn.AxisError,
    lambda: mistyped.residual(pixel)(mistyped.dropout(Dim[Dog](4))),
    "residual: the block goes from (Dog=4) to (Dog=4), expected from (Pixel=4) to (Pixel=4): ",
    "Z = A + block(A)",
)
case(
    K,
    lambda: mistyped.residual(pixel)(norm),
    "Residual: block is Params, expected an Architecture: or a layer",
)
case(
    K,
    lambda: mistyped.calibrate(norm.architecture, names),
    "calibrate: params is an Architecture, expected Params: ",
    "initialize(architecture, rng=0) gives them",
)
case(
    fdnn.AxisError,
    lambda: mistyped.calibrate(norm, names),
    "calibrate: a batch has axes (Dog=4, Pixel=4), expected (Pixel=4, Pixel=4): as params has ",
    "them, and Dog is not Pixel although both are 4",
)
case(
    S,
    lambda: mistyped.calibrate(norm, [batch]),
    "calibrate: a batch has axes (Pixel=4, Cat=2), expected (Pixel=4, Pixel=4): as params has them",
)
case(
    D,
    lambda: mistyped.calibrate(norm, fdnn.batch_from_columns(X, X, pixel, pixel, dtype="float32")),
    "calibrate: a batch has dtype float32, expected float64: which is the dtype of the parameters",
)
case(
    K,
    lambda: mistyped.calibrate(norm, iter([names])),
    "calibrate: batches is a list_iterator, expected a Batch or a list of them: each layer goes ",
    "through them again",
)
case(
    K,
    lambda: mistyped.calibrate(norm, 3),
    "calibrate: batches is an int, expected a Batch or a list of them: each layer goes through ",
    "them again",
)
case(
    K,
    lambda: mistyped.calibrate(norm, [raw(X)]),
    "calibrate: a batch is a ndarray, expected a Batch",
)
case(
    A,
    lambda: mistyped.calibrate(norm, []),
    "calibrate: batches is empty, expected at least one batch",
)

# metrics

case(
    S,
    lambda: mistyped.accuracy(raw(Y), raw(Y[:, :5])),
    "accuracy: Y has shape (2, 5), expected (2, 6): as A has it",
)
case(
    S,
    lambda: mistyped.mean_squared_error(raw(Y), raw(Y[:1])),
    "mean_squared_error: Y has shape (1, 6), expected (2, 6): as A has it",
)
case(K, lambda: mistyped.accuracy([1.0], raw(Y)), "accuracy: A is a list, expected a matrix (n, m)")

case(
    V,
    lambda: fdnn.accuracy(raw(Y), raw(np.ones((2, 6)))),
    "accuracy: column 0 of Y sums to 2, expected columns that sum to 1: one class an example; ",
    "with multilabel=True every output is a label by itself",
)
case(
    V,
    lambda: fdnn.recall(raw(Y[:1]), raw(-Y[:1])),
    "recall: Y holds -1, expected labels between 0 and 1",
)
case(
    A,
    lambda: mistyped.precision(raw(Y), raw(Y), average="mean"),
    "precision: average is 'mean', expected one of macro, micro, weighted",
)
case(
    A,
    lambda: mistyped.roc_auc(raw(Y), raw(Y), average="macros"),
    "roc_auc: average is 'macros', expected one of macro, micro, weighted: ",
    "did you mean 'macro'?",
)
case(
    A,
    lambda: fdnn.f_beta(raw(Y), raw(Y), beta=0.0),
    "f_beta: beta is 0.0, expected a positive number",
)
case(
    A,
    lambda: mistyped.f_beta(raw(Y), raw(Y), beta="2"),
    "f_beta: beta is '2', expected a positive number",
)
case(
    A,
    lambda: fdnn.top_k(raw(Y), raw(Y), k=3),
    "top_k: k is 3, expected at most 2: there are so many classes",
)
case(A, lambda: fdnn.top_k(raw(Y), raw(Y), k=0), "top_k: k is 0, expected a whole number from 1 on")
case(
    S,
    lambda: fdnn.top_k(raw(Y[:1]), raw(Y[:1]), k=1),
    "top_k: A has 1 row, expected 2 or more: one output for each class",
)
case(
    V,
    lambda: fdnn.roc_auc(raw(Y[:1]), raw(np.zeros((1, 6)))),
    "roc_auc: Y has the label 0 alone, expected both labels, 0 and 1: ",
    "there is no pair to compare",
)
case(
    V,
    lambda: fdnn.log_loss(raw(3.0 * Y[:1]), raw(Y[:1])),
    "log_loss: A holds 3, expected probabilities between 0 and 1",
)
case(
    V,
    lambda: fdnn.calibration_error(raw(-Y[:1]), raw(Y[:1])),
    "calibration_error: A holds -1, expected probabilities between 0 and 1",
)
case(
    K,
    lambda: mistyped.calibration_error(raw(Y[:1]), raw(Y[:1]), bins=2.5),
    "calibration_error: bins is 2.5, expected a whole number from 1 on",
)
case(
    D, lambda: fdnn.r2(raw(Y + 0j), raw(Y)), "r2: dtype is complex128, expected float64 or float32"
)
case(
    A,
    lambda: fdnn.head(fdnn.sigmoid)(bce, "mine", lambda A, Y: 0.0),
    "Metric: a metric is a lambda, which has no name, expected Metric('its name', it)",
)

# heads

case(
    S,
    lambda: fdnn.binary.layer(edge, cat),
    "layer: outputs is Cat=2, expected 1 output: the head is binary",
)
case(
    S,
    lambda: fdnn.multiclass.layer(edge, Dim[Any](1)),
    "layer: outputs is 1, expected 2 or more outputs: the head is multiclass",
)
case(
    K,
    lambda: mistyped.multiclass.layer(3, cat),
    "dense: inputs is an int, expected a Dim: write Dim[Pixel](12288)",
)
case(
    A,
    lambda: mistyped.multiclass.with_cost(bce),
    "Head: the cost is binary cross-entropy, which follows Sigmoid, expected one that ",
    "may follow softmax",
)
case(
    K,
    lambda: mistyped.multiclass.with_cost("binary"),
    "Head: cost is a str, expected a Cost: such as squared_error",
)
case(
    K,
    lambda: mistyped.head("softmax"),
    "head: activation is a str, expected an Activation: such as softmax",
)
case(
    A,
    lambda: fdnn.head(fdnn.softmax)(cce, "mine"),
    "Head: metrics is empty, expected one or more: the first is the main",
)
case(
    K,
    lambda: mistyped.head(fdnn.softmax)(cce, "mine", 3),
    "Metric: a metric is an int, expected a function of A and Y: such as accuracy",
)
case(
    S,
    lambda: fdnn.binary.require_labels("binary", raw(Y)),
    "binary: Y has shape (2, 6), expected 1 output: the head is binary",
)
case(
    V,
    lambda: fdnn.multiclass.require_labels("multiclass", raw(0.25 * Y)),
    "multiclass: column 0 of Y sums to 0.25, expected columns of labels that sum to 1: ",
    "the head is multiclass",
)
case(
    A,
    lambda: fdnn.binary.learner(Adam()).step(params)(batch),
    "step: the last activation is softmax, expected sigmoid: the head is binary",
)
case(
    K,
    lambda: mistyped.multiclass.learner(0.1),
    "Learner: optimizer is a float, expected an Optimizer",
)
case(
    K,
    lambda: mistyped.Learner(cce, Adam(), head="multiclass"),
    "Learner: head is a str, expected a Head: such as fdnn.multiclass",
)

# labels

case(A, lambda: fdnn.smoothed(batch, 1.0), "smoothed: amount is 1.0, expected a number in [0, 1)")
case(
    A,
    lambda: mistyped.smoothed(batch, None),
    "smoothed: amount is None, expected a number in [0, 1)",
)
case(
    K,
    lambda: mistyped.smoothed(Y, 0.1),
    "smoothed: batch is a ndarray, expected a Batch: Batch(X, Y) checks the data once",
)
case(
    V,
    lambda: fdnn.smoothed(fdnn.batch_from_columns(X, 0.25 * Y, pixel, cat), 0.1),
    "smoothed: column 0 of Y sums to 0.25, expected columns that sum to 1: one class an example",
)
case(
    V,
    lambda: fdnn.class_weights(fdnn.batch_from_columns(X, 2.0 * Y, pixel, cat), "balanced"),
    "class_weights: Y holds 2, expected labels between 0 and 1",
)
case(
    A,
    lambda: mistyped.class_weights(batch, "balance"),
    "class_weights: weights is 'balance', expected one of balanced: did you mean 'balanced'?",
)
case(
    A,
    lambda: fdnn.class_weights(batch, {0: 2.0}),
    "class_weights: class 1 has no weight, expected one for every class: it occurs in batch",
)
case(
    A,
    lambda: fdnn.class_weights(batch, {0: 2.0, 1: 1.0, 2: 1.0}),
    "class_weights: weights has a class 2, expected whole numbers from 0 to 1",
)
case(
    A,
    lambda: fdnn.class_weights(batch, {0: 2.0, 1: -1.0}),
    "class_weights: the weight of class 1 is -1.0, expected a number from 0 on",
)
case(
    V,
    lambda: learner.step(params)(fdnn.class_weights(batch, {0: 0.0, 1: 0.0})),
    "step: all weights of the batch are 0, expected a positive one: nothing would be learned",
)
case(
    K,
    lambda: mistyped.class_weights(batch, [1.0, 2.0]),
    "class_weights: weights is a list, expected 'balanced' or {class: weight}",
)

# streams of states, histories, rates and health

start: Any = learner.start(params)
score: Any = lambda state: state.cost  # noqa: E731  # as users write it
hint = "iterate(step)(start) gives one"

case(A, lambda: mistyped.take(-1, []), "take: n is -1, expected a whole number from 0 on")
case(K, lambda: mistyped.take(True, []), "take: n is True, expected a whole number from 0 on")
case(
    K,
    lambda: mistyped.take(2, step),
    f"take: states is a Step, expected a stream of states: {hint}",
)
case(A, lambda: mistyped.every(0, []), "every: n is 0, expected a whole number from 1 on")
case(
    K,
    lambda: mistyped.every(1, start),
    f"every: states is a State, expected a stream of states: {hint}",
)
case(A, lambda: mistyped.last([]), "last: states is empty, expected at least one state")
case(A, lambda: mistyped.within(0.0, []), "within: seconds is 0.0, expected a positive number")
case(
    A,
    lambda: mistyped.within(float("nan"), []),
    "within: seconds is nan, expected a positive number",
)
case(K, lambda: mistyped.within(None, []), "within: seconds is None, expected a positive number")
case(
    K,
    lambda: mistyped.within(1.0, [], clock=3),
    "within: clock is an int, expected a function that tells the time in seconds",
)
case(
    A,
    lambda: mistyped.early_stopping([], score, 0),
    "early_stopping: patience is 0, expected a whole number from 1 on",
)
case(
    A,
    lambda: mistyped.early_stopping([], score, 1, least_improvement=-0.1),
    "early_stopping: least_improvement is -0.1, expected a number from 0 on",
)
case(
    K,
    lambda: mistyped.early_stopping([], score, 1, least_improvement="0"),
    "early_stopping: least_improvement is '0', expected a number from 0 on",
)
case(
    K,
    lambda: mistyped.best([], "cost"),
    "best: score is a str, expected a function from a state to a number",
)
case(
    K,
    lambda: mistyped.best([], score, largest_is_best=1),
    "best: largest_is_best is an int, expected a bool",
)
case(
    V,
    lambda: mistyped.last(mistyped.best([start], lambda state: float("nan"))),
    "best: the score of step 0 is nan, expected a number",
)
case(
    V,
    lambda: mistyped.last(mistyped.early_stopping([3], lambda state: float("nan"), 1)),
    "early_stopping: the score of state 0 is nan, expected a number",
)
case(
    A,
    lambda: mistyped.recorded([], every=0),
    "recorded: every is 0, expected a whole number from 1 on",
)
case(
    K,
    lambda: mistyped.recorded([], {"cost": 1.0}),
    "recorded: measure is a dict, expected a function from a state to scores",
)
case(
    K,
    lambda: next(mistyped.recorded([params])),
    "recorded: a state is Params, expected a State: learner.start(params) gives the first",
)
case(
    K,
    lambda: next(mistyped.recorded([start], lambda state: {"test cost": "low"})),
    "Measurement: test cost is a str, expected a number",
)
case(
    A,
    lambda: next(mistyped.recorded([start], lambda state: {"step": 1.0})),
    "Measurement: a score is called 'step', expected another name: step and cost are there ",
    "already",
)
case(
    A,
    lambda: mistyped.scoring(cce),
    "scoring: no batch is named, expected at least one, such as train=batch",
)
case(
    K,
    lambda: mistyped.scoring(cce, test=X),
    "scoring: test is a ndarray, expected a Batch: Batch(X, Y) checks the data once",
)
case(
    K,
    lambda: mistyped.scoring(fdnn.accuracy, test=batch),
    "scoring: cost is a function, expected a Cost: such as squared_error",
)
case(
    K,
    lambda: mistyped.scoring(cce, test=batch)(params),
    "scoring: state is Params, expected a State: learner.start(params) gives the first",
)
case(
    K,
    lambda: mistyped.History()[3],
    "History: [...] is an int, expected a name, or a slice of steps",
)
case(
    A,
    lambda: mistyped.History()[-3:],
    "History: the first step is -3, expected a whole number from 0 on",
)
case(
    A,
    lambda: mistyped.range_test(learner, start, batch, steps=1),
    "range_test: steps is 1, expected a whole number from 2 on",
)
case(
    K,
    lambda: mistyped.range_test(learner, params, batch),
    "range_test: start is Params, expected a State: learner.start(params) gives the first",
)
case(
    K,
    lambda: mistyped.range_test(learner, start, batch, low="1e-4"),
    "range_test: low is '1e-4', expected a number above 0",
)
case(
    S,
    lambda: health(start, start, mistyped.batch_from_columns(X[:3], Y, edge, cat)),
    "health: batch has axes (Edge=3, Cat=2), expected (Pixel=4, Cat=2): those are the inputs ",
    "and outputs of the network",
)
case(
    K,
    lambda: health(start, params, batch),
    "health: after is Params, expected a State: learner.start(params) gives the first",
)


# splits

case(
    A,
    lambda: mistyped.split(batch, 1.5),
    "split: share is 1.5, expected a number from 0 to 1, such as 0.75",
)
case(
    A,
    lambda: mistyped.split(batch, 0.01),
    "split: share is 0.01, expected a share that leaves an example to each part: of 6 examples it "
    "leaves one part without any",
)
case(
    V,
    lambda: mistyped.split(
        fdnn.batch_from_columns(X, X[:1] / 2, pixel, Dim[Any](1)), stratify=True
    ),
    "split: Y holds 0.5, expected labels of 0 and 1: other numbers have no classes",
)
case(
    A,
    lambda: mistyped.folds(batch, 7),
    "folds: k is 7, expected at most 6, as there are examples: every fold needs an example",
)
case(
    A,
    lambda: mistyped.k_fold(6, 1, fdnn.Key(0)),
    "k_fold: k is 1, expected a whole number from 2 on",
)
case(
    S,
    lambda: mistyped.stratified(raw(Y), fdnn.Key(0)),
    "stratified: labels has shape (2, 6), expected (m,): one for each example",
)
case(
    S,
    lambda: mistyped.stratified_k_fold(raw(Y), 2, fdnn.Key(0)),
    "stratified_k_fold: labels has shape (2, 6), expected (m,): one for each example",
)


# rows that are read when they are due, and batches that are fed

x, classes = np.ones((6, 4)), np.array([0, 1, 0, 1, 0, 1])
rows: Any = mistyped.Rows(x, classes, pixel, cat)
of_rows: Any = partial(mistyped.Rows, inputs=pixel, outputs=cat)
on_network: Any = learner.step(params)
two = slice(0, 2)


class Claimed:
    """What says that it is of one shape, and gives another."""

    def __init__(self, shape: tuple[int, ...], given: Any) -> None:
        self.shape, self.given = shape, given

    def __getitem__(self, rows: slice) -> Any:
        return self.given


for argument, dims in (("inputs", (4, cat)), ("outputs", (pixel, 2))):
    case(
        K,
        partial(mistyped.Rows, x, classes, *dims),
        f"Rows: {argument} is an int, expected a Dim: write Dim[Pixel](12288)",
    )
for name, arguments in (
    ("x is a list", {"x": x.tolist(), "y": classes}),
    ("x is a NoneType", {"x": None, "y": classes}),
    ("y is a list", {"x": x, "y": [0, 1, 0, 1, 0, 1]}),
    ("weights is a list", {"x": x, "y": classes, "weights": [1.0] * 6}),
):
    case(
        K,
        partial(of_rows, **arguments),
        f"Rows: {name}, expected what can be cut like an array: it needs a shape",
    )
for values in (np.ones(6), np.ones((0, 4)), np.ones((6, 5)), x.T, np.array(1.0)):
    case(
        S,
        partial(of_rows, values, classes),
        f"Rows: x has shape {values.shape}, expected (m, Pixel=4): its rows are the examples",
    )
for labels in (classes[:5], np.ones((6, 3))):
    case(
        S,
        partial(of_rows, x, labels),
        f"Rows: y has shape {labels.shape}, expected (6, Cat=2) or (6,): x has 6 rows",
    )
for each in (np.ones(5), np.ones((6, 1))):
    case(
        S,
        partial(of_rows, x, classes, weights=each),
        f"Rows: weights has shape {each.shape}, expected (6,): x has 6 rows",
    )
case(
    D,
    lambda: of_rows(x, classes, dtype="int64"),
    "Rows: dtype is int64, expected float64 or float32",
)
for scale, said in ((0, "0.0"), (float("inf"), "inf"), ("1/255", "'1/255'")):
    case(
        A,
        partial(of_rows, x, classes, scale=scale),
        f"Rows: scale is {said}, expected a positive number",
    )
case(
    K,
    lambda: of_rows(x, classes, transform=3),
    "Rows: transform is an int, expected a function of a matrix of examples",
)
case(
    K,
    lambda: of_rows(x, classes, transform=lambda X: 3).part(two),
    "Batch: X is an int, expected a matrix (n, m)",
)
for values in (np.full((6, 4), "a"), np.full((6, 4), None), x + 0j):
    case(
        D,
        partial(of_rows(values, classes).part, two),
        f"Rows: x has dtype {values.dtype}, expected real numbers",
    )
for labels in (np.full(6, "cat"), np.full((6, 2), None)):
    case(
        D,
        partial(of_rows(x, labels).part, two),
        f"Rows: y has dtype {labels.dtype}, expected real numbers",
    )
case(
    D,
    lambda: of_rows(x, classes, weights=np.full(6, "1")).part(two),
    "Rows: weights has dtype <U1, expected real numbers",
)
case(
    V,
    lambda: of_rows(x, classes + 0.5).part(two),
    "Rows: y holds 0.5, expected whole numbers from 0 to 1: Cat=2",
)
case(
    V,
    lambda: of_rows(x, classes, weights=np.full(6, -2.0)).part(two),
    "Batch: weights holds -2.0, expected numbers from 0 on: 0 leaves an example out",
)
case(
    V,
    lambda: of_rows(np.full((6, 4), 1e300), classes, dtype="float32").part(two),
    "Batch: X has 8 values that are NaN or infinite, the first at (0, 0), expected finite numbers",
)
case(
    V,
    lambda: of_rows(np.full((6, 4), 1e200), classes, scale=1e200).part(slice(0, 3)),
    "Batch: X has 12 values that are NaN or infinite, the first at (0, 0), expected finite numbers",
)
case(
    S,
    lambda: of_rows(Claimed((6, 4), 1.0), classes).part(two),
    "Rows: the part 0:2 of x has shape (), expected (m, Pixel=4)",
)
case(
    S,
    lambda: of_rows(Claimed((6, 4), x[:2, :3]), classes).part(two),
    "Batch: X has shape (3, 2), expected (Pixel=4, m): batch_from_columns takes columns, ",
    "batch_from_rows rows",
)
case(
    S,
    lambda: of_rows(x, Claimed((6,), classes[:1])).part(two),
    "Batch: Y has 1 columns, expected 2: X has as many: one for each example",
)
case(
    S,
    lambda: of_rows(x, classes, weights=Claimed((6,), np.zeros(3))).part(two),
    "Batch: weights has shape (1, 3), expected (One=1, 2): X has 2 columns; one weight for each ",
    "example",
)
case(
    S,
    lambda: rows.part(slice(6, 9)),
    "Rows: the part 6:9 of x has shape (0, 4), expected (m, Pixel=4)",
)
case(
    K,
    lambda: rows.part(3),
    "Rows: rows is an int, expected a slice: slice(0, 64) is the first 64 rows",
)
case(
    A,
    lambda: rows.minibatch(0, fdnn.Key(0), 0),
    "Rows: size is 0, expected a whole number from 1 on",
)
case(
    K,
    lambda: rows.rows_of("2", fdnn.Key(0), 0),
    "Rows: size is '2', expected a whole number from 1 on",
)
case(K, lambda: rows.minibatch(2, 0, 0), "Rows: key is an int, expected a Key")
case(
    A,
    lambda: rows.minibatch(2, fdnn.Key(0), -1),
    "Rows: step is -1, expected a whole number from 0 on",
)
case(
    A,
    lambda: rows.minibatch(9, fdnn.Key(0), 0, True),
    "Rows: drop_last is True, and size is 9, expected a size of at most 6: so many there are",
)
case(
    K,
    lambda: on_network.read(batch, size=2),
    "step: rows is a Batch, expected a Rows: Rows(x, y, inputs, outputs)",
)
case(
    A, lambda: on_network.read(rows, size=-1), "step: size is -1, expected a whole number from 1 on"
)
case(
    K,
    lambda: on_network.read(rows, size=None),
    "step: size is None, expected a whole number from 1 on",
)
for call in (on_network, partial(on_network.read, rows)):
    given = (batch,) if call is on_network else ()
    case(
        A,
        partial(call, *given, size=7, drop_last=True),
        "step: drop_last is True, and size is 7, expected a size of at most 6: so many there are",
    )
    case(
        K,
        partial(call, *given, size=2, drop_last="yes"),
        "step: drop_last is a str, expected a bool",
    )
case(
    A,
    lambda: on_network(batch, drop_last=True),
    "step: drop_last is True, and size is None, expected a size of at most 6: so many there are",
)
case(
    fdnn.AxisError,
    lambda: on_network.read(mistyped.Rows(x, classes, Dim[Dog](4), cat), size=2),
    "step: batch has axes (Dog=4, Cat=2), expected (Pixel=4, Cat=2): those are the inputs and ",
    "outputs of the network, and Dog is not Pixel although both are 4",
)
case(
    S,
    lambda: on_network.read(mistyped.Rows(x, classes, pixel, Dim[Any](1)), size=2),
    "step: batch has axes (Pixel=4, 1), expected (Pixel=4, Cat=2): those are the inputs and ",
    "outputs of the network",
)
case(
    D,
    lambda: on_network.read(of_rows(x, classes, dtype="float32"), size=2)(start),
    "step: batch has dtype float32, expected float64: which params has",
)
case(
    V,
    lambda: on_network.read(of_rows(x, np.full((6, 2), 1.0)), size=2),
    "step: column 0 of Y sums to 2 or has a negative entry, expected columns of labels ",
    "from 0 on that sum to 1: categorical cross-entropy",
)
case(
    K,
    lambda: on_network.feed(batch),
    "feed: batches is a Batch, expected an Iterable: [batch] is one of one",
)
case(
    K,
    lambda: on_network.feed(None),
    "feed: batches is a NoneType, expected an Iterable: [batch] is one of one",
)
case(
    K,
    lambda: list(on_network.feed([batch])(params)),
    "feed: state is Params, expected a State: learner.start(params) gives the first",
)
case(
    K,
    lambda: list(on_network.feed([batch])(Learner(cce, GradientDescent(0.1)).start(params))),
    "step: the state has 0 moments, expected 2: it is of another optimizer",
)
case(
    D,
    lambda: list(on_network.feed([fdnn.batch_from_columns(X, Y, pixel, cat, "float32")])(start)),
    "step: batch has dtype float32, expected float64: which params has",
)
case(
    S,
    lambda: list(on_network.feed([batch])(learner.start(other))),
    "feed: state has axes (Pixel=4, Cat=2), expected (Pixel=4, Edge=3, Cat=2): the feed ",
    "was made for another network",
)

# regularisers

case(
    K,
    lambda: mistyped.Learner(cce, Adam(), regularizer=mistyped.L2),
    "Learner: regularizer is the class L2, expected one that was made, L2(...)",
)


class Penalized(fdnn.Regularizer):
    """A regulariser of the user's own that gives what it was told to."""

    def __init__(self, penalty: Any, gradient: Any) -> None:
        self.given = penalty, gradient

    def penalty(self, params: Any, /) -> Any:
        return self.given[0]

    def gradient(self, params: Any, /) -> Any:
        return self.given[1]


for kind in (mistyped.L2, mistyped.L1):
    for strength, said in ((0, "0.0"), (-0.5, "-0.5"), (float("nan"), "nan"), ("0.1", "'0.1'")):
        case(
            A,
            partial(kind, strength),
            f"{kind.__name__}: strength is {said}, expected a positive number",
        )
case(
    A,
    lambda: mistyped.Elastic(0.0, 0.0),
    "Elastic: l1 and l2 are both 0, expected one above 0: or none at all",
)
case(A, lambda: mistyped.Elastic(-1, 0.1), "Elastic: l1 is -1.0, expected a number from 0 on")
case(A, lambda: mistyped.Elastic(0.1, None), "Elastic: l2 is None, expected a number from 0 on")
case(
    A,
    lambda: mistyped.L2.as_in_course(0.7, 0),
    "L2: examples is 0, expected a whole number from 1 on",
)
case(
    K,
    lambda: mistyped.L2.as_in_course(0.7, 20.5),
    "L2: examples is 20.5, expected a whole number from 1 on",
)
case(
    A,
    lambda: mistyped.L2.as_in_course("0.7", 211),
    "L2: lambd is '0.7', expected a positive number",
)
for penalized in (mistyped.L2(0.1).penalty, mistyped.L1(0.1).gradient):
    case(
        K,
        partial(penalized, blank),
        "penalty: params is an Architecture, expected Params: initialize(architecture, rng=0) ",
        "gives them",
    )
case(
    K,
    lambda: mistyped.Learner(cce, Adam),
    "Learner: optimizer is the class Adam, expected one that was made, Adam(...)",
)
for regularizer, said in ((0.01, "a float"), ("l2", "a str")):
    case(
        K,
        partial(mistyped.Learner, cce, Adam(), regularizer=regularizer),
        f"Learner: regularizer is {said}, expected a Regularizer: such as L2",
    )
case(
    A,
    lambda: Learner(cce, Adam(), Penalized("much", grads)).step(params)(batch)(start),
    "step: the penalty is 'much', expected a number",
)
case(
    K,
    lambda: Learner(cce, Adam(), Penalized(1.0, X)).step(params)(batch)(start),
    "+: what stands after + is a ndarray, expected Grads",
)
case(
    S,
    lambda: Learner(cce, Adam(), Penalized(1.0, other.forward(raw(X)).gradient(raw(Y), cce))).step(
        params
    )(batch)(start),
    "+: grads has axes (Pixel=4, Cat=2), expected (Pixel=4, Edge=3, Cat=2): as params ",
    "has them",
)

# labels that lie the other way, or are the numbers of the classes

case(
    S,
    lambda: mistyped.batch_from_rows(X.T, Y, pixel, cat),
    "Batch: y has shape (2, 6), expected (6, Cat=2): its columns are the examples, as one_hot ",
    "makes them: give y.T",
)
for from_numbers in (
    lambda: mistyped.batch_from_rows(X.T, np.arange(6) % 2, pixel, cat),
    lambda: mistyped.batch_from_rows(X.T, np.arange(6.0) % 2, pixel, cat),
    lambda: mistyped.batch_from_columns(X, np.arange(6) % 2, pixel, cat),
):
    case(
        S,
        from_numbers,
        "Batch: y has shape (6,), expected (Cat=2, m): are they the numbers of the classes? ",
        "one_hot(y, outputs) makes a row for each",
    )
case(
    S,
    lambda: mistyped.batch_from_columns(X, [np.arange(6.0) % 2], pixel, cat),
    "Batch: Y has shape (1, 6), expected (Cat=2, m): are they the numbers of the classes? ",
    "one_hot(numbers, outputs) makes the rows",
)


def outcomes() -> Iterable[tuple[str, str]]:
    """For every case whose outcome is another: what was due, and what came."""
    for call, kind, sentence in CASES:
        try:
            call()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the outcome
            came = f"{type(error).__name__}: {error}"
        else:
            came = "nothing was refused"
        if came != f"{kind.__name__}: {sentence}":
            yield f"{kind.__name__}: {sentence}", came


# kinds that are none, at the door of the laws

case(
    K,
    lambda: mistyped.laws.check("relu"),
    "laws.check: kind is a str, expected an activation, a cost, a layer, an optimizer or another ",
    "kind",
)
case(
    K,
    lambda: mistyped.laws.check(fdnn.Tanh),
    "laws.check: kind is the class Tanh, expected an activation, a cost, a layer, an optimizer or ",
    "another kind: Tanh(), for one",
)
case(
    K,
    lambda: mistyped.laws.activation(cce),
    "laws.activation: g is a CategoricalCrossEntropy, expected an Activation: such as relu",
)
case(
    K,
    lambda: mistyped.laws.cost(fdnn.relu),
    "laws.cost: J is a ReLU, expected a Cost: such as squared_error",
)
case(
    K,
    lambda: mistyped.laws.initializer(0.01),
    "laws.initializer: draw is a float, expected an Initializer: such as he",
)
case(
    K,
    lambda: mistyped.laws.layer(blank),
    "laws.layer: kind is an Architecture, expected a Layer: such as dense(pixel, hidden, relu)",
)
case(
    K,
    lambda: mistyped.laws.metric(0.5),
    "laws.metric: measure is a float, expected a function of A and Y, such as accuracy",
)
case(
    K,
    lambda: mistyped.laws.optimizer(learner),
    "laws.optimizer: kind is a Learner, expected an Optimizer: such as Adam()",
)
case(
    K,
    lambda: mistyped.laws.regularizer(0.1),
    "laws.regularizer: kind is a float, expected a Regularizer: such as L2(0.01)",
)
case(
    K,
    lambda: mistyped.laws.schedule(0.1),
    "laws.schedule: rate is a float, expected a Schedule: Constant(0.1), for one",
)
case(
    K,
    lambda: mistyped.laws.transform(X),
    "laws.transform: kind is a ndarray, expected a Transform: such as center",
)

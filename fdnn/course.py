"""The course's notebooks under their own names: their functions, and the models of the sequel.

The functions are those of "Building your Deep Neural Network: Step by Step" and "Deep Neural
Network: Application" (deeplearning.ai, *Neural Networks and Deep Learning*, week 4), and of
"Optimization Methods" (*Improving Deep Neural Networks*, week 2).  Parameters
are dicts `"W1"`, `"b1"`, ...; caches are tuples; the activations are called `"relu"` and
`"sigmoid"`.  Behind every one of them stands the typed core; here it is only spoken to in the
notebook's language:

- the notebook divides by m where `dW` and `db` are made, and the core where `dZ` begins;
- the notebook's cost has no guard against `log 0`: where its formula does not exist, NumPy's NaN or
  infinity comes back, with NumPy's own warning;
- random numbers come from NumPy's legacy generator, each function's own, so that they are the
  notebook's to the last bit.

Whole numbers, booleans and float32 become float64.  No argument is changed; what is computed can be
written to, and a cache holds the very arrays that were given.  Wrong shapes are refused in one
sentence, and so are NaN and infinity on the way forward; the cost and the way back take any
numbers, as the notebook's own tests do.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice, pairwise
from numbers import Real
from types import MappingProxyType
from typing import Any, ClassVar, SupportsIndex, TypeAlias

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from fdnn import matrix as mx
from fdnn import network, propagation
from fdnn.activations import Activation, relu, sigmoid
from fdnn.adaptive import Adam
from fdnn.arrays import batch_from_columns
from fdnn.axes import ONE, C, Dim, M, One, Out, R, named_dim
from fdnn.choices import choice
from fdnn.costs import BinaryCrossEntropy
from fdnn.errors import ArgumentError, DtypeError, KindError, ShapeError
from fdnn.guards import require_kind
from fdnn.layers import dense
from fdnn.matrix import Array, Matrix, mean, require_finite, require_matrix, to_numpy, unchecked
from fdnn.optimizers import GradientDescent, OptimizerState
from fdnn.records import Grads, Params
from fdnn.schedules import InverseTime
from fdnn.training import Learner, Step, iterate

__all__ = [
    "L_layer_model",
    "L_model_backward",
    "L_model_forward",
    "compute_cost",
    "initialize_adam",
    "initialize_parameters",
    "initialize_parameters_deep",
    "initialize_velocity",
    "linear_activation_backward",
    "linear_activation_forward",
    "linear_backward",
    "linear_forward",
    "predict",
    "random_mini_batches",
    "schedule_lr_decay",
    "two_layer_model",
    "update_lr",
    "update_parameters",
    "update_parameters_with_adam",
    "update_parameters_with_momentum",
]

Floats: TypeAlias = NDArray[np.float64]

Parameters: TypeAlias = dict[str, Floats]
"""`"W1"`, `(n_1, n_0)`, and `"b1"`, `(n_1, 1)`, to `"WL"` and `"bL"`."""

Gradients: TypeAlias = dict[str, Floats]
"""`"dW1"`, `"db1"`, to `"dWL"`, `"dbL"`, shaped as the parameters, and `"dA0"` to `"dA(L-1)"`."""

LinearCache: TypeAlias = tuple[Floats, Floats, Floats]
"""`(A_prev, W, b)`."""

LayerCache: TypeAlias = tuple[LinearCache, Floats]
"""`((A_prev, W, b), Z)`: the linear cache and the activation cache."""

Network: TypeAlias = Params[*tuple[Any, ...]]

ACTIVATIONS: Mapping[str, Activation] = MappingProxyType({g.name: g for g in (relu, sigmoid)})
"""The notebook's activations, by its names."""


# ----------------------------------------------------------------------------------- initialisation


def initialize_parameters(n_x: int, n_h: int, n_y: int) -> Parameters:
    """`W = 0.01 * randn` with the seed 1, and `b = 0`, for the sizes `n_x -> n_h -> n_y`.

    Raises `ArgumentError` for a size that is no whole number of at least 1.
    """
    sizes = {"n_x": n_x, "n_h": n_h, "n_y": n_y}
    dims = [_whole("initialize_parameters", name, size) for name, size in sizes.items()]

    return _drawn(dims, seed=1, scaled=_small)


def initialize_parameters_deep(layer_dims: Iterable[int]) -> Parameters:
    """`W_l = 0.01 * randn(n_l, n_(l-1))` with the seed 3, and `b_l = 0`, for `n_0, ..., n_L`.

    Raises `ArgumentError` for a size that is no whole number of at least 1, and for fewer than two.
    """
    dims = _sizes("initialize_parameters_deep", "layer_dims", layer_dims)

    return _drawn(dims, seed=3, scaled=_small)


def _small(W: Floats) -> Floats:
    return W * 0.01


def _by_inputs(W: Floats) -> Floats:
    return W / math.sqrt(W.shape[1])


def _drawn(dims: Sequence[int], seed: int, scaled: Callable[[Floats], Floats]) -> Parameters:
    """`W_l = scaled(randn)` layer after layer from one legacy stream, and `b_l = 0`."""
    stream = np.random.RandomState(seed)
    parameters: Parameters = {}

    for l, (n_prev, n) in enumerate(pairwise(dims), start=1):
        parameters[f"W{l}"] = scaled(stream.standard_normal((n, n_prev)))
        parameters[f"b{l}"] = np.zeros((n, 1))

    return parameters


# ---------------------------------------------------------------------------------- the way forward


def linear_forward(A: ArrayLike, W: ArrayLike, b: ArrayLike) -> tuple[Floats, LinearCache]:
    """`Z = W A + b`, and the cache `(A, W, b)`.

    `A` is `(n_prev, m)`, `W` is `(n, n_prev)`, `b` is `(n, 1)`, and `Z` is `(n, m)`.  Raises
    `ShapeError`, `DtypeError`, `DataError`.
    """
    where = "linear_forward"
    cache = _linear_cache(where, "A", A, W, b)
    layer = _dense(where, cache, relu)
    Z, _ = network.linear_forward(layer, _matrix(cache[0]))

    return _writable(Z), cache


def linear_activation_forward(
    A_prev: ArrayLike, W: ArrayLike, b: ArrayLike, activation: str
) -> tuple[Floats, LayerCache]:
    """`Z = W A_prev + b` and `A = g(Z)`: `A`, `(n, m)`, and the cache `((A_prev, W, b), Z)`.

    `activation` is `"relu"` or `"sigmoid"`.  Raises `ArgumentError` for another, and `ShapeError`,
    `DtypeError`, `DataError` for arrays that do not fit.
    """
    where = "linear_activation_forward"
    g = _activation(where, activation)
    linear_cache = _linear_cache(where, "A_prev", A_prev, W, b)
    layer = _dense(where, linear_cache, g)
    A, cache = network.linear_activation_forward(layer, _matrix(linear_cache[0]))

    return _writable(A), (linear_cache, _writable(cache.Z))


def L_model_forward(
    X: ArrayLike, parameters: Mapping[str, ArrayLike]
) -> tuple[Floats, list[LayerCache]]:
    """`A_l = g_l(W_l A_(l-1) + b_l)` from `A_0 = X`; `g_l` is ReLU, and sigmoid in the last layer.

    `X` is `(n_0, m)`.  Gives `AL`, `(n_L, m)`, and the caches of all layers.  Raises `ShapeError`,
    `DtypeError`, `DataError` for arrays that do not fit, `ArgumentError` for a dict without them.
    """
    where = "L_model_forward"
    layers = _layers(where, parameters)
    params = _params(where, layers)
    A = _examples(where, X, params)
    core_caches = params.forward(_matrix(A)).caches

    caches: list[LayerCache] = []
    for (W, b), cache in zip(layers, core_caches, strict=True):
        caches.append(((A, W, b), _writable(cache.Z)))
        A = _writable(cache.A)

    return A, caches


# ----------------------------------------------------------------------------------------- the cost


@attrs.frozen
class PlainCrossEntropy(BinaryCrossEntropy):
    """`L = -sum_i [y_i log a_i + (1 - y_i) log(1 - a_i)]` to the letter, for any output and label.

    No case stands apart at 0 and 1.  From the logits it is the core's own, and finite.
    """

    name: ClassVar[str] = "plain cross-entropy"
    domain: ClassVar[tuple[float, float]] = (-math.inf, math.inf)

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return -mx.sum_rows(Y * mx.log(A) + (1.0 - Y) * mx.log(1.0 - A))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        """`dL/dA = -(Y / A - (1 - Y) / (1 - A))`."""
        return -(Y / A - (1.0 - Y) / (1.0 - A))

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        """Every number is a label."""


plain_cross_entropy = PlainCrossEntropy()


def compute_cost(AL: ArrayLike, Y: ArrayLike) -> Floats:
    """`J = -(1/m) * sum [Y log AL + (1 - Y) log(1 - AL)]`, an array of shape `()`.

    `AL` and `Y` are `(n_L, m)`.  There is no epsilon and no clipping: where a logarithm does not
    exist, `J` is NaN or infinite, and NumPy warns.  Raises `ShapeError`, `DtypeError`.
    """
    where = "compute_cost"
    outputs = _array(where, "AL", AL)
    require_matrix(where, "AL", outputs)
    labels = _array(where, "Y", Y)
    _require_shape(where, "Y", labels, outputs.shape, "as AL has it")
    losses = plain_cross_entropy.losses(_matrix(outputs), _matrix(labels))

    return np.array(mean(losses, _matrix(outputs)))


# ------------------------------------------------------------------------------------- the way back


def linear_backward(dZ: ArrayLike, cache: LinearCache) -> tuple[Floats, Floats, Floats]:
    """`dW = (1/m) dZ A_prev^T`, `db = (1/m) sum_j dZ_j`, `dA_prev = W^T dZ`: `(dA_prev, dW, db)`.

    `dZ` is `(n, m)`, and `cache` is `(A_prev, W, b)`.  Raises `ShapeError`, `DtypeError`,
    `KindError`.
    """
    where = "linear_backward"
    A_prev, W, b = _linear_parts(where, "cache", cache)
    given = _array(where, "dZ", dZ)
    _require_shape(where, "dZ", given, _shape_of_Z(A_prev, W), "as W A_prev has it")
    linear = dense.LinearCache(_matrix(A_prev), dense.dense_of(_matrix(W), _matrix(b)))

    return _averaged(*linear.backward(_matrix(given)))


def linear_activation_backward(
    dA: ArrayLike, cache: LayerCache, activation: str
) -> tuple[Floats, Floats, Floats]:
    """`dZ = dA * g'(Z)`, then as `linear_backward`: `(dA_prev, dW, db)`.

    `dA` is `(n, m)`, `cache` is `((A_prev, W, b), Z)`, and `activation` is `"relu"`, whose
    derivative at 0 is 0, or `"sigmoid"`.  Raises `ArgumentError`, `ShapeError`,
    `DtypeError`, `KindError`.
    """
    where = "linear_activation_backward"
    g = _activation(where, activation)
    layer_cache = _layer_cache(where, "cache", cache, g)
    given = _array(where, "dA", dA)
    _require_shape(where, "dA", given, layer_cache.Z.shape, "as Z of the cache has it")

    return _averaged(*propagation.layer_backward(layer_cache, _matrix(given)))


def L_model_backward(AL: ArrayLike, Y: ArrayLike, caches: Sequence[LayerCache]) -> Gradients:
    """From `dAL = -(Y / AL - (1 - Y) / (1 - AL))`, the gradients of all layers.

    `AL` is `(n_L, m)`, any numbers; `Y` has as many, and is shaped like `AL` here; `caches` are L
    pairs `((A_prev, W, b), Z)`, of the first layer first.  Gives `dA0` ... `dA(L-1)`, `dW1` ...
    `dWL`, `db1` ... `dbL`.  Raises `ShapeError`, `DtypeError`, `KindError`.
    """
    where = "L_model_backward"
    outputs = _array(where, "AL", AL)
    require_matrix(where, "AL", outputs)
    labels = _array(where, "Y", Y)
    if labels.size != outputs.size:
        came = f"Y has shape {labels.shape}"
        raise ShapeError(where, came, str(outputs.shape), "as AL has it")
    layer_caches = _layer_caches(where, caches)

    dA = plain_cross_entropy.derivative(_matrix(outputs), _matrix(labels.reshape(outputs.shape)))
    given, last = outputs.shape, len(layer_caches)
    grads: Gradients = {}

    for l, cache in zip(range(last, 0, -1), reversed(layer_caches), strict=True):
        why = "as AL has it" if l == last else f"as A_prev of caches[{l}] has it"
        _require_shape(where, f"Z of caches[{l - 1}]", to_numpy(cache.Z), given, why)

        gradient, dA = propagation.layer_backward(cache, dA)
        grads[f"dA{l - 1}"], grads[f"dW{l}"], grads[f"db{l}"] = _averaged(gradient, dA)
        given = to_numpy(dA).shape

    return grads


def update_parameters(
    parameters: Mapping[str, ArrayLike], grads: Mapping[str, ArrayLike], learning_rate: float
) -> Parameters:
    """`W_l := W_l - learning_rate * dW_l` and `b_l := b_l - learning_rate * db_l`, in a new dict.

    Raises `ShapeError`, `DtypeError`, and `ArgumentError` for dicts that lack some, or a rate that
    is not a finite number.
    """
    where = "update_parameters"
    layers = _layers(where, parameters)
    params = _params(where, layers)
    require_kind(where, "grads", grads, Mapping, "L_model_backward gives it")
    gradients = [
        (_gradient(where, grads, f"dW{l}", W), _gradient(where, grads, f"db{l}", b))
        for l, (W, b) in enumerate(layers, start=1)
    ]
    rate = _rate(where, learning_rate)
    gradient = Grads(params.architecture, _vector(gradients))

    return _dict_of(network.update(params, gradient, rate))


# --------------------------------------------------------------------------------------- the sequel


def two_layer_model(
    X: ArrayLike,
    Y: ArrayLike,
    layers_dims: Iterable[int],
    learning_rate: float = 0.0075,
    num_iterations: int = 3000,
    print_cost: bool = False,
) -> tuple[Parameters, list[Floats]]:
    """Gradient descent on `n_x -> n_h -> n_y`, from `initialize_parameters`.

    As `L_layer_model`, but for the start and for `layers_dims`, which are three.
    """
    where = "two_layer_model"
    dims = _sizes(where, "layers_dims", layers_dims)
    if len(dims) != 3:
        raise ArgumentError(where, f"layers_dims is {dims}", "three sizes, (n_x, n_h, n_y)")
    start = initialize_parameters(*dims)

    return _trained(where, X, Y, start, learning_rate, num_iterations, print_cost)


def L_layer_model(
    X: ArrayLike,
    Y: ArrayLike,
    layers_dims: Iterable[int],
    learning_rate: float = 0.0075,
    num_iterations: int = 3000,
    print_cost: bool = False,
) -> tuple[Parameters, list[Floats]]:
    """Gradient descent from `W_l = randn(n_l, n_(l-1)) / sqrt(n_(l-1))` with the seed 1, `b_l = 0`.

    `X` is `(n_0, m)` and `Y` is `(n_L, m)`.  Gives the parameters after `num_iterations` steps, and
    the cost of every 100th iteration from 0 on.  `print_cost` prints those, and the last one too.

    Raises `ShapeError`, `DtypeError`, `DataError`, `ArgumentError`; and `DivergenceError` where the
    cost is no longer finite, which carries the last state whose cost still was.
    """
    where = "L_layer_model"
    dims = _sizes(where, "layers_dims", layers_dims)
    start = _drawn(dims, seed=1, scaled=_by_inputs)

    return _trained(where, X, Y, start, learning_rate, num_iterations, print_cost)


def _trained(
    where: str,
    X: ArrayLike,
    Y: ArrayLike,
    initial: Parameters,
    learning_rate: float,
    num_iterations: int,
    print_cost: bool,
) -> tuple[Parameters, list[Floats]]:
    """The parameters after so many steps from `initial`, and the cost of every 100th."""
    params = _params(where, _layers(where, initial))
    examples = _examples(where, X, params)
    labels = _array(where, "Y", Y)
    expected = (int(params.axes[-1]), examples.shape[1])
    _require_shape(where, "Y", labels, expected, "one column for each example of X")
    require_finite(where, "Y", labels)
    if _rate(where, learning_rate) <= 0.0:
        raise ArgumentError(where, f"learning_rate is {learning_rate}", "a positive number")
    steps = _whole(where, "num_iterations", num_iterations, least=0)

    batch = batch_from_columns(examples, labels, params.axes[0], params.axes[-1])
    learner = Learner(plain_cross_entropy, GradientDescent(learning_rate))
    train = iterate(Step(learner, params.architecture, batch))
    state = start = learner.start(params)
    costs: list[Floats] = []

    for i, state in enumerate(islice(train(start), 1, steps + 1)):
        if i % 100 == 0:
            costs.append(np.array(state.cost))
        if print_cost and (i % 100 == 0 or i == steps - 1):
            print(f"Cost after iteration {i}: {state.cost}")

    return _dict_of(state.params), costs


def predict(X: ArrayLike, y: ArrayLike, parameters: Mapping[str, ArrayLike]) -> Floats:
    """Whether `AL > 0.5`, as a row `(1, m)` of 0 and 1; prints the share that agrees with `y`.

    `X` is `(n_0, m)`; `y` is `(1, m)` or `(m,)`.  Raises as `L_model_forward`, and `ShapeError` for
    a network with several outputs.
    """
    where = "predict"
    params = _params(where, _layers(where, parameters))
    examples = _examples(where, X, params)
    m = examples.shape[1]
    outputs = int(params.axes[-1])
    if outputs != 1:
        came = f"the last layer has {outputs} outputs"
        raise ShapeError(where, came, "1", "an example is of the class or it is not")
    labels = _array(where, "y", y)
    if labels.shape not in ((1, m), (m,)):
        why = "one label for each example of X"
        raise ShapeError(where, f"y has shape {labels.shape}", str((1, m)), why)

    p = network.predict(params, _matrix(examples)).astype(np.float64).reshape(1, m)
    accuracy = np.sum((p == labels) / m)
    print(f"Accuracy: {accuracy}")

    return p


# -------------------------------------------------------------------------- optimization methods


def random_mini_batches(
    X: ArrayLike, Y: ArrayLike, mini_batch_size: int = 64, seed: int = 0
) -> list[tuple[Floats, Floats]]:
    """The examples in the order `np.random.permutation` of that seed, cut into mini-batches.

    `X` is `(n_0, m)` and `Y` is `(1, m)`; the last pair holds what is left.  Raises `ShapeError`,
    `DtypeError`, `DataError`, `ArgumentError`.
    """
    where = "random_mini_batches"
    examples, labels = _array(where, "X", X), _array(where, "Y", Y)
    require_matrix(where, "X", examples)
    m = examples.shape[1]
    _require_shape(where, "Y", labels, (1, m), "one label for each example of X")
    size = _whole(where, "mini_batch_size", mini_batch_size)
    drawn = np.random.RandomState(_whole(where, "seed", seed, least=0)).permutation(m)
    parts = [drawn[start : start + size] for start in range(0, m, size)]

    return [(examples[:, part], labels[:, part]) for part in parts]


def initialize_velocity(parameters: Mapping[str, ArrayLike]) -> Gradients:
    """`v = 0`: `"dW1"`, `"db1"`, ... of zeros, shaped as the parameters."""
    layers = _layers("initialize_velocity", parameters)

    return _zeros(layers)


def update_parameters_with_momentum(
    parameters: Mapping[str, ArrayLike],
    grads: Mapping[str, ArrayLike],
    v: Mapping[str, ArrayLike],
    beta: float,
    learning_rate: float,
) -> tuple[Parameters, Gradients]:
    """`v := beta * v + (1 - beta) * dW`, `W := W - learning_rate * v`: both in new dicts.

    In typed code, `Momentum.as_in_course(learning_rate, beta)`.
    """
    where = "update_parameters_with_momentum"
    layers = _layers(where, parameters)
    dW, velocity = (_row_of(where, name, it, layers) for name, it in (("grads", grads), ("v", v)))
    beta, rate = _share(where, "beta", beta), _rate(where, learning_rate)
    velocity = beta * velocity + (1.0 - beta) * dW
    after = network.update(_row(layers), velocity, rate)

    return _cut(after.vector, layers), _cut(velocity.vector, layers, "d")


def initialize_adam(parameters: Mapping[str, ArrayLike]) -> tuple[Gradients, Gradients]:
    """`v = 0` and `s = 0`, shaped as the parameters."""
    layers = _layers("initialize_adam", parameters)

    return _zeros(layers), _zeros(layers)


def update_parameters_with_adam(
    parameters: Mapping[str, ArrayLike],
    grads: Mapping[str, ArrayLike],
    v: Mapping[str, ArrayLike],
    s: Mapping[str, ArrayLike],
    t: int,
    learning_rate: float = 0.01,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[Parameters, Gradients, Gradients, Gradients, Gradients]:
    """Adam's update number `t`, from 1: `(parameters, v, s, v_corrected, s_corrected)`, new dicts.

    v := beta1 * v + (1 - beta1) * dW        v_corrected = v / (1 - beta1^t)
    s := beta2 * s + (1 - beta2) * dW^2      s_corrected = s / (1 - beta2^t)
    W := W - learning_rate * v_corrected / (sqrt(s_corrected) + epsilon)
    """
    where = "update_parameters_with_adam"
    layers = _layers(where, parameters)
    dW, first, second = (
        _row_of(where, name, it, layers) for name, it in (("grads", grads), ("v", v), ("s", s))
    )
    count = _whole(where, "t", t) - 1
    shares = _share(where, "beta1", beta1), _share(where, "beta2", beta2)
    params = _row(layers)
    adam = Adam(learning_rate, *shares, epsilon)
    state = OptimizerState(params.architecture, count, (first, second))
    updates, after = adam.update(dW, state, params)
    corrected = [
        moment / (1.0 - beta ** (count + 1))
        for moment, beta in zip(after.moments, shares, strict=True)
    ]
    moments = [_cut(moment.vector, layers, "d") for moment in (*after.moments, *corrected)]

    return _cut((params + updates).vector, layers), moments[0], moments[1], moments[2], moments[3]


def update_lr(learning_rate0: float, epoch_num: int, decay_rate: float) -> float:
    """`learning_rate0 / (1 + decay_rate * epoch_num)`: the core's `InverseTime`."""
    where = "update_lr"
    return InverseTime(learning_rate0, decay_rate)(_whole(where, "epoch_num", epoch_num, least=0))


def schedule_lr_decay(
    learning_rate0: float, epoch_num: int, decay_rate: float, time_interval: int = 1000
) -> float:
    """`learning_rate0 / (1 + decay_rate * floor(epoch_num / time_interval))`: with a staircase."""
    where = "schedule_lr_decay"
    every = _whole(where, "time_interval", time_interval)
    epoch = _whole(where, "epoch_num", epoch_num, least=0)
    return InverseTime(learning_rate0, decay_rate, every)(epoch)


# ----------------------------------------------------------- from the notebook's arrays to the core


def _array(where: str, name: str, value: object) -> Floats:
    """The array itself where it is one of float64, and otherwise its numbers in float64."""
    try:
        array = np.asarray(value)
    except ValueError:
        came = f"{name} is a {type(value).__name__} of unequal rows"
        raise ShapeError(where, came, "an array of numbers") from None
    if array.dtype.kind not in "biuf":
        raise DtypeError(where, f"{name} has dtype {array.dtype}", "real numbers")
    return array.astype(np.float64, copy=False)


def _matrix(array: Floats) -> Matrix[Any, Any]:
    """The array as the core sees it; its axes have no names."""
    rows, columns = array.shape
    return unchecked(array, Dim[Any](rows), Dim[Any](columns))


def _require_shape(where: str, name: str, array: Floats, shape: Sequence[int], why: str) -> None:
    """Refuse what is no matrix of exactly this shape."""
    rows, columns = shape
    expected = f"({rows}, {columns})"
    if array.shape != (rows, columns):
        raise ShapeError(where, f"{name} has shape {array.shape}", expected, why)


def _weights_and_bias(
    where: str, names: tuple[str, str], W: object, b: object
) -> tuple[Floats, Floats]:
    """`W`, `(n, n_prev)`, and `b`, `(n, 1)`, which must fit."""
    weights, bias = (_array(where, name, value) for name, value in zip(names, (W, b), strict=True))
    require_matrix(where, names[0], weights)
    n = named_dim(weights.shape[0], "n")
    why = f"a column, with one number for each row of {names[0]}"
    require_matrix(where, names[1], bias, n, ONE, why)
    return weights, bias


def _linear_cache(
    where: str, name: str, A: object, W: object, b: object, of: str = ""
) -> LinearCache:
    """`(A, W, b)`, whose shapes must fit."""
    weights, bias = _weights_and_bias(where, (f"W{of}", f"b{of}"), W, b)
    activations = _array(where, f"{name}{of}", A)
    n_prev = named_dim(weights.shape[1], "n_prev")
    why = f"W has {weights.shape[1]} columns"
    require_matrix(where, f"{name}{of}", activations, n_prev, None, why)
    return activations, weights, bias


def _dense(where: str, cache: LinearCache, g: Activation) -> dense.Dense[Any, Any]:
    """The layer of a linear cache, whose numbers must be finite."""
    _, W, b = cache
    require_finite(where, "W", W)
    require_finite(where, "b", b)
    return dense.dense_of(_matrix(W), _matrix(b), g)


def _layers(where: str, parameters: Mapping[str, ArrayLike]) -> list[tuple[Floats, Floats]]:
    """`W` and `b` of every layer of the dict."""
    require_kind(where, "parameters", parameters, Mapping, "a dict of W1, b1, ...")
    depth = max(1, (len(parameters) + 1) // 2)
    keys = [f"{letter}{l}" for l in range(1, depth + 1) for letter in "Wb"]
    if set(parameters) != set(keys):
        came = f"parameters has the keys {', '.join(map(repr, parameters)) or '(none)'}"
        raise ArgumentError(where, came, ", ".join(map(repr, keys)), "a W and a b for each layer")
    return [
        _weights_and_bias(where, (f"W{l}", f"b{l}"), parameters[f"W{l}"], parameters[f"b{l}"])
        for l in range(1, depth + 1)
    ]


def _params(where: str, layers: Sequence[tuple[Floats, Floats]]) -> Network:
    """The typed network: ReLU in all layers but the last, sigmoid in that."""
    for l, (W, b) in enumerate(layers, start=1):
        require_finite(where, f"W{l}", W)
        require_finite(where, f"b{l}", b)
        if l > 1 and W.shape[1] != len(layers[l - 2][0]):
            units = len(layers[l - 2][0])
            came = f"W{l} has shape {W.shape}"
            raise ShapeError(where, came, f"({W.shape[0]}, {units})", f"W{l - 1} has {units} rows")

    sizes = [layers[0][0].shape[1], *(len(W) for W, _ in layers)]
    return Params(network.mlp(sizes, relu, sigmoid), _vector(layers))


def _vector(layers: Sequence[tuple[Floats, Floats]]) -> Array:
    """The numbers of all layers, laid out as the core has them."""
    matrices = [dense.dense_of(_matrix(W), _matrix(b)).Wb for W, b in layers]
    return np.concatenate([to_numpy(Wb).reshape(-1) for Wb in matrices])


def _examples(where: str, X: object, params: Network) -> Floats:
    """`X`, `(n_0, m)`, of finite numbers."""
    examples = _array(where, "X", X)
    n_0 = int(params.axes[0])
    require_matrix(where, "X", examples, named_dim(n_0, "n_0"), None, f"W1 has {n_0} columns")
    require_finite(where, "X", examples)
    return examples


def _require_parts(where: str, name: str, cache: Sequence[object], *parts: str) -> None:
    """Refuse a cache that does not have those parts."""
    expected = f"({', '.join(parts)})"
    require_kind(where, name, cache, Sequence, f"the cache is {expected}")
    if len(cache) != len(parts):
        raise KindError(where, f"{name} has {len(cache)} parts", expected)


def _linear_parts(where: str, name: str, cache: LinearCache) -> LinearCache:
    """A linear cache, `(A_prev, W, b)`."""
    _require_parts(where, name, cache, "A_prev", "W", "b")
    A_prev, W, b = cache
    return _linear_cache(where, "A_prev", A_prev, W, b, f" of {name}")


def _layer_cache(
    where: str, name: str, cache: LayerCache, g: Activation
) -> propagation.LayerCache[Any, Any, Any]:
    """The core's cache of a layer from the notebook's, `((A_prev, W, b), Z)`."""
    _require_parts(where, name, cache, "(A_prev, W, b)", "Z")
    linear_cache, activation_cache = cache
    A_prev, W, b = _linear_parts(where, name, linear_cache)
    given = _array(where, f"Z of {name}", activation_cache)
    _require_shape(where, f"Z of {name}", given, _shape_of_Z(A_prev, W), "as W A_prev has it")

    Z = _matrix(given)
    linear = dense.LinearCache(_matrix(A_prev), dense.dense_of(_matrix(W), _matrix(b), g))
    return propagation.LayerCache(linear, g, Z, g(Z))


def _layer_caches(
    where: str, caches: Sequence[LayerCache]
) -> list[propagation.LayerCache[Any, Any, Any]]:
    """The core's caches of all layers: ReLU in all but the last, sigmoid in that."""
    require_kind(where, "caches", caches, Sequence, "L_model_forward gives them")
    if len(caches) == 0:
        raise ArgumentError(where, "caches is empty", "a cache for each layer")
    activations = [relu] * (len(caches) - 1) + [sigmoid]
    return [
        _layer_cache(where, f"caches[{place}]", cache, g)
        for place, (cache, g) in enumerate(zip(caches, activations, strict=True))
    ]


def _shape_of_Z(A_prev: Floats, W: Floats) -> tuple[int, int]:
    return W.shape[0], A_prev.shape[1]


def _gradient(
    where: str, grads: Mapping[str, ArrayLike], key: str, like: Floats, name: str = "grads"
) -> Floats:
    """One gradient, shaped as what it is the gradient of."""
    if key not in grads:
        came = f"{name} has no {key!r}"
        raise ArgumentError(
            where, came, "dW and db of each layer", "as L_model_backward gives them"
        )
    gradient = _array(where, key, grads[key])
    _require_shape(where, key, gradient, like.shape, f"as {key[1:]} has it")
    return gradient


def _zeros(layers: Sequence[tuple[Floats, Floats]]) -> Gradients:
    """`"dW1"`, `"db1"`, ... of zeros, shaped as the parameters."""
    return {
        f"d{letter}{l}": np.zeros_like(array)
        for l, layer in enumerate(layers, start=1)
        for letter, array in zip("Wb", layer, strict=True)
    }


def _row(layers: Sequence[tuple[Floats, Floats]]) -> Network:
    """All numbers as one row: an optimizer knows nothing of layers, and these need not fit."""
    numbers = np.concatenate([array.reshape(-1) for layer in layers for array in layer])
    return Params(network.mlp([numbers.size - 1, 1], relu, sigmoid), numbers)


def _row_of(
    where: str, name: str, given: Mapping[str, ArrayLike], layers: Sequence[tuple[Floats, Floats]]
) -> Grads[*tuple[Any, ...]]:
    """A dict of gradients, or of moments, as one row."""
    require_kind(where, name, given, Mapping, "a dict of dW1, db1, ...")
    gradients = [
        (_gradient(where, given, f"dW{l}", W, name), _gradient(where, given, f"db{l}", b, name))
        for l, (W, b) in enumerate(layers, start=1)
    ]
    row = _row(gradients)
    return Grads(row.architecture, row.vector)


def _cut(
    numbers: Array, layers: Sequence[tuple[Floats, Floats]], prefix: str = ""
) -> dict[str, Floats]:
    """The notebook's dict of a row, shaped as the parameters; it may be written to."""
    arrays, start = dict[str, Floats](), 0
    for l, layer in enumerate(layers, start=1):
        for letter, like in zip("Wb", layer, strict=True):
            end = start + like.size
            arrays[f"{prefix}{letter}{l}"] = np.array(numbers[start:end]).reshape(like.shape)
            start = end
    return arrays


def _share(where: str, name: str, given: float) -> float:
    share: object = given
    if not isinstance(share, Real) or not 0.0 <= float(share) < 1.0:
        raise ArgumentError(where, f"{name} is {given!r}", "a number in [0, 1)")
    return float(share)


def _activation(where: str, name: str) -> Activation:
    if name not in ACTIVATIONS:
        raise choice(where, "activation", name, ACTIVATIONS)
    return ACTIVATIONS[name]


def _rate(where: str, learning_rate: float) -> float:
    rate: object = learning_rate
    if not isinstance(rate, Real) or not math.isfinite(rate):
        raise ArgumentError(where, f"learning_rate is {learning_rate!r}", "a finite number")
    return float(rate)


def _whole(where: str, name: str, given: SupportsIndex, least: int = 1) -> int:
    try:
        number = operator.index(given)
    except TypeError:
        number = least - 1
    if number < least:
        raise ArgumentError(where, f"{name} is {given!r}", f"a whole number of at least {least}")
    return number


def _sizes(where: str, name: str, sizes: Iterable[int]) -> list[int]:
    require_kind(where, name, sizes, Iterable, "the sizes of all layers, from the inputs on")
    dims = [_whole(where, f"{name}[{place}]", size) for place, size in enumerate(sizes)]
    if len(dims) < 2:
        raise ArgumentError(where, f"{name} is {dims}", "at least the inputs and the outputs")
    return dims


# ----------------------------------------------------------- from the core to the notebook's arrays


def _writable(a: Matrix[R, C]) -> Floats:
    """A copy that may be written to."""
    return np.array(to_numpy(a))


def _averaged(
    gradient: propagation.LayerLike[Any, Any], dA_prev: Matrix[Any, Any]
) -> tuple[Floats, Floats, Floats]:
    """`(dA_prev, dW, db)`; the notebook divides `dW` and `db` by m here, the core in `dZ`."""
    assert isinstance(gradient, dense.Dense)  # as is the gradient of a dense layer
    m = dA_prev.shape[1]
    return _writable(dA_prev), to_numpy(gradient.W) / m, to_numpy(gradient.b) / m


def _pairs(params: Network) -> list[tuple[Floats, Floats]]:
    """`W` and `b` of every layer, views of the one vector."""
    return [
        (to_numpy(layer.W), to_numpy(layer.b))
        for layer in params.layers
        if isinstance(layer, dense.Dense)
    ]


def _dict_of(params: Network) -> Parameters:
    """The notebook's dict of a typed network."""
    parameters: Parameters = {}
    for l, (W, b) in enumerate(_pairs(params), start=1):
        parameters[f"W{l}"] = np.array(W)
        parameters[f"b{l}"] = np.array(b)
    return parameters

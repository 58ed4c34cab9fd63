"""The pure functions of a whole network, as the course has them: forward, cost, backward, predict.

They are the methods of the records under their textbook names.  Where mypy refuses a call, the
methods say more: `params.forward(X)` names the axes that were expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fdnn.activations import Activation, identity, relu
from fdnn.axes import Axes, Hidden, In, M, One, Out, named_dim
from fdnn.costs import Cost
from fdnn.errors import ShapeError
from fdnn.guards import admit, require_kind
from fdnn.initializers import Initializer
from fdnn.keys import INFERENCE, Context
from fdnn.layers.dense import Dense, LinearCache, dense
from fdnn.matrix import Matrix, owned, size_of, to_numpy
from fdnn.metrics import classes
from fdnn.propagation import LayerCache, LayerLike, layer_backward, layer_forward
from fdnn.records import Architecture, Grads, Layer, Params, Trace, chain


def mlp(
    sizes: Sequence[int],
    hidden: Activation | Sequence[Activation] = relu,
    output: Activation = identity,
    initializer: Initializer | None = None,
) -> Architecture[*tuple[Any, ...]]:
    """Dense layers between the given sizes, from the inputs to the outputs.

    `hidden` is the activation of all hidden layers, or one for each.  For sizes that are known at
    run time only; then so are the axes.  An annotation brings full checking back:
    `net: Architecture[Pixel, Hidden, Cat] = mlp([12288, 20, 1], output=sigmoid)`.
    """
    if len(sizes) < 2:
        raise ShapeError("mlp", f"sizes is {list(sizes)}", "at least the inputs and the outputs")
    dims = [named_dim(size, getattr(size, "name", None)) for size in sizes]
    inner = [hidden] * (len(dims) - 2) if isinstance(hidden, Activation) else list(hidden)
    for activation in inner:
        require_kind("mlp", "an activation in hidden", activation, Activation, "such as relu")
    if len(inner) != len(dims) - 2:
        came = f"hidden has {len(inner)} activations"
        raise ShapeError("mlp", came, f"{len(dims) - 2}", "one for each hidden layer")

    return chain(
        *(
            dense(inputs, outputs, g, initializer)
            for (inputs, outputs), g in zip(pairwise(dims), [*inner, output], strict=True)
        )
    )


def linear_forward(
    layer: Dense[In, Out], A: Matrix[In, M]
) -> tuple[Matrix[Out, M], LinearCache[In, Out, M]]:
    """`Z = W A + b`, and the cache that `linear_backward` needs.

    Raises `ShapeError` or `DtypeError` where `A` does not fit, `KindError` for a blank layer.
    """
    require_kind("linear_forward", "layer", layer, Dense)
    layer.require_numbers("linear_forward")
    why = f"{layer.inputs.name or 'the number of inputs'} is {layer.inputs} in the layer"
    admit("linear_forward", "A", A, layer.inputs, why, to_numpy(layer.Wb).dtype)

    return layer.forward(owned(A), INFERENCE)


def linear_backward(
    cache: LinearCache[In, Out, M], dZ: Matrix[Out, M]
) -> tuple[Dense[In, Out], Matrix[In, M]]:
    """`dW = dZ A^T` and `db = sum_j dZ_j`, as a layer of gradients, and `dA = W^T dZ`.

    Raises `ShapeError` or `DtypeError` where `dZ` does not fit.
    """
    require_kind("linear_backward", "cache", cache, LinearCache)
    outputs, m = cache.layer.outputs, size_of(cache.A)[1]
    why = "as the Z that the cache was left by"
    admit("linear_backward", "dZ", dZ, outputs, why, to_numpy(cache.layer.Wb).dtype, m)

    return cache.backward(owned(dZ))


def linear_activation_forward(
    layer: Layer[In, Out], A_prev: Matrix[In, M], context: Context = INFERENCE
) -> tuple[Matrix[Out, M], LayerCache[In, Out, M]]:
    """`Z = W A_prev + b` and `A = g(Z)`: `A`, and the cache of the whole layer."""
    require_kind("linear_activation_forward", "layer", layer, Layer)
    layer.require_numbers("linear_activation_forward")
    inputs = layer.axes[0]
    dtype = to_numpy(layer.arrays[0]).dtype if layer.arrays else None
    why = f"{inputs.name or 'the number of inputs'} is {inputs} in the layer"
    admit("linear_activation_forward", "A_prev", A_prev, inputs, why, dtype)
    require_kind("linear_activation_forward", "context", context, Context)
    cache = layer_forward(layer, owned(A_prev), context)

    return cache.A, cache


def linear_activation_backward(
    cache: LayerCache[In, Out, M], dA: Matrix[Out, M]
) -> tuple[LayerLike[In, Out], Matrix[In, M]]:
    """`dZ = dA * g'(Z)`; then the gradient of the layer, and `dA_prev`."""
    require_kind("linear_activation_backward", "cache", cache, LayerCache)
    rows, columns = size_of(cache.A)
    dtype = to_numpy(cache.A).dtype
    admit("linear_activation_backward", "dA", dA, rows, "as the cache's A has it", dtype, columns)

    return layer_backward(cache, owned(dA))


def forward(
    params: Params[In, *Hidden, Out], X: Matrix[In, M], context: Context = INFERENCE
) -> Trace[M, In, *Hidden, Out]:
    """`A_l = g_l(W_l A_(l-1) + b_l)` from `A_0 = X`; see `Params.forward`."""
    require_kind("forward", "params", params, Params, "initialize(architecture, rng=0) gives them")
    return params.forward(X, context)


def cost(
    trace: Trace[M, In, *Hidden, Out],
    Y: Matrix[Out, M],
    loss: Cost,
    weights: Matrix[One, M] | None = None,
) -> float:
    """`J = (1/m) * sum_j w_j L(a_j, y_j)`; see `Trace.cost`."""
    require_kind("cost", "trace", trace, Trace)
    return trace.cost(Y, loss, weights)


def gradient(
    trace: Trace[M, In, *Hidden, Out],
    Y: Matrix[Out, M],
    loss: Cost,
    weights: Matrix[One, M] | None = None,
) -> Grads[In, *Hidden, Out]:
    """`dJ/dW_l` and `dJ/db_l` of all layers; see `Trace.gradient`."""
    require_kind("gradient", "trace", trace, Trace)
    return trace.gradient(Y, loss, weights)


def backward(trace: Trace[M, In, *Hidden, Out], dA: Matrix[Out, M]) -> Grads[In, *Hidden, Out]:
    """The gradients of all layers from `dA = dJ/dA_L`; see `Trace.backward`."""
    require_kind("backward", "trace", trace, Trace)
    return trace.backward(dA)


def update(params: Params[*Axes], grads: Grads[*Axes], rate: float) -> Params[*Axes]:
    """`W := W - rate * dW` and `b := b - rate * db`, in all layers."""
    require_kind("update", "params", params, Params)
    require_kind("update", "grads", grads, Grads)
    return params - rate * grads


def predict(params: Params[In, *Hidden, Out], X: Matrix[In, M]) -> NDArray[np.intp]:
    """The class of each example, `(examples,)`.

    With one output it is whether the output exceeds a half; with several, which is the largest.
    """
    require_kind("predict", "params", params, Params)
    return classes(params(X))

"""`J` and the gradient of a whole network, staged: the two folds, over buffers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import attrs
import numpy as np

from fdnn.costs import Cost
from fdnn.errors import Misfit
from fdnn.keys import Context
from fdnn.matrix import Array, Matrix, freeze, to_numpy, unnamed
from fdnn.plan.activations import is_ours
from fdnn.plan.buffers import Axis, Scratch, put
from fdnn.plan.costs import is_linked, staged_cost
from fdnn.plan.examples import Examples
from fdnn.plan.layers import Map, every_layer, is_our_map, map_of, placed, staged_chain
from fdnn.propagation import Cache, LayerCache, LayerLike
from fdnn.records import Layer

Arrays: TypeAlias = Sequence[Sequence[Array]]
"""The arrays of each layer."""


@attrs.frozen(eq=False)
class Gradient:
    """`forward(parameters, context)` gives the cost, and `backward(parameters, gradients)` follows.

    `draws` is whether a layer asks for the context.
    """

    forward: Callable[[Arrays, Context], float]
    backward: Callable[[Arrays, Arrays], object]
    draws: bool


@attrs.frozen(eq=False)
class Head:
    """The last layer and the cost: the way there with `J` at its end, and the way back."""

    forward: Callable[[Sequence[Array], Context], float]
    backward: Callable[[Sequence[Array], Sequence[Array]], object]
    draws: bool


FirstMap: TypeAlias = Callable[[Axis, Array, Array], Map]


def staged_gradient(
    layers: Sequence[Layer[Any, Any]],
    cost: Cost,
    examples: Examples,
    factor: float,
    first_map: FirstMap | None = None,
) -> Gradient:
    """The gradient times `factor`, on these examples; `first_map` in place of the first map."""
    largest = max(int(layer.axes[1]) for layer in layers)
    scratch = Scratch(largest * examples.m, examples.Y.dtype)
    *hidden, last = layers

    chain = staged_chain(hidden, examples.inputs, scratch, first_map)
    there, back, below = chain.forward, chain.backward, chain.after

    make = first_map if not hidden and first_map is not None else map_of(last)
    head = _linked_head(last, make, cost, below, examples, factor)
    head = head or _pure_head(last, make, cost, below, examples, factor)
    ahead, behind = placed(head.forward, head.draws, len(hidden)), head.backward

    def forward(parameters: Arrays, context: Context) -> float:
        there(parameters, context)
        return ahead(parameters[-1], context)

    def backward(parameters: Arrays, gradients: Arrays) -> None:
        behind(parameters[-1], gradients[-1])
        back(parameters, gradients)

    return Gradient(forward, backward, chain.draws or head.draws)


def are_ours(layers: Sequence[Layer[Any, Any]]) -> bool:
    """Whether all kinds on the way back are fdnn's own, whose `dA` and gradient are linear in `dZ`.

    Only then may `dZ` come with a factor; and nobody else can have kept a gradient's array.
    """
    parts = [*every_layer(layers)]
    return all(is_our_map(layer) and is_ours(layer.activation) for layer in parts)


def _linked_head(
    layer: Layer[Any, Any],
    make: FirstMap,
    cost: Cost,
    below: Axis,
    examples: Examples,
    factor: float,
) -> Head | None:
    """The cost from the logits, where they are enough; None where it has no staged form."""
    if not is_linked(cost, layer.activation):
        return None
    Y = examples.Y
    Z, dZ = np.empty_like(Y), np.empty_like(Y)
    evaluate = staged_cost(cost, Z, Y, dZ, factor / examples.m, examples.weights)
    if evaluate is None:
        return None
    linear = make(below, Z, dZ)
    ahead = linear.forward

    def forward(arrays: Sequence[Array], context: Context) -> float:
        ahead(arrays, context)
        return evaluate()

    return Head(forward, linear.backward, linear.draws)


def _pure_head(
    layer: Layer[Any, Any],
    make: FirstMap,
    cost: Cost,
    below: Axis,
    examples: Examples,
    factor: float,
) -> Head:
    """The pure functions of the last activation and the cost."""
    Y, w = examples.Y, examples.weights
    weights = () if w is None else (unnamed(freeze(w[...])),)
    Z, dZ = np.empty_like(Y), np.empty_like(Y)
    pure_Z, labels = unnamed(freeze(Z[...])), unnamed(freeze(Y[...]))
    linear, activation = make(below, Z, dZ), layer.activation
    ahead, behind = linear.forward, linear.backward
    left: list[LayerCache[Any, Any, Any]] = []

    def forward(arrays: Sequence[Array], context: Context) -> float:
        ahead(arrays, context)
        A = activation(pure_Z)
        if A.shape != pure_Z.shape:
            raise Misfit
        left[:] = [LayerCache(_StagedMap(), activation, pure_Z, A)]
        return cost.value(left[0], labels, *weights)

    def backward(arrays: Sequence[Array], gradients: Sequence[Array]) -> None:
        gradient = to_numpy(cost.gradient(left.pop(), labels, *weights))
        put(gradient if factor == 1.0 else gradient * factor, dZ)
        behind(arrays, gradients)

    return Head(forward, backward, linear.draws)


class _StagedMap(Cache[Any, Any, Any]):
    """In the place of what a map leaves for the way back, which a cost has no use for."""

    def backward(self, dZ: Matrix[Any, Any], /) -> tuple[LayerLike[Any, Any], Matrix[Any, Any]]:
        raise Misfit

"""`J` and the gradient of a whole network, staged: the two folds, over buffers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import attrs
import numpy as np

from fdnn.costs import Cost
from fdnn.errors import Misfit
from fdnn.keys import Context
from fdnn.layers.dense import Dense
from fdnn.matrix import Array, Matrix, freeze, to_numpy, unnamed
from fdnn.plan.activations import is_ours, staged_activation, works_in_place
from fdnn.plan.buffers import Axis, Scratch, hidden_axis, put
from fdnn.plan.costs import is_linked, staged_cost
from fdnn.plan.examples import Examples
from fdnn.plan.layers import Map, staged_map
from fdnn.propagation import Cache, LayerCache, LayerLike
from fdnn.records import Layer

T = TypeVar("T")

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
    m, dtype = examples.m, examples.Y.dtype
    scratch = Scratch(max(int(layer.axes[1]) for layer in layers) * m, dtype)
    *hidden, last = layers

    below = examples.inputs
    there: list[tuple[Callable[[Sequence[Array], Context], object], Callable[[], object]]] = []
    back: list[
        tuple[Callable[[Sequence[Array], Sequence[Array]], object], Callable[[], object]]
    ] = []
    draws = False
    for place, layer in enumerate(hidden):
        units = int(layer.axes[1])
        after = hidden_axis(units, m, dtype)
        A = after.A
        Z = A if works_in_place(layer.activation) else np.empty_like(A)
        dA = after.dA
        assert dA is not None

        make = first_map if place == 0 and first_map is not None else _map_of(layer)
        linear = make(below, Z, dA)
        activate, pull_back = staged_activation(layer.activation, Z, A, dA, scratch)
        there.append((_placed(linear.forward, linear.draws, place), activate))
        back.insert(0, (linear.backward, pull_back))
        draws, below = draws or linear.draws, after

    make = first_map if not hidden and first_map is not None else _map_of(last)
    head = _linked_head(last, make, cost, below, examples, factor)
    head = head or _pure_head(last, make, cost, below, examples, factor)
    ahead, behind = _placed(head.forward, head.draws, len(hidden)), head.backward

    def forward(parameters: Arrays, context: Context) -> float:
        for (forward, activate), arrays in zip(there, parameters, strict=False):
            forward(arrays, context)
            activate()
        return ahead(parameters[-1], context)

    def backward(parameters: Arrays, gradients: Arrays) -> None:
        behind(parameters[-1], gradients[-1])
        earlier = zip(back, parameters[-2::-1], gradients[-2::-1], strict=True)
        for (backward, pull_back), arrays, gradient in earlier:
            pull_back()
            backward(arrays, gradient)

    return Gradient(forward, backward, draws or head.draws)


def are_ours(layers: Sequence[Layer[Any, Any]]) -> bool:
    """Whether all kinds on the way back are fdnn's own, whose `dA` and gradient are linear in `dZ`.

    Only then may `dZ` come with a factor; and nobody else can have kept a gradient's array.
    """
    return all(type(layer) is Dense and is_ours(layer.activation) for layer in layers)


def _map_of(layer: Layer[Any, Any]) -> FirstMap:
    return lambda below, Z, dZ: staged_map(layer, below, Z, dZ)


def _placed(
    forward: Callable[[Sequence[Array], Context], T], draws: bool, place: int
) -> Callable[[Sequence[Array], Context], T]:
    """The way there of the layer at this place, which has its own key where it draws."""
    if not draws:
        return forward
    return lambda arrays, context: forward(arrays, context.at(place))


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

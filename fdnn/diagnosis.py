"""Where a step of training ceased to have finite numbers, and why that is likely.

A step looks only at its cost and at its new parameters.  Where one of them is not finite, the step
is gone through again here, by the equations, until the first quantity that is not; so the search
costs nothing as long as all is well.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import attrs
import numpy as np

from fdnn import propagation
from fdnn.axes import Axes
from fdnn.batches import Batch
from fdnn.costs import Cost
from fdnn.keys import Context
from fdnn.matrix import Array, Matrix, to_numpy
from fdnn.optimizers import Optimizer, OptimizerState
from fdnn.propagation import LayerCache
from fdnn.records import Architecture, Params, grads_of
from fdnn.regularizers import Regularizer

FAR = 1e9
"""Logits beyond this have been blown up; no cost is to blame."""

LARGE = 10.0
"""Inputs beyond this are worth a word: networks are made for inputs of about 1."""


@attrs.frozen
class Finding:
    """The first quantity of a step that is not finite.

    `layer` counts from 1; None where the quantity is that of the whole network.  `in_update` is
    whether the way forward and the cost were finite still.
    """

    quantity: str
    layer: int | None
    how_many: str
    why: str
    in_update: bool

    @property
    def came(self) -> str:
        """The quantity in words."""
        place = "" if self.layer is None else f" of layer {self.layer}"
        return f"{self.quantity}{place} {self.how_many}"


def diagnose(
    params: Params[*Axes],
    memory: OptimizerState[*Axes],
    batch: Batch[Any, Any, Any],
    cost: Cost,
    optimizer: Optimizer,
    regularizer: Regularizer | None,
    context: Context,
) -> Finding:
    """The first quantity of a step that is not finite in all its numbers."""
    rate = _rate(optimizer, memory.count)
    scale = _scale_of(batch.X)
    grown = (
        f"the weights are as large as {_largest(params.vector):.3g}: " if scale is None else scale
    )
    too_far = f"{grown}try a smaller rate{rate}"

    for layer, name, array in _arrays(params.architecture, params.vector):
        if (how_many := _not_finite(array)) is not None:
            return Finding(name, layer, how_many, "it was so before", in_update=False)

    caches: list[LayerCache[Any, Any, Any]] = []
    A: Matrix[Any, Any] = batch.X
    for place, layer_map in enumerate(params.layers):
        cache = propagation.layer_forward(layer_map, A, context.at(place))
        for name, values in (("Z", cache.Z), ("A", cache.A)):
            if (how_many := _not_finite(to_numpy(values))) is not None:
                return Finding(name, place + 1, how_many, too_far, in_update=False)
        caches.append(cache)
        A = cache.A

    weights = () if batch.weights is None else (batch.weights,)
    J = cost.value(caches[-1], batch.Y, *weights)
    if not math.isfinite(J):
        is_far = _largest(to_numpy(caches[-1].Z)) > FAR
        why = too_far if is_far else _why_no_cost(cost, caches[-1])
        return Finding("the cost", None, f"is {J}", why, in_update=False)
    if regularizer is not None and not math.isfinite(penalty := regularizer.penalty(params)):
        return Finding("the penalty", None, f"is {penalty}", too_far, in_update=False)
    return _in_update(params, memory, batch, cost, optimizer, regularizer, caches, too_far)


def _in_update(
    params: Params[*Axes],
    memory: OptimizerState[*Axes],
    batch: Batch[Any, Any, Any],
    cost: Cost,
    optimizer: Optimizer,
    regularizer: Regularizer | None,
    caches: Sequence[LayerCache[Any, Any, Any]],
    too_far: str,
) -> Finding:
    last = len(caches)
    weights = () if batch.weights is None else (batch.weights,)
    dZ = cost.gradient(caches[-1], batch.Y, *weights)
    if (how_many := _not_finite(to_numpy(dZ))) is not None:
        why = f"the derivative of {cost.name} has no value there, or overflowed"
        return Finding("dZ", last, how_many, why, in_update=True)

    grads = grads_of(params.architecture, propagation.gradients(caches, dZ))
    whole = grads if regularizer is None else grads + regularizer.gradient(params)
    for vector, prefix in ((grads.vector, "d"), (whole.vector, "the penalty's d")):
        for layer, name, array in reversed([*_arrays(params.architecture, vector)]):
            if (how_many := _not_finite(array)) is not None:
                return Finding(_derivative(prefix, name), layer, how_many, too_far, in_update=True)

    updates, after = optimizer.update(whole, memory, params)
    moments = [(f"moment {n}", moment.vector) for n, moment in enumerate(after.moments, start=1)]
    ends = (("the update", updates.vector), ("the sum", (params + updates).vector))
    for what, vector in (*moments, *ends):
        for layer, name, array in _arrays(params.architecture, vector):
            if (how_many := _not_finite(array)) is not None:
                return Finding(f"{what} of {name}", layer, how_many, too_far, in_update=True)
    return Finding("a number", None, "is NaN or infinite", too_far, in_update=True)


def all_finite(vector: Array) -> bool:
    """Whether all numbers are finite; one product, where their squares are finite too."""
    return math.isfinite(vector.dot(vector)) or bool(np.isfinite(vector).all())


def _arrays(
    architecture: Architecture[*tuple[Any, ...]], vector: Array
) -> Iterator[tuple[int, str, Array]]:
    """The parts of a vector that belong to each array of each layer, with their names."""
    names = [
        (place, name if name != "Wb" else "[W | b]")
        for place, layer in enumerate(architecture.layers, start=1)
        for name in layer.parameter_names
    ]
    for (place, name), (start, end) in zip(names, pairwise((0, *architecture.ends)), strict=True):
        yield place, name, vector[start:end]


def _derivative(prefix: str, name: str) -> str:
    return name.replace("W", f"{prefix}W").replace("b", "db") if name[0] == "[" else prefix + name


def _not_finite(values: Array) -> str | None:
    """How many numbers are not finite, in words; None where all are."""
    bad = values.size - int(np.isfinite(values).sum())
    return f"has {bad} of {values.size} numbers that are NaN or infinite" if bad else None


def _largest(values: Array) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(np.max(finite, initial=0.0))


def _scale_of(X: Matrix[Any, Any]) -> str | None:
    """A word on inputs that are much larger than 1; None where they are not."""
    largest = _largest(to_numpy(X))
    if largest <= LARGE:
        return None
    return f"the inputs are as large as {largest:.3g}: scale them to about 1, or "


def _rate(optimizer: Optimizer, count: int) -> str:
    rate = getattr(optimizer, "rate", None)
    return f" than {rate:g}" if isinstance(rate, float) else ""


def _why_no_cost(cost: Cost, last: LayerCache[Any, Any, Any]) -> str:
    A = to_numpy(last.A)
    low, high = float(A.min()), float(A.max())
    outputs = f"outputs lie between {low:.3g} and {high:.3g}"
    return f"{outputs}, and {cost.name} has no value there, such as the log of 0"

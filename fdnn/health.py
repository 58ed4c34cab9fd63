"""Health: what a step did to each layer, and which of its units do nothing any more."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np

from fdnn.axes import Hidden, In, M, Out
from fdnn.batches import Batch
from fdnn.costs import Cost
from fdnn.guards import require_kind, require_same_axes
from fdnn.keys import Context
from fdnn.matrix import Array, to_numpy
from fdnn.records import Layer
from fdnn.training import State

NONE = "-"
"""What stands in the table where there is no number."""


@attrs.frozen
class LayerHealth:
    """How one layer does; NaN stands for what there is none of.

    `dead` is the share of its units that are zero for all examples, `zeros` the share of zero
    activations, `weights` the norm of its parameters, `update` that of their change, and `gradient`
    that of their gradient.
    """

    name: str
    units: int
    dead: float
    zeros: float
    weights: float
    update: float
    gradient: float = math.nan

    @property
    def ratio(self) -> float:
        """The norm of the update over that of the parameters before; about 0.001 is usual."""
        return self.update / self.weights if self.weights > 0.0 else math.nan


@attrs.frozen(repr=False)
class Health:
    """How the layers of a network do in a step, from the first to the last; it prints as a table.

    The steps are those from `begin` to `end`.
    """

    begin: int
    end: int
    layers: tuple[LayerHealth, ...]

    def __repr__(self) -> str:
        headings = ("layer", "units", "dead", "zeros", "weights", "update", "ratio", "gradient")
        rows = [headings, *map(_row, self.layers)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                cell.ljust(width) if place == 0 else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in rows
        ]
        return "\n".join([f"Health, steps {self.begin} to {self.end}", *lines])


def _row(layer: LayerHealth) -> tuple[str, ...]:
    norms = (layer.weights, layer.update, layer.ratio, layer.gradient)
    shares = (f"{100.0 * share:.1f} %" for share in (layer.dead, layer.zeros))
    return (layer.name, str(layer.units), *shares, *map(_short, norms))


def _short(value: float) -> str:
    return NONE if math.isnan(value) else f"{value:.2e}"


def health(
    before: State[In, *Hidden, Out],
    after: State[In, *Hidden, Out],
    batch: Batch[In, Out, M],
    cost: Cost | None = None,
) -> Health:
    """How each layer does between two states of one stream, seen on a batch.

    The activations are those of `before` on the batch, in training, with the draws of its place.
    With a `cost`, the norms of the gradients at `before` are there too.  A dead rectifier, one that
    is zero for all examples, learns nothing from them; a share that grows says that the rate is too
    high.  Raises where the states or the batch are of another network.
    """
    require_kind("health", "before", before, State, "learner.start(params) gives the first")
    require_kind("health", "after", after, State, "learner.start(params) gives the first")
    require_kind("health", "batch", batch, Batch, "Batch(X, Y) checks the data once")
    network = before.architecture
    params, moved = before.params, after.params
    moved.require_architecture("health", "after", network, "as before has them")
    first, *_, outputs = before.axes
    why = "those are the inputs and outputs of the network"
    require_same_axes("health", "batch", batch.axes[:2], (first, outputs), why)

    with np.errstate(all="ignore"):
        context = Context(training=True, key=before.key.at(before.step))
        trace = params.forward(batch.X, context)
        gradients = [math.nan] * len(params.layers)
        if cost is not None:
            gradients = [*map(_norm, trace.gradient(batch.Y, cost, batch.weights).layers)]
        updates = [_norm(layer) for layer in (moved.over(moved.vector - params.vector)).layers]
        found = [
            _layer_health(place, layer, to_numpy(cache.A), update, gradient)
            for place, (layer, cache, update, gradient) in enumerate(
                zip(params.layers, trace.caches, updates, gradients, strict=True), start=1
            )
        ]
    return Health(before.step, after.step, tuple(found))


def _layer_health(
    place: int, layer: Layer[Any, Any], A: Array, update: float, gradient: float
) -> LayerHealth:
    zeros = A == 0.0
    return LayerHealth(
        name=f"{place} {type(layer).__name__} {layer.activation.name}",
        units=int(layer.axes[1]),
        dead=float(zeros.all(axis=1).mean()),
        zeros=float(zeros.mean()),
        weights=_norm(layer),
        update=update,
        gradient=gradient,
    )


def _norm(layer: Layer[Any, Any]) -> float:
    """The Euclidean norm of all numbers of a layer; NaN for one without any."""
    if not layer.arrays:
        return math.nan
    parts = [to_numpy(array).reshape(-1).astype(np.float64) for array in layer.arrays]
    return float(np.linalg.norm(np.concatenate(parts)))

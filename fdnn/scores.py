"""Scoring: what is measured of a state of training, on which examples, and under which names."""

from __future__ import annotations

from numbers import Real
from typing import Any, Generic

import attrs
import numpy as np

from fdnn.axes import Dim, Hidden, In, Out
from fdnn.batches import Batch
from fdnn.calibration import calibrate
from fdnn.costs import Cost
from fdnn.errors import ArgumentError, KindError, with_article
from fdnn.guards import require_kind, require_same_axes
from fdnn.matrix import to_numpy
from fdnn.metrics import Measure, Metric
from fdnn.metrics.named import named
from fdnn.training import State

COST = "cost"
"""What the cost is called, and no metric."""


@attrs.frozen(eq=False)
class Scoring(Generic[In, Out]):
    """The cost and some metrics of a state on some batches: a function from a state to numbers.

    `scoring(cost, accuracy, train=batch)(state)` is `{"train cost": ..., "train accuracy": ...}`.
    """

    cost: Cost
    metrics: tuple[Metric, ...] = attrs.field(converter=named)
    """Functions of the outputs and the labels."""

    batches: tuple[tuple[str, Batch[In, Out, Any]], ...]
    calibrate_on: Batch[In, Out, Any] | None = None
    """Of what batch normalisation takes its statistics, anew for each state."""

    def __attrs_post_init__(self) -> None:
        require_kind("scoring", "cost", self.cost, Cost, "such as squared_error")
        names = [metric.name for metric in self.metrics]
        if len({COST, *names}) <= len(names):
            came = f"the metrics are called {', '.join(names)}"
            why = "Metric('its name', it) gives a name"
            raise ArgumentError("scoring", came, f"a name for each, and not {COST!r}", why)
        if not self.batches:
            raise ArgumentError("scoring", "no batch is named", "at least one, such as train=batch")
        for name, batch in self.batches:
            require_kind("scoring", name, batch, Batch, "Batch(X, Y) checks the data once")
            why = f"as {self.batches[0][0]} has them"
            require_same_axes("scoring", name, batch.axes[:2], self.axes, why)
        if self.calibrate_on is not None:
            require_kind("scoring", "calibrate_on", self.calibrate_on, Batch)

    @property
    def axes(self) -> tuple[Dim[Any], ...]:
        """The sizes of the inputs and the outputs of the networks that it is for."""
        return self.batches[0][1].axes[:2]

    def __call__(self, state: State[In, *Hidden, Out], /) -> dict[str, float]:
        """The scores, by the names of the batch and of the metric.

        The network is run as it is used, not as it is trained.  The cost weighs the examples as the
        batch does, and is without the penalty of a regulariser.  Of outputs that are no numbers
        the metrics are NaN.  Raises where a batch does not fit the network.
        """
        require_kind("scoring", "state", state, State, "learner.start(params) gives the first")
        first, *_, outputs = state.axes
        why = "those are the inputs and outputs of the batches"
        require_same_axes("scoring", "state", (first, outputs), self.axes, why)
        found: dict[str, float] = {}
        with np.errstate(all="ignore"):
            params = state.params
            if self.calibrate_on is not None:
                params = calibrate(params, self.calibrate_on)
        for name, batch in self.batches:
            with np.errstate(all="ignore"):
                trace = params.forward(batch.X)
                found[f"{name} cost"] = trace.cost(batch.Y, self.cost, batch.weights)
                numbers = bool(np.isfinite(to_numpy(trace.output)).all())
                for metric in self.metrics:
                    value = metric(trace.output, batch.Y) if numbers else np.nan
                    found[f"{name} {metric.name}"] = _number(metric.name, value)
        return found


def _number(name: str, value: object) -> float:
    if not isinstance(value, Real):
        came = f"{name} is {with_article(type(value).__name__)}"
        raise KindError("scoring", came, "a number")
    return float(value)


def scoring(
    cost: Cost,
    /,
    *metrics: Measure,
    calibrate_on: Batch[In, Out, Any] | None = None,
    **batches: Batch[In, Out, Any],
) -> Scoring[In, Out]:
    """What `recorded` and the other combinators can measure, by name.

    `scoring(cost, accuracy, train=batch, validation=held_out)` measures the cost and the accuracy
    on two batches, as `train cost`, `train accuracy`, `validation cost`, `validation accuracy`.
    A network with batch normalisation is measured with the statistics of `calibrate_on`.
    """
    return Scoring(cost, metrics, tuple(batches.items()), calibrate_on)

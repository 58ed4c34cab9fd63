"""How long a step may be: the range test of learning rates."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real
from typing import Any

import attrs

from fdnn.annotations import field_names
from fdnn.axes import Hidden, In, M, Out
from fdnn.batches import Batch
from fdnn.errors import ArgumentError, KindError, ShapeError, with_article
from fdnn.guards import require_kind
from fdnn.history import Curve
from fdnn.keys import whole_number
from fdnn.optimizers import Optimizer
from fdnn.training import DivergenceError, Learner, State

SMOOTHING = 0.8
"""The `beta` of the average in which the cost is looked at."""

MARGIN = 10.0
"""How far below the rate of the smallest cost is far enough."""

STRETCH = 20
"""The slope of the smoothed cost is that over a twentieth of the rates."""


def _numbers(given: Iterable[float]) -> tuple[float, ...]:
    return tuple(given)


@attrs.frozen
class RangeTest:
    """What a range test found: `costs[i]` is the cost after the step at `rates[i]`.

    It `diverged` where the cost exploded before the last rate was reached.
    """

    rates: tuple[float, ...] = attrs.field(converter=_numbers)
    costs: tuple[float, ...] = attrs.field(converter=_numbers)
    diverged: bool = False

    def __attrs_post_init__(self) -> None:
        if len(self.rates) != len(self.costs):
            came = f"costs has {len(self.costs)} numbers"
            raise ShapeError("RangeTest", came, f"{len(self.rates)}", "one for each rate")

    @property
    def smoothed(self) -> tuple[float, ...]:
        """The moving average of the costs, as `Curve.smoothed` has it."""
        return Curve("cost", tuple(range(len(self.costs))), self.costs).smoothed(SMOOTHING).values

    @property
    def suggestion(self) -> float | None:
        """The more careful of two common rules, both of the smoothed cost (fastai has them too).

        The rate at which it fell fastest over the logarithm of the rate; and a tenth of the rate at
        which it was smallest, where training is about to turn unstable.  None where it never fell.
        """
        smooth = self.smoothed
        reach = max(1, len(smooth) // STRETCH)
        falls = [before - after for before, after in zip(smooth, smooth[reach:], strict=False)]
        steepest = max(falls, default=0.0)
        if not steepest > 0.0:
            return None
        fastest = self.rates[falls.index(steepest) + (reach + 1) // 2]
        return min(fastest, self.rates[smooth.index(min(smooth))] / MARGIN)


def range_test(
    learner: Learner,
    start: State[In, *Hidden, Out],
    batch: Batch[In, Out, M],
    *,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 100,
    size: int | None = None,
    explosion: float = 4.0,
) -> RangeTest:
    """Train from `start` while the rate rises from `low` to `high`, and see what the cost does.

        rate_i = low * (high / low)^(i / (steps - 1)),  i = 0 ... steps - 1

    It stops where the cost is not finite, or the smoothed one `explosion` times as large as its
    smallest so far.  The steps are those of `learner` in all but the rate, on the batch or on
    mini-batches of `size`; the start is not changed.  (Smith 2017, "Cyclical learning rates for
    training neural networks".)
    """
    require_kind("range_test", "learner", learner, Learner)
    require_kind("range_test", "start", start, State, "learner.start(params) gives the first")
    steps = whole_number("range_test", "steps", steps, least=2)
    _require_number("low", low, 0.0)
    _require_number("high", high, low)
    _require_number("explosion", explosion, 1.0)

    rates = [low * (high / low) ** (i / (steps - 1)) for i in range(steps)]
    state, costs, diverged = start, list[float](), False
    v, smallest = 0.0, math.inf
    # The cost after a step is found by the next one, so one step more is made than there are rates.
    for place, rate in enumerate([*rates, high]):
        at_rate = attrs.evolve(learner, optimizer=with_rate(learner.optimizer, rate))
        try:
            state = at_rate.step(start.architecture)(batch, size=size, span=False)(state)
        except DivergenceError:
            diverged = True
            break
        if place == 0:
            continue
        costs.append(state.cost)
        v = SMOOTHING * v + (1.0 - SMOOTHING) * state.cost
        smooth = v / (1.0 - SMOOTHING**place)
        smallest = min(smallest, smooth)
        if smooth > explosion * smallest:
            diverged = True
            break
    return RangeTest(tuple(rates[: len(costs)]), tuple(costs), diverged)


def with_rate(optimizer: Optimizer, rate: float) -> Optimizer:
    """The optimizer with another rate; of one made of another, the inner one has the rate.

    Raises `ArgumentError` where there is none.
    """
    record: Any = optimizer
    fields = field_names(type(record))
    if "rate" in fields:
        changed: Optimizer = attrs.evolve(record, rate=rate)
        return changed
    if "optimizer" in fields:
        inner: Optimizer = with_rate(record.optimizer, rate)
        remade: Optimizer = attrs.evolve(record, optimizer=inner)
        return remade
    came = f"optimizer is {with_article(type(optimizer).__name__)}"
    raise ArgumentError("with_rate", came, "one with a rate")


def _require_number(argument: str, value: object, above: float) -> None:
    came, expected = f"{argument} is {value!r}", f"a number above {above:g}"
    if isinstance(value, bool) or not isinstance(value, Real):
        raise KindError("range_test", came, expected)
    if not above < float(value) < math.inf:
        raise ArgumentError("range_test", came, expected)

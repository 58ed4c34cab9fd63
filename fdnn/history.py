"""The history of a training run: what a stream of states leaves for people to look at."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any, Self, overload

import attrs

from fdnn.choices import choice
from fdnn.errors import ArgumentError, DataError, KindError, ShapeError, with_article
from fdnn.keys import whole_number

COST = "cost"
"""The column of the costs that the steps found on their way."""

SMALLEST_IS_BEST = frozenset({"cost", "loss", "error"})
"""The last words of the names of what is better the smaller it is, such as `mean_squared_error`."""


def largest_is_best(name: str) -> bool:
    """Whether a metric of that name is better the larger it is: all but costs, losses and errors.

    >>> largest_is_best("test accuracy"), largest_is_best("test log_loss")
    (True, False)
    """
    return re.split(r"[ _]", name)[-1] not in SMALLEST_IS_BEST


def _as_scores(scores: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """The scores as pairs, which a record can hash and pickle."""
    pairs = [*dict(scores).items()]
    for name, value in pairs:
        if not name or name in ("step", COST):
            came = f"a score is called {name!r}"
            why = "step and cost are there already" if name else ""
            raise ArgumentError("Measurement", came, "another name", why)
        given: object = value
        if not isinstance(given, Real):
            came = f"{name} is {with_article(type(given).__name__)}"
            raise KindError("Measurement", came, "a number")
    return tuple((name, float(value)) for name, value in pairs)


@attrs.frozen(repr=False)
class Measurement:
    """The scores of the parameters after so many steps, by name.

    A name is that of the examples and that of the metric: `measurement["test accuracy"]`.
    """

    step: int
    _scores: tuple[tuple[str, float], ...] = attrs.field(converter=_as_scores, eq=frozenset)

    def __attrs_post_init__(self) -> None:
        whole_number("Measurement", "step", self.step)
        if not self._scores:
            raise ArgumentError("Measurement", "scores is empty", "at least one score")

    @property
    def scores(self) -> dict[str, float]:
        """All scores, by name."""
        return dict(self._scores)

    def __getitem__(self, name: str) -> float:
        """The score of that name; `ArgumentError` where there is none."""
        for known, value in self._scores:
            if known == name:
                return value
        raise choice("Measurement", "name", name, self.scores)

    def __contains__(self, name: object) -> bool:
        return name in self.scores

    def __repr__(self) -> str:
        shown = ", ".join(f"{name} {value:.6g}" for name, value in self._scores)
        return f"Measurement(step {self.step}: {shown})"


def _as_costs(costs: Iterable[float]) -> tuple[float, ...]:
    return tuple(costs)


def _as_steps(steps: Iterable[int]) -> tuple[int, ...]:
    return tuple(steps)


@attrs.frozen
class Curve:
    """One column of a history: `values[i]` is what was measured after `steps[i]` steps."""

    name: str
    steps: tuple[int, ...] = attrs.field(converter=_as_steps)
    values: tuple[float, ...] = attrs.field(converter=_as_costs)

    def __attrs_post_init__(self) -> None:
        if len(self.steps) != len(self.values):
            came = f"values has {len(self.values)} numbers"
            raise ShapeError("Curve", came, f"{len(self.steps)}", "one for each step")

    @property
    def last(self) -> float:
        """The last value."""
        if not self.values:
            raise ArgumentError("Curve", f"{self.name} has no values", "at least one")
        return self.values[-1]

    def best(self, *, largest: bool | None = None) -> tuple[int, float]:
        """The step at which the value was best, the first of several, and that value.

        `largest` says whether the largest is; by itself the name decides (`largest_is_best`).
        NaN is never best.
        """
        up = largest_is_best(self.name) if largest is None else largest
        numbers = [
            (-value if up else value, step)
            for step, value in zip(self.steps, self.values, strict=True)
            if not math.isnan(value)
        ]
        if not numbers:
            raise ArgumentError("best", f"{self.name} has no values", "at least one number")
        value, step = min(numbers)
        return step, -value if up else value

    def smoothed(self, beta: float = 0.9) -> Curve:
        """The exponential moving average, `v := beta v + (1 - beta) x`, over `1 - beta^t`.

        The division makes up for the start from zero (Kingma & Ba 2015, section 3).
        """
        if not 0.0 <= beta < 1.0:
            raise ArgumentError("smoothed", f"beta is {beta!r}", "a number in [0, 1)")
        v, smooth = 0.0, list[float]()
        for t, value in enumerate(self.values, start=1):
            v = beta * v + (1.0 - beta) * value
            smooth.append(v / (1.0 - beta**t))
        return Curve(self.name, self.steps, tuple(smooth))


def _as_measurements(measurements: Iterable[Measurement]) -> tuple[Measurement, ...]:
    return tuple(measurements)


@attrs.frozen(repr=False)
class History:
    """The cost that each step found, and what was measured now and then: a table of columns.

    `costs[i]` is the cost of the training examples after `cost_steps[i]` steps, which the step
    after it found on its way; unless said otherwise these are 0, 1, 2, ...  `measurements` are in
    the order of their steps.

    `history["test accuracy"]` is the curve of one column, `history.best("test accuracy")` the step
    and the value where it was best, and `history[100:200]` what is known of these steps.
    """

    costs: tuple[float, ...] = attrs.field(default=(), converter=_as_costs)
    measurements: tuple[Measurement, ...] = attrs.field(default=(), converter=_as_measurements)
    cost_steps: tuple[int, ...] = attrs.field(
        converter=_as_steps,
        default=attrs.Factory(lambda self: tuple(range(len(self.costs))), takes_self=True),
    )

    def __attrs_post_init__(self) -> None:
        _require_order("measurements are", [measured.step for measured in self.measurements])
        _require_order("costs are", self.cost_steps)
        if len(self.cost_steps) != len(self.costs):
            came = f"cost_steps has {len(self.cost_steps)} numbers"
            raise ShapeError("History", came, f"{len(self.costs)}", "one for each cost")

    @property
    def names(self) -> tuple[str, ...]:
        """The columns: `cost`, where there are costs, and all that was measured."""
        measured = dict.fromkeys(name for each in self.measurements for name in each.scores)
        return (*([COST] if self.costs else []), *measured)

    @overload
    def __getitem__(self, key: str) -> Curve: ...

    @overload
    def __getitem__(self, key: slice) -> Self: ...

    def __getitem__(self, key: str | slice) -> Curve | Self:
        """The column of that name; or the history of the steps from `start` to before `stop`."""
        given: object = key
        if isinstance(key, slice):
            return self._between(key)
        if not isinstance(given, str):
            came = f"[...] is {with_article(type(given).__name__)}"
            raise KindError("History", came, "a name, or a slice of steps")
        if key == COST and self.costs:
            return Curve(COST, self.cost_steps, self.costs)
        if key not in self.names:
            raise choice("History", "name", key, self.names)
        rows = [(each.step, each[key]) for each in self.measurements if key in each]
        return Curve(key, tuple(step for step, _ in rows), tuple(value for _, value in rows))

    def best(self, name: str, *, largest: bool | None = None) -> tuple[int, float]:
        """The step at which a column was best, and its value there; see `Curve.best`."""
        return self[name].best(largest=largest)

    def to_dict(self) -> dict[str, Any]:
        """The history as lists and numbers, for JSON; `from_dict` takes it back."""
        return {
            "costs": [*self.costs],
            "cost_steps": [*self.cost_steps],
            "measurements": [{"step": m.step, "scores": m.scores} for m in self.measurements],
        }

    @classmethod
    def from_dict(cls, encoded: Mapping[str, Any]) -> Self:
        """The history that `to_dict` gave.  Raises `DataError` for anything else."""
        try:
            return cls(
                map(float, encoded["costs"]),
                [Measurement(int(m["step"]), m["scores"]) for m in encoded["measurements"]],
                map(int, encoded["cost_steps"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
            came = "encoded is no history"
            raise DataError("from_dict", came, "what to_dict gives", reason) from None

    def __repr__(self) -> str:
        names = ", ".join(self.names)
        return f"History({len(self.costs)} costs, {len(self.measurements)} measurements: {names})"

    def _between(self, part: slice) -> Self:
        start = 0 if part.start is None else whole_number("History", "the first step", part.start)
        if part.step is not None:
            raise ArgumentError("History", f"a slice has the step {part.step}", "none")
        if part.stop is None:
            stop: float = math.inf
        else:
            stop = whole_number("History", "the step to stop before", part.stop)
        pairs = zip(self.cost_steps, self.costs, strict=True)
        within = [(step, cost) for step, cost in pairs if start <= step < stop]
        return type(self)(
            [cost for _, cost in within],
            [measured for measured in self.measurements if start <= measured.step < stop],
            [step for step, _ in within],
        )


def _require_order(what: str, steps: Iterable[int]) -> None:
    given = [*steps]
    if given != sorted(set(given)) or (given and given[0] < 0):
        shown = str(given) if len(given) <= 8 else f"[{', '.join(map(str, given[:8]))}, ...]"
        raise ArgumentError("History", f"{what} of the steps {shown}", "each step once, in order")

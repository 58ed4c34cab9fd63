"""Schedules: the rate of each update, a function of how many updates came before it.

Each is a frozen record and a pure function, `schedule(count)` for `count = 0, 1, 2, ...`, so that
the rate of any update is known without making those before it.  Where an optimizer takes a rate, it
takes a number or a `Schedule`.

One that reaches its goal after so many updates has an `end`, and is refused beyond it; `then` lets
another follow, which counts from 0 again.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise
from numbers import Real
from typing import Any, ClassVar

import attrs

from fdnn.errors import ArgumentError
from fdnn.guards import fraction, not_negative, positive, real, require_kind
from fdnn.keys import whole_number


class Schedule(ABC):
    """What every schedule offers; subclass it, frozen, to write your own."""

    name: ClassVar[str] = "unnamed"

    @abstractmethod
    def __call__(self, count: int, /) -> float:
        """The rate of update number `count`, the first of which is 0."""

    @property
    def end(self) -> int | None:
        """How many updates the schedule covers; None where it never ends."""
        return None

    def then(self, after: Schedule, /) -> Joined:
        """This schedule up to its end, and from there on another."""
        require_kind("then", "after", after, Schedule, "Constant(0.01), for one")
        if self.end is None:
            why = "Joined((first, second), (100,)) ends the first by a count"
            raise ArgumentError("then", f"{self.name} never ends", "a schedule with an end", why)
        return Joined((self, after), (self.end,))

    def within(self, count: int) -> int:
        """The count; `ArgumentError` where the schedule does not cover that update."""
        where = type(self).__name__
        count, end = whole_number(where, "count", count), self.end
        if end is not None and count >= end:
            why = f"the schedule ends after {end} updates; .then(another) goes on"
            raise ArgumentError(where, f"count is {count}", f"less than {end}", why)
        return count


def rate_at(rate: float | Schedule, count: int) -> float:
    """The rate of update number `count`: of a number, the number itself."""
    if not isinstance(rate, Schedule):
        return rate
    value: object = rate(count)
    number = float(value) if isinstance(value, Real) else math.nan
    if not (math.isfinite(number) and number >= 0.0):
        came = f"the rate of update {count} is {value!r}"
        raise ArgumentError(type(rate).__name__, came, "a finite number from 0 on")
    return number


# ------------------------------------------------------------------------------------- the settings


def as_rate(rate: float | Schedule) -> float | Schedule:
    """The converter of a field that is a rate: a number of any kind as a Python float."""
    return rate if isinstance(rate, Schedule) else real(rate)


def valid_rate(record: object, field: Any, value: Any) -> None:
    """The validator of a field that must be a positive number or a schedule."""
    if isinstance(value, float):
        positive(record, field, value)
    elif not isinstance(value, Schedule):
        came = f"{field.name} is {value!r}"
        raise ArgumentError(type(record).__name__, came, "a positive number or a schedule")


def _updates(record: object, field: Any, value: Any) -> None:
    """The validator of a field that counts updates."""
    whole_number(type(record).__name__, field.name, value, 1)


def _updates_or_none(record: object, field: Any, value: Any) -> None:
    if value is not None:
        _updates(record, field, value)


def _no_more_than_the_rate(record: Any, field: Any, value: Any) -> None:
    """The validator of the rate that a schedule comes down to."""
    not_negative(record, field, value)
    if value > record.rate:
        came = f"{field.name} is {value!r}"
        raise ArgumentError(type(record).__name__, came, f"at most the rate, {record.rate!r}")


# ----------------------------------------------------------------------------- those that never end


@attrs.frozen
class Constant(Schedule):
    """`rate`, always."""

    rate: float = attrs.field(converter=real, validator=positive)
    name: ClassVar[str] = "constant"

    def __call__(self, count: int, /) -> float:
        self.within(count)
        return self.rate


@attrs.frozen
class StepDecay(Schedule):
    """`rate * factor^floor(t / every)`: a step down after `every` updates."""

    rate: float = attrs.field(converter=real, validator=positive)
    every: int = attrs.field(validator=_updates)
    factor: float = attrs.field(default=0.1, converter=real, validator=positive)
    name: ClassVar[str] = "step"

    def __call__(self, count: int, /) -> float:
        return self.rate * _power(self.factor, self.within(count) // self.every)


@attrs.frozen
class ExponentialDecay(Schedule):
    """`rate * factor^t`."""

    rate: float = attrs.field(converter=real, validator=positive)
    factor: float = attrs.field(converter=real, validator=positive)
    name: ClassVar[str] = "exponential"

    def __call__(self, count: int, /) -> float:
        return self.rate * _power(self.factor, self.within(count))


def _power(factor: float, t: int) -> float:
    try:
        return math.pow(factor, t)
    except OverflowError:
        return math.inf


@attrs.frozen
class InverseTime(Schedule):
    """`rate / (1 + decay * t)`; with `every`, `rate / (1 + decay * floor(t / every))`.

    The course's decay (deeplearning.ai, *Improving Deep Neural Networks*, week 2), which counts
    epochs: where an epoch is so many updates, `every` is that number; and for its staircase, that
    number times the course's `time_interval`.
    """

    rate: float = attrs.field(converter=real, validator=positive)
    decay: float = attrs.field(converter=real, validator=not_negative)
    every: int | None = attrs.field(default=None, validator=_updates_or_none)
    name: ClassVar[str] = "inverse_time"

    def __call__(self, count: int, /) -> float:
        t = self.within(count) // (self.every or 1)
        return self.rate / (1.0 + self.decay * t)


# -------------------------------------------------------------------------------- those with an end


@attrs.frozen
class Cosine(Schedule):
    """`least + (rate - least) * (1 + cos(pi t / steps)) / 2` (Loshchilov & Hutter 2017).

    It covers `t = 0, ..., steps - 1`; an update number `steps` would have the rate `least`.
    """

    rate: float = attrs.field(converter=real, validator=positive)
    steps: int = attrs.field(validator=_updates)
    least: float = attrs.field(default=0.0, converter=real, validator=_no_more_than_the_rate)
    name: ClassVar[str] = "cosine"

    def __call__(self, count: int, /) -> float:
        return _along_cosine(self.rate, self.least, self.within(count) / self.steps)

    @property
    def end(self) -> int:
        """`steps`."""
        return self.steps


@attrs.frozen
class Polynomial(Schedule):
    """`least + (rate - least) * (1 - t / steps)^power`, linear by itself."""

    rate: float = attrs.field(converter=real, validator=positive)
    steps: int = attrs.field(validator=_updates)
    power: float = attrs.field(default=1.0, converter=real, validator=positive)
    least: float = attrs.field(default=0.0, converter=real, validator=_no_more_than_the_rate)
    name: ClassVar[str] = "polynomial"

    def __call__(self, count: int, /) -> float:
        left = 1.0 - self.within(count) / self.steps
        return self.least + (self.rate - self.least) * math.pow(left, self.power)

    @property
    def end(self) -> int:
        """`steps`."""
        return self.steps


@attrs.frozen
class Warmup(Schedule):
    """`start + (rate - start) * t / steps`: from `start` up to `rate`, along a line.

    `warmed_up` puts one before any other schedule.
    """

    rate: float = attrs.field(converter=real, validator=positive)
    steps: int = attrs.field(validator=_updates)
    start: float = attrs.field(default=0.0, converter=real, validator=_no_more_than_the_rate)
    name: ClassVar[str] = "warmup"

    def __call__(self, count: int, /) -> float:
        return self.start + (self.rate - self.start) * (self.within(count) / self.steps)

    @property
    def end(self) -> int:
        """`steps`."""
        return self.steps


@attrs.frozen
class OneCycle(Schedule):
    """Up to `rate` and down again, both along a cosine (Smith & Topin 2018; PyTorch's form).

    It begins at `rate / start_factor`, is at `rate` for `t = rise * steps - 1`, and ends, at
    `t = steps - 1`, at what it began with over `end_factor`.
    """

    rate: float = attrs.field(converter=real, validator=positive)
    steps: int = attrs.field(validator=_updates)
    rise: float = attrs.field(default=0.3, converter=real, validator=fraction)
    start_factor: float = attrs.field(default=25.0, converter=real, validator=positive)
    end_factor: float = attrs.field(default=1e4, converter=real, validator=positive)
    name: ClassVar[str] = "one_cycle"

    def __call__(self, count: int, /) -> float:
        t, peak = self.within(count), self.rise * self.steps - 1.0
        start = self.rate / self.start_factor
        if t <= peak and peak > 0.0:
            return _along_cosine(start, self.rate, t / peak)
        return _along_cosine(
            self.rate, start / self.end_factor, (t - peak) / (self.steps - 1.0 - peak)
        )

    @property
    def end(self) -> int:
        """`steps`."""
        return self.steps


def _along_cosine(first: float, last: float, part: float) -> float:
    return last + (first - last) * (1.0 + math.cos(math.pi * part)) / 2.0


# --------------------------------------------------------------------------- schedules of schedules


@attrs.frozen
class Scaled(Schedule):
    """`factor` times the rate of another schedule."""

    schedule: Schedule
    factor: float = attrs.field(converter=real, validator=positive)
    name: ClassVar[str] = "scaled"

    def __attrs_post_init__(self) -> None:
        require_kind("Scaled", "schedule", self.schedule, Schedule)

    def __call__(self, count: int, /) -> float:
        return self.factor * self.schedule(count)

    @property
    def end(self) -> int | None:
        """That of the other schedule."""
        return self.schedule.end


def _schedules(given: Iterable[Schedule]) -> tuple[Schedule, ...]:
    require_kind("Joined", "schedules", given, Iterable, "(first, second)")
    return tuple(given)


def _counts(given: Iterable[int]) -> tuple[int, ...]:
    require_kind("Joined", "boundaries", given, Iterable, "(100,), for one")
    return tuple(given)


@attrs.frozen
class Joined(Schedule):
    """One schedule after another: the next begins, at its own 0, at each of the `boundaries`.

    So many updates as the schedules before it cover have been made by then; they may end later, but
    not earlier.
    """

    schedules: tuple[Schedule, ...] = attrs.field(converter=_schedules)
    boundaries: tuple[int, ...] = attrs.field(converter=_counts)
    name: ClassVar[str] = "joined"

    def __attrs_post_init__(self) -> None:
        for schedule in self.schedules:
            require_kind("Joined", "a schedule", schedule, Schedule)
        for boundary in self.boundaries:
            whole_number("Joined", "a boundary", boundary, 1)
        if len(self.boundaries) != len(self.schedules) - 1:
            came = (
                f"there are {len(self.boundaries)} boundaries and {len(self.schedules)} schedules"
            )
            raise ArgumentError("Joined", came, "a boundary between any two schedules")
        lengths = [after - before for before, after in pairwise((0, *self.boundaries))]
        if any(length <= 0 for length in lengths):
            raise ArgumentError("Joined", f"boundaries is {self.boundaries}", "counts that rise")
        for schedule, length in zip(self.schedules, lengths, strict=False):
            if schedule.end is not None and schedule.end < length:
                came = f"{schedule.name} ends after {schedule.end} updates"
                raise ArgumentError("Joined", came, str(length), "so far is it to its boundary")

    def __call__(self, count: int, /) -> float:
        place = bisect_right(self.boundaries, self.within(count))
        return self.schedules[place](count - (0, *self.boundaries)[place])

    @property
    def end(self) -> int | None:
        """That of the last schedule, from its boundary on."""
        last = self.schedules[-1].end
        return None if last is None else (0, *self.boundaries)[-1] + last


def warmed_up(schedule: Schedule, steps: int, start: float = 0.0) -> Joined:
    """A linear warm-up of so many updates, from `start` to the first rate of what follows it."""
    require_kind("warmed_up", "schedule", schedule, Schedule, "Constant(0.01), for one")
    return Warmup(schedule(0), steps, start).then(schedule)

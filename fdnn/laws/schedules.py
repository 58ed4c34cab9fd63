"""The laws of schedules."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

from fdnn.errors import ArgumentError, KindError, with_article
from fdnn.laws.report import Held, Report, Subject

FIRST = 64
FAR = (100, 1000, 10**6)
"""Which updates are asked for: the first ones all, and some far out."""


@runtime_checkable
class ScheduleLike(Protocol):
    """What the laws ask of a schedule: the rate of every update, and how many there are."""

    @property
    def end(self) -> int | None:
        """How many updates it covers; None where there is no end."""
        ...

    def __call__(self, count: int, /) -> float:
        """The rate of update number `count`, from 0."""
        ...


def is_schedule(kind: object) -> bool:
    """Whether something looks like a schedule."""
    return isinstance(kind, ScheduleLike)


def schedule(rate: ScheduleLike, /) -> Report:
    """Hold a schedule against its laws.

    Every rate is a number, finite and not negative, and not all are zero; the same count gives the
    same rate, whatever was asked before; and beyond its end it refuses (`ArgumentError`).  Raises
    `LawError`.
    """
    if not is_schedule(rate):
        came = f"rate is {with_article(type(rate).__name__)}"
        raise KindError("laws.schedule", came, "a Schedule", "Constant(0.1), for one")
    subject = Subject("laws.schedule", repr(rate))
    return subject.report(_laws(subject, rate))


def _laws(subject: Subject, rate: ScheduleLike) -> Iterator[Held]:
    end: Any = rate.end
    law = "the end is a number of updates, or None"
    is_end = end is None or (isinstance(end, int) and end > 0)
    yield subject.holds(law, is_end, f"end is {end!r}", "a whole number from 1 on, or None")

    last = [] if end is None else [end - 1]
    counts = [t for t in (*range(FIRST), *FAR, *last) if end is None or t < end]
    rates: dict[int, float] = {}
    for t in counts:
        found: object = rate(t)
        came, expected = f"the rate at {t} is {found!r}", "a finite number from 0 on"
        is_rate = isinstance(found, float) and math.isfinite(found) and found >= 0.0
        yield subject.holds("every rate is finite and not negative", is_rate, came, expected)
        rates[t] = rate(t)
    came = f"the rates of all {len(rates)} updates are 0"
    yield subject.holds("something is learned", any(rates.values()), came, "one above 0")

    law = "the same count gives the same rate"
    for t in reversed(counts):
        again = rate(t)
        came = f"the rate at {t}, asked again, is {again!r}"
        yield subject.holds(law, again == rates[t], came, repr(rates[t]))

    if end is not None:
        law = "a schedule refuses what lies beyond its end"
        for t in (end, end + 1, 10 * end):
            yield subject.holds(law, _refuses(rate, t), f"there is a rate at {t}", "ArgumentError")


def _refuses(rate: ScheduleLike, count: int) -> bool:
    try:
        rate(count)
    except ArgumentError:
        return True
    return False

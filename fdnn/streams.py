"""Combinators over the stream of states that `iterate(step)` gives.

    states = iterate(step)(start)
    records = recorded(every(10, states), scoring(cost, accuracy, test=held_out))
    learned = last(early_stopping(records, lambda _: records.latest["test cost"], patience=5))

Each takes an iterator of states and gives one, so they compose, with each other and with
`itertools`.  They are lazy: a state is computed when it is asked for, and where a stream has ended
nothing more is taken from the one below.  No state is ever changed; those that are kept stay valid,
and training can go on from any of them, with another step too.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from numbers import Real
from typing import Generic, TypeVar

import attrs

from fdnn.axes import Axes
from fdnn.errors import ArgumentError, DataError, KindError, with_article
from fdnn.guards import require_kind
from fdnn.history import History, Measurement
from fdnn.keys import whole_number
from fdnn.training import State

S = TypeVar("S")


def require_stream(where: str, states: object) -> None:
    """Refuse what is no stream (`KindError`)."""
    hint = "iterate(step)(start) gives one"
    if not isinstance(states, Iterable):
        came = f"states is {with_article(type(states).__name__)}"
        raise KindError(where, came, "a stream of states", hint)


def require_function(where: str, argument: str, value: object, expected: str) -> None:
    """Refuse what cannot be called (`KindError`)."""
    if not callable(value):
        raise KindError(where, f"{argument} is {with_article(type(value).__name__)}", expected)


# ----------------------------------------------------------------------------------------- how many


def take(n: int, states: Iterable[S]) -> Iterator[S]:
    """The first `n` states.

    >>> list(take(3, "abcde"))
    ['a', 'b', 'c']
    """
    n = whole_number("take", "n", n)
    require_stream("take", states)
    return islice(states, n)


def every(n: int, states: Iterable[S]) -> Iterator[S]:
    """Every `n`-th state, beginning with the first.

    >>> list(every(2, "abcde"))
    ['a', 'c', 'e']
    """
    n = whole_number("every", "n", n, least=1)
    require_stream("every", states)
    return islice(states, 0, None, n)


def last(states: Iterable[S]) -> S:
    """The last state of a stream that ends.  `ArgumentError` where there is none."""
    require_stream("last", states)
    found = deque(states, maxlen=1)
    if not found:
        raise ArgumentError("last", "states is empty", "at least one state")
    return found[0]


def within(
    seconds: float, states: Iterable[S], *, clock: Callable[[], float] = time.monotonic
) -> Iterator[S]:
    """The states that are begun within so many seconds of the first being asked for.

    A state that is under way when the time is up is still given; the one after it is not begun.
    """
    given: object = seconds
    came = f"seconds is {given!r}"
    if isinstance(given, bool) or not isinstance(given, Real):
        raise KindError("within", came, "a positive number")
    if not seconds > 0.0:
        raise ArgumentError("within", came, "a positive number")
    require_stream("within", states)
    require_function("within", "clock", clock, "a function that tells the time in seconds")
    return _within(seconds, states, clock)


def _within(seconds: float, states: Iterable[S], clock: Callable[[], float]) -> Iterator[S]:
    end = clock() + seconds
    for state in states:
        yield state
        if clock() >= end:
            return


# ---------------------------------------------------------------------------------------- the best


def best(
    states: Iterable[S], score: Callable[[S], float], *, largest_is_best: bool = False
) -> Iterator[S]:
    """The best state so far, for each state: its last one is the best of all.

    The best has the smallest score, or the largest where `largest_is_best`; the first of several.
    Raises `DataError` where a score is NaN.
    """
    _require_score("best", states, score, largest_is_best)
    return (state for state, _ in _ranked("best", states, score, largest_is_best, 0.0))


def early_stopping(
    states: Iterable[S],
    score: Callable[[S], float],
    patience: int,
    *,
    least_improvement: float = 0.0,
    largest_is_best: bool = False,
) -> Iterator[S]:
    """The stream of `best`, which ends after `patience` states in a row that were no improvement.

    So its last state is the best that was seen, not the last that was: `last(early_stopping(...))`.
    An improvement is a score that is better than that of the last improvement by more than
    `least_improvement`; many small ones add up.  To look at every tenth state only, give it
    `every(10, states)`.  Raises `DataError` where a score is NaN.
    """
    _require_score("early_stopping", states, score, largest_is_best)
    patience = whole_number("early_stopping", "patience", patience, least=1)
    given: object = least_improvement
    came = f"least_improvement is {given!r}"
    if isinstance(given, bool) or not isinstance(given, Real):
        raise KindError("early_stopping", came, "a number from 0 on")
    if not 0.0 <= least_improvement < math.inf:
        raise ArgumentError("early_stopping", came, "a number from 0 on")

    ranked = _ranked("early_stopping", states, score, largest_is_best, least_improvement)
    return _patient(ranked, patience)


def _patient(ranked: Iterator[tuple[S, int]], patience: int) -> Iterator[S]:
    for state, waited in ranked:
        yield state
        if waited == patience:
            return


def _ranked(
    where: str,
    states: Iterable[S],
    score: Callable[[S], float],
    largest_is_best: bool,
    least_improvement: float,
) -> Iterator[tuple[S, int]]:
    """The best state so far, and how many states there have been since the last improvement."""
    found: list[S] = []
    best_score = reference = math.inf
    waited = 0
    for place, state in enumerate(states):
        given: object = score(state)
        if not isinstance(given, Real):
            came = f"the score is {with_article(type(given).__name__)}"
            raise KindError(where, came, "a number")
        value = float(given)
        if math.isnan(value):
            of = f"step {state.step}" if isinstance(state, State) else f"state {place}"
            raise DataError(where, f"the score of {of} is nan", "a number")
        value = -value if largest_is_best else value
        if not found or value < best_score:
            found[:] = [state]
            best_score = value
        improved = place == 0 or value < reference - least_improvement
        if improved:
            reference = value
        waited = 0 if improved else waited + 1
        yield found[0], waited


def _require_score(where: str, states: object, score: object, largest_is_best: object) -> None:
    require_stream(where, states)
    require_function(where, "score", score, "a function from a state to a number")
    require_kind(where, "largest_is_best", largest_is_best, bool)


# ------------------------------------------------------------------------------------- the history


@attrs.define(eq=False, repr=False)
class Recorded(Iterator[State[*Axes]], Generic[*Axes]):
    """A stream of states that keeps the history of those that have passed; see `recorded`.

    Like every iterator it moves on; the `history` that it gives at any time does not change.
    """

    _states: Iterator[State[*Axes]]
    _measure: Callable[[State[*Axes]], Mapping[str, float]] | None
    _every: int
    _passed: int = attrs.field(default=0, init=False)
    _at: int = attrs.field(default=-1, init=False)
    _costs: dict[int, float] = attrs.field(factory=dict[int, float], init=False)
    _measurements: list[Measurement] = attrs.field(factory=list[Measurement], init=False)

    def __next__(self) -> State[*Axes]:
        state = next(self._states)
        require_kind("recorded", "a state", state, State, "learner.start(params) gives the first")
        if state.step < self._at:
            came = f"step {state.step} comes after step {self._at}"
            raise ArgumentError("recorded", came, "a stream that goes forward")
        is_new = state.step > self._at
        self._at, self._passed = state.step, self._passed + 1
        if is_new and state.step > 0 and state.cost < math.inf:
            self._costs[state.step - 1] = state.cost
        if is_new and self._measure is not None and (self._passed - 1) % self._every == 0:
            self._measurements.append(Measurement(state.step, self._measure(state)))
        return state

    @property
    def history(self) -> History:
        """What the states that have passed leave."""
        return History(self._costs.values(), self._measurements, self._costs)

    @property
    def latest(self) -> Measurement:
        """What was measured last."""
        if not self._measurements:
            why = "a state is measured when it passes"
            raise ArgumentError("recorded", "nothing is measured yet", "a measurement", why)
        return self._measurements[-1]


def recorded(
    states: Iterable[State[*Axes]],
    measure: Callable[[State[*Axes]], Mapping[str, float]] | None = None,
    *,
    every: int = 1,
) -> Recorded[*Axes]:
    """The same stream, which keeps a `history`: the cost of every step, and what `measure` gives.

    `measure` is asked of every `every`-th state, beginning with the first: see `scoring`.
    """
    require_stream("recorded", states)
    if measure is not None:
        require_function("recorded", "measure", measure, "a function from a state to scores")
    every = whole_number("recorded", "every", every, least=1)
    return Recorded(iter(states), measure, every)

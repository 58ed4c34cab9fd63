"""Times of several pieces of work that take turns in one process."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping

import attrs

BLOCK = 1e-3  # seconds that a timed block lasts at least


@attrs.frozen
class Timing:
    """Seconds of one call, medians over the rounds: of the process's CPU and of the wall."""

    cpu: float
    wall: float


def in_turns(
    work: Mapping[str, Callable[[], object]], calls: int, seconds: float, rounds: int
) -> dict[str, Timing]:
    """Time blocks of so many calls of each, round by round, for about so many seconds.

    Before each block stands a call that is not timed: it brings back to the caches what the others
    have driven out, as it is in a loop of one's own.
    """
    cpu: dict[str, list[float]] = {name: [] for name in work}
    wall: dict[str, list[float]] = {name: [] for name in work}
    gc.collect()
    gc.freeze()  # so that collecting one's garbage does not mean to search all packages' objects
    end = time.perf_counter() + seconds

    for done in range(rounds):
        if done >= 5 and time.perf_counter() > end:
            break
        for name, call in work.items():
            call()
            start, start_wall = time.process_time_ns(), time.perf_counter_ns()
            for _ in range(calls):
                call()
            stop, stop_wall = time.process_time_ns(), time.perf_counter_ns()
            cpu[name].append((stop - start) * 1e-9 / calls)
            wall[name].append((stop_wall - start_wall) * 1e-9 / calls)

    gc.unfreeze()
    return {
        name: Timing(statistics.median(cpu[name]), statistics.median(wall[name])) for name in work
    }


def calls_of_a_block(call: Callable[[], object]) -> int:
    """How many calls of this make a block long enough to be timed."""
    call()
    start = time.perf_counter()
    for _ in range(3):
        call()
    each = (time.perf_counter() - start) / 3
    return max(1, round(BLOCK / each))

"""Times of several pieces of work that take turns in one process."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping

import attrs

Work = Mapping[str, Callable[[], object]]

BLOCK = 1e-3  # seconds that a timed block lasts, or a call, if that is longer
WARM_UP = 5e-3  # the same of what stands before it
FEWEST = 3  # rounds, however long they take


@attrs.frozen
class Times:
    """Seconds of one call, block by block: of the process's CPU, and of the wall."""

    cpu: list[float] = attrs.field(factory=list[float])
    wall: list[float] = attrs.field(factory=list[float])

    def median(self, clock: str) -> float:
        """The median by one of the two clocks."""
        return statistics.median(self.cpu if clock == "CPU" else self.wall)

    @property
    def has_used_threads(self) -> bool:
        """Whether CPU time exceeds wall time by more than clocks and chance do."""
        return self.median("CPU") > 1.1 * self.median("wall")


def in_turns(work: Work, calls: int, seconds: float, times: Mapping[str, Times]) -> None:
    """Time blocks of so many calls of each, round by round, for about so many seconds.

    Before each block stand calls that are not timed: they bring back to the caches what the others
    have driven out, as it is in a loop of one's own.
    """
    gc.collect()
    gc.freeze()  # so that collecting one's garbage does not mean to search all packages' objects
    end = time.perf_counter() + seconds
    rounds = 0

    while rounds < FEWEST or time.perf_counter() < end:
        rounds += 1
        for name, call in work.items():
            _repeat_for(WARM_UP, call)
            start, start_wall = time.process_time_ns(), time.perf_counter_ns()
            for _ in range(calls):
                call()
            stop, stop_wall = time.process_time_ns(), time.perf_counter_ns()
            times[name].cpu.append((stop - start) * 1e-9 / calls)
            times[name].wall.append((stop_wall - start_wall) * 1e-9 / calls)

    gc.unfreeze()


def _repeat_for(seconds: float, call: Callable[[], object]) -> None:
    end = time.perf_counter() + seconds
    call()
    while time.perf_counter() < end:
        call()


def calls_of_a_block(call: Callable[[], object]) -> int:
    """How many calls of this make a block long enough to be timed."""
    call()
    start = time.perf_counter()
    for _ in range(3):
        call()
    each = (time.perf_counter() - start) / 3
    return max(1, round(BLOCK / each))

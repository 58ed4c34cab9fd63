"""Where the time of a staged step goes, in parts of the floor: what limits a row of the table.

    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.profile

The pieces that the plan is made of are wrapped in clocks when a stream is entered: the maps of the
layers (their products, with the bias in them), the activations, the cost with its `dZ`, and the
update.  What is left of a step is the rest: records, views, and Python's loops.  A clock itself
takes about 0.1 µs, so that the rows of small networks show the clocks too; `whole` is without them.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from fdnn.plan.activations import staged_activation
from fdnn.plan.costs import staged_cost
from fdnn.plan.layers import Map, staged_map
from fdnn.plan.optimizers import staged_update
from tests.benchmarks import floor, machine, with_fdnn
from tests.benchmarks.workloads import WORKLOADS, Workload, problem

PARTS = ("products", "activations", "cost", "update")
DEFAULT = ("mnist", "mnist-adam", "wide-adam", "batch-64", "batch-1024", "batch-8192", "width-64")


class Clocks:
    """The seconds that wrapped functions took, by part."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def on(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its time added to a part."""

        def timed(*arguments: Any) -> Any:
            start = time.perf_counter()
            result = function(*arguments)
            self.seconds[part] += time.perf_counter() - start
            return result

        return timed


@contextmanager
def wrapped(clocks: Clocks) -> Iterator[None]:
    """Streams that are entered meanwhile have their pieces timed."""

    def timed_map(*arguments: Any) -> Map:
        linear = staged_map(*arguments)
        forward = clocks.on("products", linear.forward)
        return Map(forward, clocks.on("products", linear.backward), linear.draws)

    def timed_activation(*arguments: Any) -> Any:
        return tuple(clocks.on("activations", way) for way in staged_activation(*arguments))

    def timed_cost(*arguments: Any) -> Any:
        head = staged_cost(*arguments)
        return None if head is None else clocks.on("cost", head)

    def timed_update(*arguments: Any) -> Any:
        staged = staged_update(*arguments)
        return None if staged is None else (staged[0], clocks.on("update", staged[1]))

    with (
        patch("fdnn.plan.layers.staged_map", timed_map),
        patch("fdnn.plan.layers.staged_activation", timed_activation),
        patch("fdnn.plan.gradients.staged_cost", timed_cost),
        patch("fdnn.plan.steps.staged_update", timed_update),
    ):
        yield


def profile(workload: Workload, seconds: float) -> tuple[float, dict[str, float]]:
    """The floor in seconds, and medians of the parts of a step and of the whole, over it."""
    given, clocks = problem(workload), Clocks()
    with wrapped(clocks):
        step = with_fdnn.training(given)
        step()  # which is when the pieces are made
    plain_step = with_fdnn.training(given)
    bare = [lay(workload) for lay in (floor.columns, floor.turned, floor.rows)]

    found: defaultdict[str, list[float]] = defaultdict(list)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(found["whole"]) < 5:
        for place, products in enumerate(bare):
            found[f"floor {place}"].append(_seconds_of(products))
        found["whole"].append(_seconds_of(plain_step))
        step()
        clocks.seconds.clear()
        step()
        for part in PARTS:
            found[part].append(clocks.seconds[part])

    medians = {name: statistics.median(times) for name, times in found.items()}
    least = min(medians[f"floor {place}"] for place in range(len(bare)))
    parts = {part: medians[part] / least for part in PARTS}
    rest = medians["whole"] / least - sum(parts.values())
    return least, {**parts, "rest": max(0.0, rest), "whole": medians["whole"] / least}


def _seconds_of(work: Callable[[], object]) -> float:
    """The seconds of one call, after one that is not timed."""
    work()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Profile the workloads that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.profile")
    parser.add_argument("--only", default=",".join(DEFAULT), help=f"of {', '.join(WORKLOADS)}")
    parser.add_argument("--seconds", type=float, default=3.0, help="to measure each row for")
    options = parser.parse_args()

    print(machine.description())
    columns = (*PARTS, "rest", "whole")
    print(f"\n{'in floors':<16}{'floor':>12}" + "".join(f"{name:>13}" for name in columns))
    for name in options.only.split(","):
        least, parts = profile(WORKLOADS[name], options.seconds)
        shown = "".join(f"{parts[column]:13.3f}" for column in columns)
        print(f"{name:<16}{least * 1e6:9.0f} µs{shown}", flush=True)


if __name__ == "__main__":
    main()

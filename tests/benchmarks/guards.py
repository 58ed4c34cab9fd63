"""What the guards of fdnn cost where they stand: rings 1 to 3, on a tiny network and on mnist's.

    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.guards

Ring 1 is mypy, which reads the program before it runs.  The others are measured by taking them
away: the same work is timed with all of them, without ring 2, and without rings 2 and 3, in turns.

Ring 2 is taken away by a `__attrs_post_init__` that does nothing, in every class of records but
those whose own computes a field.  Ring 3 is taken away in the place of every function and method of
fdnn whose name begins with `require` or `admit`, in every module that has imported it, by one that
does nothing.  What is left of both is the call of what does nothing, and the two comparisons that
the folds write out themselves.  Before anything is timed, the costs of two steps without the checks
are compared with those of two steps with them.  A difference of a hundredth of a call is chance.

The same places are counted: the checks of a step.  In a stream there are none, for it has checked
when it was entered; there it is the records themselves that cost something, made at every step of
parts that are known to fit.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from types import FunctionType, ModuleType
from typing import Any
from unittest.mock import patch

import attrs
import numpy as np

from fdnn import Architecture, Batch, GradientDescent, Learner, State, Step, iterate
from fdnn import step as step_on
from fdnn.guards import Record
from fdnn.span import Span
from tests.benchmarks import machine
from tests.benchmarks.timing import Times, Work, calls_of_a_block, in_turns
from tests.benchmarks.with_fdnn import batch_of, cost_of, plain_step
from tests.benchmarks.workloads import WORKLOADS, Problem, problem

AnyState = State[*tuple[Any, ...]]
Replacement = Callable[..., None]

COMPUTE = (Architecture, Span)
"""Records whose `__attrs_post_init__` computes a field."""

RINGS = {"all rings": (), "without 2": (2,), "without 2 and 3": (2, 3)}

# ----------------------------------------------------------------------------- taking rings away


def nothing(*_: object, **__: object) -> None:
    """Check nothing."""


@contextmanager
def without(rings: tuple[int, ...], instead: Replacement = nothing) -> Iterator[None]:
    """While this lasts, the checks of these rings are `instead`."""
    places = {2: validators, 3: doors}
    with ExitStack() as stack:
        for ring in rings:
            for owner, name in places[ring]():
                stack.enter_context(patch.object(owner, name, instead))
        yield


def validators() -> list[tuple[Any, str]]:
    """Where records check themselves."""
    name = "__attrs_post_init__"
    return [(kind, name) for kind in records() if name in vars(kind) and kind not in COMPUTE]


def doors() -> list[tuple[Any, str]]:
    """Where functions and methods check their arguments."""
    classes = {kind for module in modules() for _, kind in inspect.getmembers(module, is_own_class)}
    return [
        (owner, name)
        for owner in (*modules(), *classes)
        for name, value in vars(owner).items()
        if isinstance(value, FunctionType) and name.lstrip("_").startswith(("require", "admit"))
    ]


def modules() -> list[ModuleType]:
    """The modules of fdnn that have been imported."""
    return [module for name, module in sys.modules.items() if name.partition(".")[0] == "fdnn"]


def is_own_class(value: object) -> bool:
    """Whether it is a class of fdnn."""
    return isinstance(value, type) and value.__module__.partition(".")[0] == "fdnn"


def records() -> list[type]:
    """The classes of records, each once."""
    found: list[type] = [Record]
    for kind in found:
        below: list[type] = kind.__subclasses__()
        found += [each for each in below if each not in found]
    return found


def checks_of(work: Callable[[], object]) -> int:
    """How many checks of rings 2 and 3 one call comes by; those inside of others do not count."""
    count = 0

    def counting(*_: object, **__: object) -> None:
        nonlocal count
        count += 1

    with without((2, 3), counting):
        work()
    return count


# ----------------------------------------------------------------------------------- measuring


@attrs.frozen(eq=False)
class Training:
    """A workload, and what a user makes of it."""

    given: Problem
    batch: Batch[Any, Any, Any]
    learner: Learner
    step: Step[*tuple[Any, ...]]
    start: AnyState

    @classmethod
    def of(cls, name: str) -> Training:
        """The workload of this name."""
        given = problem(WORKLOADS[name])
        learner = Learner(cost_of(given.workload), GradientDescent(given.workload.rate))
        batch = batch_of(given)
        step = plain_step(learner, given.params, batch)
        return cls(given, batch, learner, step, learner.start(given.params))

    def stream(self) -> Callable[[], object]:
        """One call is the next state of a stream."""
        return partial(next, iterate(self.step)(self.start))

    def enter(self) -> None:
        """A stream is entered, and left after its first step."""
        for _ in islice(iterate(self.step)(self.start), 2):
            pass

    def records(self) -> AnyState:
        """The records of a step in a stream: the state, the parameters, what is remembered."""
        params, optimizer = self.start.coordinates
        return self.start.over(1.0, params.over(params.vector), optimizer.over(()))

    def works(self) -> dict[str, Callable[[], object]]:
        """What is called with the rings and without, by name."""
        X = self.batch.X
        return {
            "a step of a stream": self.stream(),
            "a step by itself, step(state)": lambda: self.step(self.start),
            "... step(state, batch, learner)": lambda: step_on(
                self.start, self.batch, self.learner
            ),
            "a prediction, params(X)": lambda: self.given.params(X),
        }


def require_same(training: Training) -> None:
    """See that the results do not change where the checks are taken away."""

    def costs() -> list[float]:
        moved = training.step(training.step(training.start))
        stream = list(islice(iterate(training.step)(training.start), 3))
        return [moved.cost, stream[-1].cost, float(np.sum(moved.params.vector))]

    expected = costs()
    with without((2, 3)):
        assert costs() == expected


def seconds_of(work: Callable[[], object], rounds: int) -> dict[str, float]:
    """The median time of a call, with all rings and without some, in turns."""
    times = {name: Times() for name in RINGS}
    calls = calls_of_a_block(work)
    for _ in range(rounds):
        for name, rings in RINGS.items():
            with without(rings):
                in_turns({name: work}, calls, 0.0, times)
    return {name: found.median(machine.clock()) for name, found in times.items()}


def seconds_of_each(work: Work, seconds: float) -> dict[str, float]:
    """The median time of a call of each, in turns."""
    times = {name: Times() for name in work}
    in_turns(work, min(map(calls_of_a_block, work.values())), seconds, times)
    return {name: found.median(machine.clock()) for name, found in times.items()}


# ------------------------------------------------------------------------------------ the tables


def print_rings(name: str, rounds: int) -> None:
    """What the rings cost at each call, in microseconds and as a part of it."""
    training = Training.of(name)
    require_same(training)
    print(f"\n{f'{name}, at each call':34} {'all':>10} {'checks':>7} {'ring 2':>16} {'ring 3':>16}")
    for what, work in training.works().items():
        work()
        checks, found = checks_of(work), seconds_of(work, rounds)
        whole, no_2, bare = (found[rings] for rings in RINGS)
        parts = " ".join(_part(cost, whole) for cost in (whole - no_2, no_2 - bare))
        print(f"{what:34} {_micro(whole)} {checks:7} {parts}", flush=True)


def print_once(name: str, seconds: float) -> None:
    """What is paid at each step of a stream for its records, and once for entering it."""
    training = Training.of(name)
    work = {"step": training.stream(), "records": training.records, "enter": training.enter}
    found = seconds_of_each(work, seconds)
    step, entering = found["step"], found["enter"] - found["step"]
    print(f"\n{name + ', a stream':34} {_micro(step)} a step")
    print(f"{'its records, which check nothing':34} {_part(found['records'], step)} of it")
    print(
        f"{'entering: checks and staging, once':34} {_micro(entering)} {entering / step:.1f} steps"
    )


def print_batch(name: str, seconds: float) -> None:
    """What a batch costs, once: the scan of data that lie as it keeps them, and with the copy."""
    given = problem(WORKLOADS[name])
    lying = batch_of(given)
    X, Y = lying.X, lying.Y
    megabytes = (given.X.nbytes + given.Y.nbytes) / 1e6
    work = {"scan": lambda: Batch(X, Y), "copy": lambda: batch_of(given)}
    found = seconds_of_each(work, seconds)
    rates = [f"{1e6 * found[each] / megabytes:4.0f} µs" if megabytes > 0.1 else "" for each in work]
    cells = [f"{_micro(found[each])} {rate:>7}" for each, rate in zip(work, rates, strict=True)]
    print(f"{f'{name}, {megabytes:.3f} MB':34} {' '.join(cells)}", flush=True)


def _micro(seconds: float) -> str:
    return f"{round(1e6 * seconds, 1) + 0.0:7.1f} µs"  # and no -0.0


def _part(cost: float, whole: float) -> str:
    return f"{_micro(cost)} {round(100 * cost / whole):3} %"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.guards")
    parser.add_argument("--rounds", type=int, default=15, help="how often the rings take turns")
    parser.add_argument("--seconds", type=float, default=2.0, help="to measure the rest for")
    arguments = parser.parse_args()

    print(machine.description())
    print(f"medians of {machine.clock()} time")
    print("\nring 1, mypy: 0 µs, it reads the program before it runs")
    for name in ("tiny", "mnist"):
        print_rings(name, arguments.rounds)
    for name in ("tiny", "mnist"):
        print_once(name, arguments.seconds)
    print(f"\n{'a batch, once':34} {'scanned':>10} {'a MB':>7} {'and copied':>10} {'a MB':>7}")
    for name in ("tiny", "mnist", "cats"):
        print_batch(name, arguments.seconds)


if __name__ == "__main__":
    main()

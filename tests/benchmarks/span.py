"""Training in the span of the data, beside the ordinary path in the same run.

    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.span
    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.span --all

The course's network for cats, 12288-20-7-5-1 on 209 examples, by gradient descent: through the
library, through an experiment as `fdnn train` makes it, and through the command itself, as a whole
process.  The two paths take turns, with 200 iterations, or with the course's 2500 under `--all`;
what entering takes, the Gram matrix with it, counts.  Of the experiment the training itself is
timed, without what is measured for the learning curve on its way.  All times are of the wall.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import patch

import attrs
import numpy as np

import fdnn.experiment
from fdnn import GradientDescent, Learner, State, binary_cross_entropy, iterate
from fdnn.datasets import Dataset, named
from fdnn.experiment import Experiment, Settings
from tests.benchmarks import children, machine
from tests.benchmarks.with_fdnn import batch_of
from tests.benchmarks.workloads import WORKLOADS, problem

RATE = 0.0075
SOME, ALL = 200, 2500
TRAIN, TEST, SHAPE = 209, 50, (64, 64, 3)
PATHS = {"span": True, "ordinary": False}

COMMAND = "from fdnn.__main__ import main; main()"


@attrs.frozen
class Trained:
    """What came of a training: its seconds, the cost of each step, and the parameters."""

    seconds: float
    costs: list[float]
    vector: np.ndarray[Any, Any]


def main() -> None:
    """Print the times of both paths, and how far they are from each other at the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.span")
    parser.add_argument("--all", action="store_true", help=f"{ALL} iterations, not {SOME}")
    parser.add_argument("--rounds", type=int, default=3, help="how often each path is run")
    arguments = parser.parse_args()
    iterations = ALL if arguments.all else SOME

    print(machine.description())
    print(f"\n{f'{iterations} iterations':34} {'span':>9} {'ordinary':>9} {'ratio':>7}")
    for span in PATHS.values():
        by_library(span, 1)  # loads the modules, and touches the memory
    found = in_turns(lambda span: by_library(span, iterations), arguments.rounds)
    report("through the library", found)
    a, b = (found[path][-1] for path in PATHS)
    cost, parameters = largest(a.costs, b.costs), largest(a.vector, b.vector)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cats.npz"
        write_cats(path)
        data = named(str(path), 0, "float64")
        whole = in_turns(lambda span: by_experiment(data, span, iterations), arguments.rounds)
        report("fdnn train: the training itself", whole)
        commands = in_turns(lambda span: by_command(path, span, iterations), arguments.rounds)
        report("fdnn train: the whole command", commands)

    print(f"\nlargest difference after {iterations} iterations through the library")
    print(f"of the cost, at any of them {cost:.1e}, of the parameters {parameters:.1e}")
    a, b = (whole[path][-1] for path in PATHS)
    cost, parameters = largest(a.costs, b.costs), largest(a.vector, b.vector)
    print(f"and on the file, of the cost {cost:.1e}, of the parameters {parameters:.1e}")


def in_turns(train: Callable[[bool], Trained], rounds: int) -> dict[str, list[Trained]]:
    """Train so many times by each path."""
    found: dict[str, list[Trained]] = {path: [] for path in PATHS}
    for _ in range(rounds):
        for path, span in PATHS.items():
            found[path].append(train(span))
    return found


def report(what: str, found: dict[str, list[Trained]]) -> None:
    """A line of the table: the medians."""
    span, ordinary = (statistics.median(one.seconds for one in found[path]) for path in PATHS)
    print(f"{what:34} {span:7.3f} s {ordinary:7.3f} s {ordinary / span:7.1f}", flush=True)


def largest(a: Any, b: Any) -> float:
    """The largest difference between two rows of numbers."""
    return float(np.max(np.abs(np.subtract(a, b))))


# --------------------------------------------------------------------------------- the three ways


def by_library(span: bool, iterations: int) -> Trained:
    """The stream of states itself, from random examples."""
    given = problem(WORKLOADS["cats"])
    learner = Learner(binary_cross_entropy, GradientDescent(RATE))
    step, start = (
        learner.step(given.params)(batch_of(given), span=span),
        learner.start(given.params),
    )

    begin = time.perf_counter()
    costs, state = [], start
    for state in islice(iterate(step, start), 1, iterations + 1):
        costs.append(state.cost)
    vector = state.params.vector
    return Trained(time.perf_counter() - begin, costs, vector)


def by_experiment(data: Dataset[Any, Any], span: bool, iterations: int) -> Trained:
    """What `fdnn train` runs; the stream's own time is taken where the experiment makes it."""
    chosen = attrs.evolve(Settings.of(data.recipe), span=span, iterations=iterations)
    watch = Watch()
    with patch.object(fdnn.experiment, "iterate", watch.iterate):
        outcome = fdnn.experiment.run(Experiment(data, chosen))
    vector = outcome.model.params.vector
    return Trained(watch.seconds, [*outcome.history.costs], vector)


class Watch:
    """The seconds that a stream takes, without those of whoever consumes it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def iterate(self, step: Any) -> Callable[[Any], Iterator[State[*tuple[Any, ...]]]]:
        """In the place of `fdnn.iterate`."""

        def train(start: Any) -> Iterator[State[*tuple[Any, ...]]]:
            begin = time.perf_counter()
            states = iterate(step)(start)
            self.seconds += time.perf_counter() - begin
            while True:
                begin = time.perf_counter()
                state = next(states)
                self.seconds += time.perf_counter() - begin
                yield state

        return train


def by_command(path: Path, span: bool, iterations: int) -> Trained:
    """A whole process of the command, from the start of the interpreter to the last file."""
    way, out = "--span" if span else "--no-span", str(path.parent / "out")
    ran = children.run(COMMAND, "train", str(path), way, "-n", str(iterations), "--out", out)
    return Trained(ran.wall, [], np.zeros(0))


def write_cats(path: Path) -> None:
    """A file like the course's: smooth pictures of two kinds, which differ in a bright middle."""
    rng = np.random.default_rng(0)
    height, width, channels = SHAPE
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    middle = np.exp(-4.0 * (x**2 + y**2))[..., np.newaxis]

    def examples(m: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        labels = rng.random(m) < 0.35
        coarse = rng.normal(0.4, 0.15, (m, height // 8, width // 8, channels))
        pictures = coarse.repeat(8, axis=1).repeat(8, axis=2)
        pictures += rng.normal(0.0, 0.05, pictures.shape)
        pictures += 0.3 * labels[:, np.newaxis, np.newaxis, np.newaxis] * middle
        return (255.0 * pictures.clip(0.0, 1.0)).astype("uint8"), labels.astype("int64")

    (train_x, train_y), (test_x, test_y) = examples(TRAIN), examples(TEST)
    np.savez(path, train_x=train_x, train_y=train_y, test_x=test_x, test_y=test_y)


if __name__ == "__main__":
    main()

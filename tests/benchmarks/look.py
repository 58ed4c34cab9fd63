"""What it costs that a step looks whether its new parameters are finite.

    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.look

The look is one product of the new parameters with themselves, and one of the moment of the squares
where the optimizer has any (`fdnn.diagnosis.all_finite`).  Here it takes turns with the steps of a
stream on 784-256-128-10, batch 128, float32.
"""

from __future__ import annotations

import argparse
from typing import Any

from fdnn import Adam, GradientDescent, Learner, Momentum, Optimizer, iterate
from fdnn.diagnosis import all_finite
from tests.benchmarks import machine
from tests.benchmarks.timing import Times, calls_of_a_block, in_turns
from tests.benchmarks.with_fdnn import batch_of, cost_of, plain_step
from tests.benchmarks.workloads import WORKLOADS, problem

OPTIMIZERS: tuple[Optimizer, ...] = (GradientDescent(0.01), Momentum(0.01), Adam())


def shares(optimizer: Optimizer, seconds: float) -> tuple[float, float]:
    """Seconds of a step, and of the look in it; medians of CPU time."""
    task = problem(WORKLOADS["mnist"])
    learner = Learner(cost_of(task.workload), optimizer)
    states = iterate(plain_step(learner, task.params, batch_of(task)))(learner.start(task.params))
    next(states)

    state: Any = next(states)
    squares = state.optimizer.moments[1:]  # behind the first, which is a velocity
    looked_at = [state.params.vector, *(moment.vector for moment in squares)]

    def look() -> None:
        for vector in looked_at:
            all_finite(vector)

    work = {"step": lambda: next(states), "look": look}
    times = {name: Times() for name in work}
    in_turns(work, calls_of_a_block(work["step"]), seconds, times)
    return times["step"].median("CPU"), times["look"].median("CPU")


def main() -> None:
    """Print a line for each optimizer."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.look")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each optimizer")
    seconds = parser.parse_args().seconds

    print(machine.description())
    print(f"\n{'784-256-128-10, batch 128':28}{'a step':>10}{'the look':>11}")
    for optimizer in OPTIMIZERS:
        step, look = shares(optimizer, seconds)
        name = optimizer.name.replace("_", " ")
        print(f"{name:28}{1e6 * step:7.1f} µs{1e6 * look:8.1f} µs{100.0 * look / step:7.1f} %")


if __name__ == "__main__":
    main()

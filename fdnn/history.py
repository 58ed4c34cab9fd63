"""The history of a training run: what a stream of states leaves for people to look at."""

from __future__ import annotations

import attrs

from fdnn.errors import ArgumentError


@attrs.frozen
class Score:
    """How good a network is on some examples: the cost, and the share that it gets right."""

    cost: float
    accuracy: float


@attrs.frozen
class Measurement:
    """The scores of the parameters after so many steps."""

    step: int
    train: Score
    test: Score

    def __attrs_post_init__(self) -> None:
        if self.step < 0:
            raise ArgumentError("Measurement", f"step is {self.step}", "a number from 0 on")


@attrs.frozen
class History:
    """The cost that each step found, and what was measured now and then.

    `costs[i]` is the cost of the training examples after `i` steps, which step `i + 1` found on its
    way; `measurements` are in the order of their steps.
    """

    costs: tuple[float, ...] = ()
    measurements: tuple[Measurement, ...] = ()

    def __attrs_post_init__(self) -> None:
        steps = [measurement.step for measurement in self.measurements]
        if steps != sorted(set(steps)):
            came = f"measurements are of the steps {steps}"
            raise ArgumentError("History", came, "each step once, in order")

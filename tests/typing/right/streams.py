"""Streams of states: every combinator keeps the axes of the states that it is given."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import assert_type

from fdnn import (
    Curve,
    GradientDescent,
    History,
    Learner,
    Matrix,
    Measurement,
    RangeTest,
    Recorded,
    Scoring,
    State,
    accuracy,
    best,
    categorical_cross_entropy,
    early_stopping,
    every,
    iterate,
    last,
    range_test,
    recorded,
    scoring,
    take,
    within,
)
from fdnn.axes import M, Out
from fdnn.health import Health, LayerHealth, health
from fdnn.history_files import load_history, save_history
from fdnn.reports import logged, progress, saved, to_csv
from tests.typing.scene import Cat, Deep, Hidden, Pixel, batch, learner, net, params

folder = Path(tempfile.mkdtemp())
train = iterate(learner.step(net)(batch))
start = learner.start(params)
states = train(start)

# How many.
assert_type(take(3, states), Iterator[State[Pixel, Hidden, Deep, Cat]])
assert_type(every(2, states), Iterator[State[Pixel, Hidden, Deep, Cat]])
assert_type(within(0.5, states), Iterator[State[Pixel, Hidden, Deep, Cat]])
assert_type(last(take(3, states)), State[Pixel, Hidden, Deep, Cat])

# What is measured of them; a metric of the user's own is a function.


def share_of_sure(A: Matrix[Out, M], Y: Matrix[Out, M]) -> float:
    return 1.0


measure = scoring(categorical_cross_entropy, accuracy, share_of_sure, train=batch, test=batch)
assert_type(measure, Scoring[Pixel, Cat])
assert_type(measure(start), dict[str, float])
records = recorded(take(5, states), measure, every=2)
assert_type(records, Recorded[Pixel, Hidden, Deep, Cat])
assert_type(next(records), State[Pixel, Hidden, Deep, Cat])

# The best; a lambda sees the state with its axes.
stopped = early_stopping(records, lambda state: state.cost, patience=2, least_improvement=0.01)
assert_type(stopped, Iterator[State[Pixel, Hidden, Deep, Cat]])
assert_type(last(best(stopped, lambda state: state.cost)), State[Pixel, Hidden, Deep, Cat])


def own_score(state: State[Pixel, Hidden, Deep, Cat]) -> float:
    return -records.latest["test accuracy"]


assert_type(
    early_stopping(train(start), own_score, 3, largest_is_best=True),
    Iterator[State[Pixel, Hidden, Deep, Cat]],
)

# What tells the world of them; all compose.
told = logged(
    saved(
        to_csv(progress(take(2, train(start)), 1), folder / "run.csv", measure),
        folder / "model.safetensors",
    ),
    level=logging.DEBUG,
)
assert_type(told, Iterator[State[Pixel, Hidden, Deep, Cat]])
final = last(told)
assert_type(final, State[Pixel, Hidden, Deep, Cat])

# Another stream goes on from any state.
slower = Learner(categorical_cross_entropy, GradientDescent(0.01)).step(net)(batch)
assert_type(
    next(iterate(slower)(Learner(categorical_cross_entropy, GradientDescent(0.1)).start(params))),
    State[Pixel, Hidden, Deep, Cat],
)

# The history.
history = records.history
assert_type(history, History)
assert_type(history["test cost"], Curve)
assert_type(history["test cost"].smoothed(0.5).values, tuple[float, ...])
assert_type(history[0:4], History)
assert_type(history.best("test accuracy"), tuple[int, float])
assert_type(history.measurements, tuple[Measurement, ...])
assert_type(records.latest["test cost"], float)
save_history(history, folder / "history.csv")
assert_type(load_history(folder / "history.csv"), History)
assert_type(History.from_dict(history.to_dict()), History)

# Rates and health.
found = range_test(learner, start, batch, steps=3)
assert_type(found, RangeTest)
assert_type(found.suggestion, float | None)
checked = health(start, final, batch, categorical_cross_entropy)
assert_type(checked, Health)
assert_type(checked.layers, tuple[LayerHealth, ...])

"""Plots: pure functions from records to figures, and one that writes a figure to a file.

They need no display: a figure is drawn by matplotlib's Agg renderer, and nothing of matplotlib's
global state is read or changed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fdnn.axes import In, M
from fdnn.errors import MissingExtraError, ShapeError
from fdnn.files import write_whole
from fdnn.history import History
from fdnn.matrix import Array, Matrix, to_numpy
from fdnn.predictions import Prediction

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, NullFormatter
except ImportError:
    raise MissingExtraError(
        "fdnn.plots", "matplotlib is not installed", "it to be", "pip install 'fdnn[plots]'"
    ) from None

TRAIN = "#0072b2"
TEST = "#d55e00"
"""Blue and vermilion of the palette of Okabe & Ito (2008), which colour-blind people tell apart."""

INK = "#222222"
FAINT = "#666666"
GRID = "#e6e6e6"

DPI = 120


# -------------------------------------------------------------------------------- the learning curve


def learning_curve(history: History, title: str = "Learning curve") -> Figure:
    """The cost and the accuracy over the steps, each on the training and on the test examples.

    The cost is on a logarithmic scale where it spans more than a factor of ten.
    """
    finite = history.finite
    measured = finite.measurements
    steps = [measurement.step for measurement in measured]
    test_costs = [measurement.test.cost for measurement in measured]
    train_accuracies = [100.0 * measurement.train.accuracy for measurement in measured]
    test_accuracies = [100.0 * measurement.test.accuracy for measurement in measured]
    last = max([*steps, len(finite.costs) - 1, 1])

    figure = Figure(figsize=(8.5, 6.6), dpi=DPI, facecolor="white", layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))

    costs = [*enumerate(finite.costs)]
    if measured:
        costs.append((steps[-1], measured[-1].train.cost))
    _curve(upper, [step for step, _ in costs], [cost for _, cost in costs], TRAIN)
    _curve(upper, steps, test_costs, TEST)
    if _spans(finite.costs, 10.0):
        upper.set_yscale("log")
    _axis(upper, "cost J (mean loss of an example)")
    upper.set_title(title, loc="left", fontsize=14, fontweight="bold", color=INK, pad=12)

    _curve(lower, steps, train_accuracies, TRAIN)
    _curve(lower, steps, test_accuracies, TEST)
    floor = 10.0 * math.floor(min([*train_accuracies, *test_accuracies, 90.0]) / 10.0)
    lower.set_ylim(floor - 0.03 * (100.0 - floor), 100.0 + 0.05 * (100.0 - floor))
    _axis(lower, "accuracy (%)")

    lower.set_xlabel("iteration (updates of the parameters)", color=INK, fontsize=10.5)
    lower.set_xlim(0, last)
    lower.xaxis.set_major_locator(MaxNLocator(integer=True))

    if measured:
        end = measured[-1]
        _ends(upper, last, ("train", end.train.cost), ("test", end.test.cost), "{:.3g}")
        _ends(lower, last, ("train", train_accuracies[-1]), ("test", test_accuracies[-1]), "{:.1f} %")
    return figure


def _curve(axes: Axes, x: Iterable[int], y: Iterable[float], colour: str) -> None:
    axes.plot(
        [*x], [*y], color=colour, linewidth=1.8, solid_capstyle="round", clip_on=False, zorder=3
    )


def _spans(costs: Sequence[float], factor: float) -> bool:
    return bool(costs) and min(costs) > 0.0 and max(costs) > factor * min(costs)


def _axis(axes: Axes, label: str) -> None:
    axes.set_ylabel(label, color=INK, fontsize=10.5)
    axes.grid(True, color=GRID, linewidth=0.8)
    axes.tick_params(colors=FAINT, labelsize=9.5, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)


def _ends(
    axes: Axes, x: float, train: tuple[str, float], test: tuple[str, float], form: str
) -> None:
    """Name each curve at its end, beside its last value, the two kept from overlapping."""
    y_train, y_test = (_height(axes, x, value) for _, value in (train, test))
    apart = 0.075 if axes.get_subplotspec() is None else 0.085
    lacking = max(0.0, apart - abs(y_train - y_test)) / 2.0
    up = 1.0 if y_train >= y_test else -1.0

    for (name, value), height, colour in (
        (train, y_train + up * lacking, TRAIN),
        (test, y_test - up * lacking, TEST),
    ):
        axes.annotate(
            f"{name} {form.format(value)}",
            (1.0, height),
            xycoords="axes fraction",
            xytext=(8, 0),
            textcoords="offset points",
            color=colour,
            fontsize=10.5,
            fontweight="bold",
            va="center",
            annotation_clip=False,
        )


def _height(axes: Axes, x: float, y: float) -> float:
    """Where a value stands on the vertical axis, from 0 at its foot to 1 at its top."""
    foot, top = axes.get_ylim()
    if axes.get_yscale() == "log":
        y, foot, top = (math.log(value) for value in (y, foot, top))
    return (y - foot) / (top - foot)

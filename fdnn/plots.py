"""Plots: pure functions from records to figures, and one that writes a figure to a file.

They need no display: a figure is drawn by matplotlib's Agg renderer, and nothing of matplotlib's
global state is read or changed.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np

from fdnn.atomic_files import write_atomically
from fdnn.axes import In, M, Out
from fdnn.choices import choice
from fdnn.errors import ShapeError, missing_extra
from fdnn.history import COST, Curve, History
from fdnn.matrix import Array, Matrix, to_numpy
from fdnn.predictions import Prediction
from fdnn.rates import RangeTest

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
except ImportError:
    raise missing_extra("fdnn.plots", "matplotlib", "plots") from None

TRAIN = "#0072b2"
TEST = "#d55e00"
"""Blue and vermilion of the palette of Okabe & Ito (2008), which colour-blind people tell apart."""

COLOURS = (TRAIN, TEST, "#009e73", "#cc79a7")
"""The curves of a panel in their order; the green and the purple are of that palette too."""

TRAINING = "train"
"""The examples whose costs the steps find on their way."""

INK = "#222222"
FAINT = "#666666"
GRID = "#e6e6e6"

DPI = 120
HIGHEST = 1e100
"""Costs above it, those of a run that diverges, are not drawn."""

LINE_APART = 0.075
"""How far two lines of text must be apart, as a share of a panel's height."""

COLUMNS = 6
"""At most so many pictures stand beside each other."""

CELL, GAP, CAPTION, HEADLINE, REMARK, MARGIN = 1.7, 0.2, 0.42, 0.75, 0.2, 0.25
"""The grid of pictures, in inches: a cell and the gap in it, the text below and above."""

NARROWEST, ONE_LINE = 5.4, 6.8
"""The headline needs so many inches, the remark below it so many in one line."""

UPPER, LOWER = 3.9, 2.7
"""The height of the panel of the cost and of each below it, in inches."""

DASHES: tuple[tuple[float, tuple[float, float] | None], ...] = (
    (0.0, None),
    (0.0, (4.0, 4.0)),
    (0.0, (1.0, 3.0)),
    (2.0, (8.0, 4.0)),
)
"""The lines of a panel in their order, in widths of the line: the first solid, the others with gaps
through which is seen what lies below."""

ENDS = 2
"""A curve that was measured at its ends alone is not much of a curve."""

RAGGED, MANY = 0.2, 50
"""A curve of so many values, such a share of which rise, is drawn with its moving average."""

WINDOW = 50
"""A fiftieth of the curve on either side is in that average."""

FEW = 1000.0
"""Costs that span no more than that have 2 and 5 on the axis, between the powers of ten."""

LARGE = 10_000.0
"""From this cost on the axis has powers of ten."""

WRITTEN = 20
"""Of so many classes the counts are written into the picture."""

LONG = 24
"""So many letters of it fit beside a row of such a picture."""

LONGEST = 11
"""So many letters of a class's name fit below a picture."""


# ------------------------------------------------------------------------------- the learning curve


def learning_curve(history: History, title: str = "Learning curve") -> Figure:
    """The cost over the steps, and below it each metric, on all examples that were measured.

    A column such as `test accuracy` is the curve `test` in the panel of the accuracy; the costs
    that the steps found are drawn where those of the training examples were hardly ever measured.
    The cost is on a logarithmic scale where it spans more than a factor of ten.
    """
    measured = [name for name in history.names if name != COST]
    training = [TRAINING] if history.costs else []
    sides: list[str] = [*dict.fromkeys([*training, *map(_side, measured)])]
    metrics = [COST, *(m for m in dict.fromkeys(map(_metric, measured)) if m != COST)]
    looks = {
        side: (COLOURS[place % len(COLOURS)], DASHES[place % len(DASHES)])
        for place, side in enumerate(sorted(sides, key=lambda side: side != TRAINING))
    }

    layout = ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.12)
    height = UPPER + LOWER * (len(metrics) - 1)
    figure = Figure(figsize=(8.5, height), dpi=DPI, facecolor="white", layout=layout)
    ratios = (3, *[2] * (len(metrics) - 1))
    grid = figure.subplots(len(metrics), 1, squeeze=False, sharex=True, height_ratios=ratios)
    panels = [panel for (panel,) in grid]

    for panel, metric in zip(panels, metrics, strict=True):
        points = {side: _points(history, side, metric) for side in looks}
        _panel(panel, metric, {side: found for side, found in points.items() if found}, looks)
        if metric == COST:
            values = [value for found in points.values() for _, value in found]
            shown = [value for _, value in points.get(TRAINING, [])]
            costs = shown[: len(history.costs)] if history.costs else values
            _scale(panel, _drawable(costs), max(_drawable(values), default=0.0))
    panels[0].set_title(
        title, loc="left", fontsize=13, fontweight="bold", color=INK, pad=12, parse_math=False
    )

    steps = [*history.cost_steps, *(m.step for m in history.measurements)]
    panels[-1].set_xlabel("iteration (updates of the parameters)", color=INK, fontsize=10.5)
    panels[-1].set_xlim(min([0, *steps[:1]]), max([1, *steps]))
    panels[-1].xaxis.set_major_locator(MaxNLocator(integer=True))

    if history.measurements:
        for panel, metric in zip(panels, metrics, strict=True):
            ends = {
                side: found[-1][1] for side in looks if (found := _points(history, side, metric))
            }
            _ends(panel, [(side, value, looks[side][0]) for side, value in ends.items()], metric)
    return figure


def _side(name: str) -> str:
    """On which examples a column was measured: the first of its words, where it has several."""
    side, separator, _ = name.partition(" ")
    return side if separator else ""


def _metric(name: str) -> str:
    _, _, metric = name.partition(" ")
    return metric or name


def _points(history: History, side: str, metric: str) -> list[tuple[int, float]]:
    """A curve, in percent where it is an accuracy.

    The cost of the training examples is what was measured, as that of the others is; where that was
    hardly ever, it is what the steps found, which has the penalty of a regulariser in it, and is of
    their mini-batches.
    """
    name = f"{side} {metric}".strip()
    curve = history[name] if name in history.names and name != COST else Curve(name, (), ())
    factor = 100.0 if _is_share(metric) else 1.0
    points = [(s, factor * value) for s, value in zip(curve.steps, curve.values, strict=True)]
    if (side, metric) != (TRAINING, COST) or not history.costs or len(points) > ENDS:
        return points
    found = [*zip(history.cost_steps, history.costs, strict=True)]
    return found + [(step, value) for step, value in points[-1:] if step > found[-1][0]]


def _is_share(metric: str) -> bool:
    return metric.endswith("accuracy")


Look: TypeAlias = tuple[str, tuple[float, tuple[float, float] | None]]
"""The colour of a curve and its dashes, as matplotlib has them."""


def _panel(
    axes: Axes,
    metric: str,
    curves: Mapping[str, Sequence[tuple[int, float]]],
    looks: Mapping[str, Look],
) -> None:
    for side, points in curves.items():
        _curve(axes, points, *looks[side])
    if _is_share(metric):
        shares = _drawable(value for points in curves.values() for _, value in points)
        floor = 10.0 * math.floor(min([*shares, 90.0]) / 10.0) if shares else 0.0
        axes.set_ylim(floor - 0.03 * (100.0 - floor), 100.0 + 0.05 * (100.0 - floor))
    _axis(axes, _label(metric))


def _label(metric: str) -> str:
    if metric == COST:
        return "cost J (mean loss of an example)"
    called = "R^2" if metric == "r2" else metric.replace("_", " ")
    return f"{called} (%)" if _is_share(metric) else called


def _scale(axes: Axes, costs: Sequence[float], largest: float) -> None:
    """The vertical axis of these costs, and of others up to the largest."""
    logarithmic = _spans(costs, 10.0)
    if logarithmic:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(
            LogLocator(subs=(1.0,) if _spans(costs, FEW) else (1.0, 2.0, 5.0))
        )
        axes.yaxis.set_minor_locator(NullLocator())
    if logarithmic or largest >= LARGE:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _compact(value)))


def _compact(value: float) -> str:
    """A number in three digits, a large one as `2.5e6`."""
    if abs(value) < LARGE:
        return f"{value:.3g}" if abs(value) < 999.5 else f"{value:.0f}"
    if not math.isfinite(value):
        return str(value)
    digits, exponent = f"{value:.2e}".split("e")
    return f"{float(digits):g}e{int(exponent)}"


def _curve(
    axes: Axes,
    points: Iterable[tuple[int, float]],
    colour: str,
    style: tuple[float, tuple[float, float] | None],
) -> None:
    """A curve; a dashed one that lies on another lets it be seen through its gaps.

    One of mini-batches, which goes up and down, is drawn pale, with its moving average over it.
    """
    shown = [(step, value) for step, value in points if abs(value) <= HIGHEST]
    steps, values = [step for step, _ in shown], [value for _, value in shown]
    if len(values) >= MANY and sum(b > a for a, b in pairwise(values)) > RAGGED * len(values):
        _line_through(axes, steps, values, colour, style, 0.25)
        values = _averaged(values, len(values) // WINDOW)
    _line_through(axes, steps, values, colour, style, 1.0)


def _averaged(values: Sequence[float], reach: int) -> list[float]:
    """The mean of each value and as many on either side, of fewer near the ends."""
    reaches = [min(reach, place, len(values) - 1 - place) for place in range(len(values))]
    parts = [values[place - r : place + r + 1] for place, r in enumerate(reaches)]
    return [sum(part) / len(part) for part in parts]


def _line_through(
    axes: Axes,
    steps: Sequence[int],
    values: Sequence[float],
    colour: str,
    style: tuple[float, tuple[float, float] | None],
    alpha: float,
) -> None:
    axes.plot(
        steps,
        values,
        color=colour,
        linestyle=style,
        alpha=alpha,
        linewidth=1.8,
        solid_capstyle="round",
        clip_on=False,
        zorder=3,
    )


def _drawable(values: Iterable[float]) -> list[float]:
    return [value for value in values if abs(value) <= HIGHEST]


def _spans(costs: Sequence[float], factor: float) -> bool:
    return bool(costs) and min(costs) > 0.0 and max(costs) > factor * min(costs)


def _axis(axes: Axes, label: str) -> None:
    axes.set_ylabel(label, color=INK, fontsize=10.5)
    axes.grid(True, color=GRID, linewidth=0.8)
    axes.tick_params(colors=FAINT, labelsize=9.5, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)


def _ends(axes: Axes, ends: Sequence[tuple[str, float, str]], metric: str) -> None:
    """Name each curve at its end, beside its last value, and keep the names from overlapping."""
    heights = apart([_height(axes, value) for _, value, _ in ends], LINE_APART)
    for (side, value, colour), height in zip(ends, heights, strict=True):
        shown = f"{value:.1f} %" if _is_share(metric) else _compact(value)
        axes.annotate(
            f"{side} {shown}".strip(),
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


def apart(heights: Sequence[float], gap: float) -> list[float]:
    """The heights, moved as little as puts each so far from the next; of equals, the first is up.

    What is too near is taken together, and spread evenly about where it was.
    """
    order = sorted(range(len(heights)), key=lambda i: (heights[i], -i))
    groups: list[tuple[float, list[int]]] = []
    for i in order:
        middle, group = heights[i], [i]
        while groups and _reach(middle, group, gap) < groups[-1][0] + gap * len(groups[-1][1]) / 2:
            lower, below = groups.pop()
            total = len(below) + len(group)
            middle = (lower * len(below) + middle * len(group)) / total
            group = below + group
        groups.append((middle, group))
    moved = [*heights]
    for middle, group in groups:
        for place, i in enumerate(group):
            moved[i] = middle + gap * (place - (len(group) - 1) / 2)
    return moved


def _reach(middle: float, group: Sequence[int], gap: float) -> float:
    """The foot of a group of names."""
    return middle - gap * len(group) / 2


def _height(axes: Axes, y: float) -> float:
    """Where a value stands on the vertical axis, from 0 at its foot to 1 at its top."""
    foot, top = axes.get_ylim()
    y = y if foot <= y <= top else top
    if axes.get_yscale() == "log":
        y, foot, top = (math.log(value) for value in (y, foot, top))
    return (y - foot) / (top - foot)


# ------------------------------------------------------------------------------- the range of rates


def learning_rates(found: RangeTest, title: str = "Learning rates") -> Figure:
    """The cost over the rate of a range test, both as found and smoothed, and the suggested rate.

    The axis of the costs ends a little above the first one, where a rate too large has left it.
    """
    layout = ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.12)
    figure = Figure(figsize=(8.5, UPPER), dpi=DPI, facecolor="white", layout=layout)
    axes = figure.add_subplot()
    rates, costs, smooth = found.rates, found.costs, found.smoothed
    for values, alpha in ((costs, 0.25), (smooth, 1.0)):
        shown = [(rate, J) for rate, J in zip(rates, values, strict=True) if abs(J) <= HIGHEST]
        along, heights = [rate for rate, _ in shown], [J for _, J in shown]
        axes.plot(along, heights, color=TRAIN, alpha=alpha, linewidth=1.8, zorder=3)
    axes.set_xscale("log")
    axes.set_title(
        title, loc="left", fontsize=13, fontweight="bold", color=INK, pad=12, parse_math=False
    )
    _axis(axes, _label(COST))
    axes.set_xlabel("learning rate", color=INK, fontsize=10.5)

    if smooth and math.isfinite(smooth[0]):
        low = min(_drawable(costs), default=0.0)
        room = max(1.5 * (smooth[0] - min(low, *smooth)), 0.1 * abs(smooth[0]), 1e-12)
        axes.set_ylim(low - 0.1 * room, low + room)
    suggestion = found.suggestion
    if suggestion is not None:
        axes.axvline(suggestion, color=TEST, linewidth=1.8, linestyle=DASHES[1])
        axes.annotate(
            f" try {suggestion:.2g}",
            (suggestion, 0.03),
            xycoords=("data", "axes fraction"),
            xytext=(4, 0),
            textcoords="offset points",
            color=TEST,
            fontsize=10.5,
            fontweight="bold",
            va="bottom",
            annotation_clip=False,
        )
    return figure


# ---------------------------------------------------------------------------- told and true classes


def confusion(
    predictions: Sequence[Prediction], class_names: Sequence[str], what: str = "examples"
) -> Figure:
    """How many examples of each class, a row, were told to be of each, a column.

    On the diagonal they are right; the darker a place, the larger its share of the row.  Raises
    `ArgumentError` for a prediction whose label or class is none of the names.
    """
    places = {name: place for place, name in enumerate(class_names)}
    counts = np.zeros((len(places), len(places)), np.int64)
    for prediction in predictions:
        for told in (prediction.truth, prediction.predicted):
            if told not in places:
                raise choice("confusion", "a class", told, class_names)
        counts[places[str(prediction.truth)], places[prediction.predicted]] += 1
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)

    side = min(max(4.0, 1.3 + 0.75 * len(places)), 11.0)
    layout = ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.12)
    figure = Figure(figsize=(side + 1.2, side + 0.6), dpi=DPI, facecolor="white", layout=layout)
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    if len(places) <= WRITTEN:
        for (i, j), count in np.ndenumerate(counts):
            ink = "white" if shares[i, j] > 0.55 else INK if count else FAINT
            axes.text(j, i, str(count), color=ink, fontsize=10.5, ha="center", va="center")
    labels = [_short(name, LONG) for name in class_names]
    axes.set_xticks(range(len(places)), labels, rotation=45, ha="right", color=INK)
    axes.set_yticks(range(len(places)), labels, color=INK)
    for spine in axes.spines.values():
        spine.set_visible(False)

    wrong = sum(prediction.wrong for prediction in predictions)
    title = f"{wrong} of {len(predictions)} {what} misclassified"
    # Over the whole figure: the axes may be narrower than their title.
    figure.suptitle(title, x=0.03, ha="left", fontsize=13, fontweight="bold", color=INK)
    axes.set_xlabel("predicted", color=INK, fontsize=10.5)
    axes.set_ylabel("true", color=INK, fontsize=10.5)
    return figure


# ---------------------------------------------------------------------------- told and true numbers


def agreement(A: Matrix[Out, M], Y: Matrix[Out, M], title: str = "Predicted and true") -> Figure:
    """What a network tells, `A`, over what is true, `Y`, `(outputs, examples)`: a point for each.

    On the line the two are equal.
    """
    told, true = to_numpy(A).reshape(-1), to_numpy(Y).reshape(-1)
    if told.shape != true.shape:
        came = f"A has shape {A.shape}"
        raise ShapeError("agreement", came, f"{Y.shape}", "Y has that shape")
    layout = ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.12)
    figure = Figure(figsize=(6.2, 6.4), dpi=DPI, facecolor="white", layout=layout)
    axes = figure.add_subplot()
    both = [*map(float, true), *map(float, told)]
    low, high = min(both), max(both)
    room = 0.05 * (high - low) or 1.0

    ends = [low - room, high + room]
    axes.plot(ends, ends, color=FAINT, linewidth=1.2, linestyle=DASHES[1], zorder=2)
    axes.scatter(true, told, s=26, color=TEST, alpha=0.7, linewidths=0, zorder=3)
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.set_title(
        title, loc="left", fontsize=13, fontweight="bold", color=INK, pad=12, parse_math=False
    )
    _axis(axes, "predicted")
    axes.set_xlabel("true", color=INK, fontsize=10.5)
    return figure


# ------------------------------------------------------------------------------ what it gets wrong


def misclassified(
    predictions: Sequence[Prediction],
    X: Matrix[In, M],
    image_shape: tuple[int, ...] | None = None,
    what: str = "examples",
    most: int = 24,
) -> Figure:
    """The examples that a model gets wrong, each with its true and its predicted class.

    `X`, `(inputs, examples)`, are the raw inputs that the predictions are of, and `image_shape`
    says how a column of them becomes a picture; where it is None, the numbers are drawn as a curve.
    The mistakes that the model is surest of come first, and at most `most` are shown.  Where there
    are none, the examples that it was least sure of are.  `what` they are is for the headline.
    """
    columns = to_numpy(X)
    if columns.shape[1] != len(predictions):
        came = f"X has {columns.shape[1]} columns"
        why = "there are so many predictions"
        raise ShapeError("misclassified", came, f"{len(predictions)}", why)
    if image_shape is not None and math.prod(image_shape) != columns.shape[0]:
        came = f"image_shape is {image_shape}"
        why = f"X has {columns.shape[0]} rows"
        raise ShapeError("misclassified", came, f"a shape of {columns.shape[0]} numbers", why)

    wrong = [j for j, prediction in enumerate(predictions) if prediction.wrong]
    wrong.sort(key=lambda j: -_sureness(predictions[j]))
    unsure = sorted(range(len(predictions)), key=lambda j: _sureness(predictions[j]))
    shown = wrong[:most] if wrong else unsure[:COLUMNS]

    across = min(max(len(shown), 1), COLUMNS)
    rows = math.ceil(len(shown) / across)
    # One picture or two are drawn larger, so that they fill the width of the headline.
    cell = max(CELL, (NARROWEST - 2 * MARGIN + GAP) / across)
    width = max(NARROWEST, 2 * MARGIN + across * cell - GAP)
    separator = " " if width >= ONE_LINE else "\n"
    headline, remarks = _headline(len(wrong), len(shown), f"{len(predictions)} {what}")
    remark = separator.join(remarks)
    above = HEADLINE + REMARK * (1 + remark.count("\n"))
    height = above + rows * (cell + CAPTION) - GAP + MARGIN
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")

    left, top = MARGIN / width, 1.0 - MARGIN / height
    figure.text(left, top, headline, fontsize=14, fontweight="bold", color=INK, va="top")
    figure.text(left, top - 0.3 / height, remark, fontsize=10.5, color=FAINT, va="top")

    for place, j in enumerate(shown):
        row, column = divmod(place, across)
        x = MARGIN + column * cell
        y = height - above - row * (cell + CAPTION) - (cell - GAP)
        corner = (x / width, y / height)
        axes = figure.add_axes((*corner, (cell - GAP) / width, (cell - GAP) / height))
        axes.set_axis_off()
        _picture(axes, columns[:, j], image_shape)
        _caption(axes, predictions[j])
    return figure


def _sureness(prediction: Prediction) -> float:
    return 0.0 if prediction.probability is None else prediction.probability


def _headline(wrong: int, shown: int, total: str) -> tuple[str, Sequence[str]]:
    legend = "Below: what the network said and how sure it was, and what it is."
    if not wrong:
        return f"All {total} right", ["These it was least sure of.", legend]
    if shown < wrong:
        return f"{wrong} of {total} misclassified, the surest {shown}", [legend]
    first = ["The surest come first."] if wrong > 1 else []
    return f"{wrong} of {total} misclassified", [*first, legend]


def _picture(axes: Axes, values: Array, image_shape: tuple[int, ...] | None) -> None:
    if image_shape is None:
        axes.plot(range(len(values)), values.tolist(), color=INK, linewidth=1.0)
        return
    low, high = min(0.0, float(values.min())), max(1.0, float(values.max()))
    picture = (values.reshape(image_shape) - low) / (high - low)
    axes.imshow(picture, cmap="gray", vmin=0.0, vmax=1.0, interpolation="nearest")


def _caption(axes: Axes, prediction: Prediction) -> None:
    sure = "" if prediction.probability is None else f" ({100.0 * prediction.probability:.1f} %)"
    colour = TEST if prediction.wrong else TRAIN
    _line(axes, f"said {_short(prediction.predicted)}{sure}", colour, "bold", 4)
    if prediction.truth is not None:
        _line(axes, f"is {_short(prediction.truth)}", FAINT, "normal", 18)


def _line(axes: Axes, text: str, colour: str, weight: str, below: float) -> None:
    axes.annotate(
        text,
        (0.5, 0.0),
        xycoords="axes fraction",
        xytext=(0, -below),
        textcoords="offset points",
        color=colour,
        fontsize=8.5,
        fontweight=weight,
        ha="center",
        va="top",
        parse_math=False,
        annotation_clip=False,
    )


def _short(name: str, longest: int = LONGEST) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


# ---------------------------------------------------------------------------------------- to a file


def save(figure: Figure, path: str | Path) -> Path:
    """Write a figure as a PNG file, which appears when it is complete, and return its path.

    Raises `FileError` where the file cannot be written.
    """
    content = BytesIO()
    with warnings.catch_warnings():
        # Where the font lacks a letter, a box stands for it.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from")
        figure.savefig(content, format="png")
    write_atomically("save", path, content.getvalue())
    return Path(path)

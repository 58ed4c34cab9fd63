"""Plots: pure functions from records to figures, and one that writes a figure to a file.

They need no display: a figure is drawn by matplotlib's Agg renderer, and nothing of matplotlib's
global state is read or changed.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Literal

from fdnn.atomic_files import write_atomically
from fdnn.axes import In, M
from fdnn.errors import ShapeError, missing_extra
from fdnn.history import History
from fdnn.matrix import Array, Matrix, to_numpy
from fdnn.predictions import Prediction

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator
except ImportError:
    raise missing_extra("fdnn.plots", "matplotlib", "plots") from None

TRAIN = "#0072b2"
TEST = "#d55e00"
"""Blue and vermilion of the palette of Okabe & Ito (2008), which colour-blind people tell apart."""

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

DASHED = (0.0, (4.0, 4.0))
"""As much gap as line, in widths of the line: what lies below is seen as much as what is above."""

LARGE = 10_000.0
"""From this cost on the axis has powers of ten."""

LONGEST = 11
"""So many letters of a class's name fit below a picture."""


# ------------------------------------------------------------------------------- the learning curve


def learning_curve(history: History, title: str = "Learning curve") -> Figure:
    """The cost and the accuracy over the steps, each on the training and on the test examples.

    The cost is on a logarithmic scale where it spans more than a factor of ten.
    """
    measured = history.measurements
    train_costs = [*enumerate(history.costs)]
    if measured:
        train_costs.append((measured[-1].step, measured[-1].train.cost))
    test_costs = [(measurement.step, measurement.test.cost) for measurement in measured]
    train_accuracies = [(m.step, 100.0 * m.train.accuracy) for m in measured]
    test_accuracies = [(m.step, 100.0 * m.test.accuracy) for m in measured]

    layout = ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.12)
    figure = Figure(figsize=(8.5, 6.6), dpi=DPI, facecolor="white", layout=layout)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))

    _curve(upper, train_costs, TRAIN)
    _curve(upper, test_costs, TEST, DASHED)
    costs = _drawable(cost for _, cost in (*train_costs, *test_costs))
    logarithmic = _spans(_drawable(history.costs), 10.0)
    if logarithmic:
        upper.set_yscale("log")
        upper.yaxis.set_minor_locator(NullLocator())
    if logarithmic or max(costs, default=0.0) >= LARGE:
        upper.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _compact(value)))
    _axis(upper, "cost J (mean loss of an example)")
    upper.set_title(
        title, loc="left", fontsize=13, fontweight="bold", color=INK, pad=12, parse_math=False
    )

    _curve(lower, train_accuracies, TRAIN)
    _curve(lower, test_accuracies, TEST, DASHED)
    least = min((share for _, share in (*train_accuracies, *test_accuracies)), default=0.0)
    floor = 10.0 * math.floor(min(least, 90.0) / 10.0)
    lower.set_ylim(floor - 0.03 * (100.0 - floor), 100.0 + 0.05 * (100.0 - floor))
    _axis(lower, "accuracy (%)")

    lower.set_xlabel("iteration (updates of the parameters)", color=INK, fontsize=10.5)
    lower.set_xlim(0, max([1, *(step for step, _ in train_costs)]))
    lower.xaxis.set_major_locator(MaxNLocator(integer=True))

    if measured:
        end = measured[-1]
        _ends(upper, end.train.cost, end.test.cost, _compact)
        _ends(lower, 100.0 * end.train.accuracy, 100.0 * end.test.accuracy, "{:.1f} %".format)
    return figure


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
    style: Literal["solid"] | tuple[float, tuple[float, float]] = "solid",
) -> None:
    """A curve; a dashed one that lies on another lets it be seen through its gaps."""
    shown = [(step, value) for step, value in points if abs(value) <= HIGHEST]
    axes.plot(
        [step for step, _ in shown],
        [value for _, value in shown],
        color=colour,
        linestyle=style,
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


def _ends(axes: Axes, train: float, test: float, form: Callable[[float], str]) -> None:
    """Name each curve at its end, beside its last value, and keep the two from overlapping."""
    y_train, y_test = _height(axes, train), _height(axes, test)
    lacking = max(0.0, LINE_APART - abs(y_train - y_test)) / 2.0
    up = lacking if y_train >= y_test else -lacking

    for name, value, height, colour in (
        ("train", train, y_train + up, TRAIN),
        ("test", test, y_test - up, TEST),
    ):
        axes.annotate(
            f"{name} {form(value)}",
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


def _height(axes: Axes, y: float) -> float:
    """Where a value stands on the vertical axis, from 0 at its foot to 1 at its top."""
    foot, top = axes.get_ylim()
    y = y if foot <= y <= top else top
    if axes.get_yscale() == "log":
        y, foot, top = (math.log(value) for value in (y, foot, top))
    return (y - foot) / (top - foot)


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


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


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

"""The pictures show what the records hold: every curve, every mistake, and with the right names."""

from __future__ import annotations

import math
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fdnn import ArgumentError, Dim, FileError, Matrix, ShapeError, from_numpy
from fdnn.history import History, Measurement
from fdnn.plots import (
    COLOURS,
    DASHES,
    TEST,
    TRAIN,
    apart,
    confusion,
    learning_curve,
    learning_rates,
    misclassified,
    save,
)
from fdnn.predictions import Prediction
from fdnn.rates import RangeTest

LAW = settings(deadline=None, derandomize=True, max_examples=10)


def history(costs: list[float], steps: list[int] | None = None) -> History:
    """A run of these costs that was measured at these steps, at first and at last unless said."""
    at = [*{0, len(costs)}] if steps is None else steps
    return History(costs, [Measurement(step, scores(step)) for step in at])


def scores(step: int) -> dict[str, float]:
    return {
        "train cost": 0.5 / (step + 1),
        "train accuracy": 0.6 + 0.01 * step,
        "test cost": 0.7,
        "test accuracy": 0.5 + 0.01 * step,
    }


def prediction(wrong: bool, probability: float | None, name: str = "cat") -> Prediction:
    return Prediction("0", name, probability, "dog" if wrong else name)


def inputs(m: int, n: int = 4) -> Matrix[Any, Any]:
    values = np.linspace(0.0, 1.0, n * m).reshape(n, m)
    return from_numpy(values, Dim[Any](n), Dim[Any](m))


def pixels(path: Path) -> Any:
    """The colours of a PNG file, `(height, width, 3)`."""
    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def captions(found: list[Prediction], most: int = 24) -> list[list[str]]:
    figure = misclassified(found, inputs(len(found)), (2, 2), most=most)
    return [[text.get_text() for text in axes.texts] for axes in figure.axes]


# ------------------------------------------------------------------------------- the learning curve


def test_both_costs_and_both_accuracies_are_drawn_as_measured() -> None:
    drawn = history([0.9, 0.8, 0.7], steps=[0, 2, 3])
    upper, lower = learning_curve(drawn).axes
    train_cost, test_cost = upper.lines
    train_accuracy, test_accuracy = lower.lines

    assert [*train_cost.get_xdata()] == [0, 2, 3]  # as measured, without a penalty
    assert [*train_cost.get_ydata()] == [0.5, 0.5 / 3, 0.125]
    assert [*test_cost.get_xdata()] == [0, 2, 3]
    assert [*test_cost.get_ydata()] == [0.7, 0.7, 0.7]
    assert [*train_accuracy.get_ydata()] == pytest.approx([60.0, 62.0, 63.0])
    assert [*test_accuracy.get_ydata()] == pytest.approx([50.0, 52.0, 53.0])


def test_where_the_training_cost_was_hardly_measured_the_costs_of_the_steps_are_drawn() -> None:
    upper, _ = learning_curve(history([0.9, 0.8, 0.7], steps=[0, 3])).axes
    train_cost, _ = upper.lines
    assert [*train_cost.get_xdata()] == [0, 1, 2, 3]
    assert [*train_cost.get_ydata()] == [0.9, 0.8, 0.7, 0.125]  # the last one was measured


def test_the_axes_say_what_they_measure_and_each_curve_has_its_name_at_its_end() -> None:
    upper, lower = learning_curve(history([0.9, 0.8]), "cats").axes

    assert upper.get_title("left") == "cats"
    assert "cost" in upper.get_ylabel()
    assert lower.get_ylabel() == "accuracy (%)"
    assert "iteration" in lower.get_xlabel()
    assert [text.get_text() for text in upper.texts] == ["train 0.167", "test 0.7"]
    assert [text.get_text() for text in lower.texts] == ["train 62.0 %", "test 52.0 %"]


@LAW
@given(st.floats(0.1, 1.0), st.floats(1.001, 1000.0))
def test_the_cost_is_on_a_logarithmic_scale_where_it_spans_more_than_a_factor_of_ten(
    least: float, factor: float
) -> None:
    costs = [least * factor, least]
    upper, lower = learning_curve(history(costs)).axes

    assert upper.get_yscale() == ("log" if costs[0] > 10.0 * costs[1] else "linear")
    assert lower.get_yscale() == "linear"


@pytest.mark.parametrize(
    "costs", [[], [1.0], [math.nan], [1.0, math.inf], [0.0, 1.0], [1e300, 1.0]]
)
def test_there_is_a_picture_of_every_run_however_it_ended(
    costs: list[float], tmp_path: Path
) -> None:
    for records, height in ((History(costs), 468), (history(costs), 792)):
        path = save(learning_curve(records), tmp_path / "curve.png")
        assert pixels(path).shape == (height, 1020, 3)


def test_curves_that_lie_on_each_other_both_show(tmp_path: Path) -> None:
    costs = [1.0 / (step + 1) for step in range(11)]
    same = [
        Measurement(
            step,
            {
                "train cost": cost,
                "train accuracy": 0.5 + 0.04 * step,
                "test cost": cost,
                "test accuracy": 0.5 + 0.04 * step,
            },
        )
        for step, cost in enumerate(costs)
    ]
    figure = learning_curve(History(costs[:-1], same))
    for text in [text for axes in figure.axes for text in axes.texts]:
        text.remove()  # they have the same colours

    seen = pixels(save(figure, tmp_path / "curve.png"))
    between = round(0.58 * len(seen))  # the panels
    for panel in (seen[:between], seen[between:]):
        for colour in (TRAIN, TEST):
            assert np.sum((panel == [*bytes.fromhex(colour[1:])]).all(axis=2)) > 300


@pytest.mark.parametrize("factor", [1.0, 20.0])  # on a linear and on a logarithmic scale
def test_large_costs_have_short_numbers(factor: float) -> None:
    upper = learning_curve(history([2.5e6 * factor, 2.5e6])).axes[0]
    form = upper.yaxis.get_major_formatter()

    shown = [form(value, 0) for value in (1e4, 2.5e6, 9999.0, 0.5, 0.0)]
    assert shown == ["1e4", "2.5e6", "9999", "0.5", "0"]


def test_no_large_space_is_left_below_and_beside_the_pictures() -> None:
    for m in (1, 2, 3, 4, 6, 13):
        figure = misclassified([prediction(True, 0.9)] * m, inputs(m), (2, 2))
        width, height = figure.get_size_inches()
        boxes = [axes.get_position() for axes in figure.axes]

        assert min(box.y0 for box in boxes) * height < 0.75  # where two lines of text stand
        if m < 7:
            assert (1.0 - max(box.x1 for box in boxes)) * width < 0.3


def test_a_history_is_in_the_order_of_its_steps() -> None:
    with pytest.raises(ArgumentError, match=r"measurements are of the steps \[2, 1\]"):
        history([1.0, 1.0], steps=[2, 1])


def test_each_metric_has_a_panel_and_each_side_a_colour_in_it() -> None:
    rows = [
        Measurement(s, {"train cost": 2.0, "val cost": 1.0, "val r2": 0.1 * s, "r2": 0.5})
        for s in range(3)
    ]
    drawn = learning_curve(History((), rows))
    cost, r2 = drawn.axes

    assert [axes.get_ylabel() for axes in drawn.axes] == ["cost J (mean loss of an example)", "R^2"]
    assert [text.get_text() for text in cost.texts] == ["train 2", "val 1"]
    assert [text.get_text() for text in r2.texts] == ["val 0.2", "0.5"]
    assert [line.get_color() for line in cost.lines] == [TRAIN, TEST]
    assert [line.get_color() for line in r2.lines] == [*COLOURS[1:3]]
    assert [*r2.lines[0].get_ydata()] == pytest.approx([0.0, 0.1, 0.2])
    assert len({*DASHES}) == len(DASHES)


def test_costs_of_mini_batches_are_drawn_with_their_mean() -> None:
    ragged = [10.0 - 0.1 * i + (0.5 if i % 2 else -0.5) for i in range(100)]
    found, mean = learning_curve(History(ragged)).axes[0].lines

    assert [*found.get_ydata()] == ragged
    inner = np.array(mean.get_ydata()[2:-2])
    assert np.abs(inner - (10.0 - 0.1 * np.arange(2, 98))).max() < 0.2  # of the noise of 0.5
    (smooth,) = learning_curve(History([10.0 - 0.1 * i for i in range(100)])).axes[0].lines
    assert len([*smooth.get_ydata()]) == 100


@LAW
@given(st.lists(st.floats(0.0, 1.0), max_size=6))
def test_names_beside_a_panel_are_apart_and_keep_their_order(heights: list[float]) -> None:
    moved = apart(heights, 0.1)
    order = sorted(range(len(heights)), key=lambda i: (heights[i], -i))
    assert all(moved[b] - moved[a] >= 0.1 - 1e-12 for a, b in pairwise(order))
    assert sum(moved) == pytest.approx(sum(heights))
    if all(heights[b] - heights[a] >= 0.1 for a, b in pairwise(order)):
        assert moved == pytest.approx(heights)
    assert apart([0.5, 0.5], 0.1) == pytest.approx([0.55, 0.45])  # of equals the first is up


def test_a_range_test_is_drawn_over_the_logarithm_of_the_rate_with_the_suggested_one(
    tmp_path: Path,
) -> None:
    rates = tuple(10.0 ** (0.1 * i - 5.0) for i in range(50))
    costs = tuple(2.0 - 1.5 / (1.0 + math.exp(10.0 - 0.4 * i)) + 1e-9 * 2.0**i for i in range(50))
    found = RangeTest(rates, costs, diverged=True)
    (axes,) = (figure := learning_rates(found, "rates")).axes
    raw, smooth, suggested = axes.lines

    assert [*raw.get_xdata()] == [*rates]
    assert [*raw.get_ydata()] == [*costs]
    assert [*smooth.get_ydata()] == [*found.smoothed]
    assert [*suggested.get_xdata()] == [found.suggestion] * 2
    assert axes.texts[0].get_text() == f" try {found.suggestion:.2g}"
    assert axes.get_ylim()[1] < 6.0  # what exploded does not squeeze the rest
    assert pixels(save(figure, tmp_path / "rates.png")).shape == (468, 1020, 3)
    for nothing in (RangeTest((), ()), RangeTest((0.1, 1.0), (1.0, math.inf))):
        assert len(learning_rates(nothing).axes[0].lines) == 2


# ------------------------------------------------------------------------------ what it gets wrong


@LAW
@given(st.lists(st.tuples(st.booleans(), st.floats(0.5, 1.0)), min_size=1, max_size=9))
def test_every_mistake_is_shown_and_the_surest_come_first(drawn: list[tuple[bool, float]]) -> None:
    found = [prediction(wrong, sure) for wrong, sure in drawn]
    mistakes = sorted((sure for wrong, sure in drawn if wrong), reverse=True)
    least_sure = sorted(sure for _, sure in drawn)[:6]

    shown = captions(found)
    if mistakes:
        assert shown == [[f"said cat ({100 * sure:.1f} %)", "is dog"] for sure in mistakes]
    else:
        assert shown == [[f"said cat ({100 * sure:.1f} %)", "is cat"] for sure in least_sure]


def test_at_most_so_many_are_shown_and_the_headline_counts_them_all() -> None:
    found = [prediction(wrong, 0.9) for wrong in (True, True, True, False)]
    figure = misclassified(found, inputs(4), (2, 2), "test images", most=2)

    assert len(figure.axes) == 2
    assert figure.texts[0].get_text() == "3 of 4 test images misclassified, the surest 2"
    assert "surest" not in figure.texts[1].get_text()  # once is enough


def test_where_nothing_is_wrong_the_headline_says_so() -> None:
    figure = misclassified([prediction(False, 0.9)] * 3, inputs(3), (2, 2))

    assert figure.texts[0].get_text() == "All 3 examples right"
    assert "least sure" in figure.texts[1].get_text()


def test_a_picture_is_that_of_its_own_column() -> None:
    found = [prediction(j == 2, 0.9) for j in range(4)]
    X = inputs(4, 12)
    (axes,) = misclassified(found, X, (2, 2, 3)).axes
    (image,) = axes.images

    assert np.array_equal(image.get_array(), np.asarray(X)[:, 2].reshape(2, 2, 3))


def test_examples_that_are_no_images_are_drawn_as_curves() -> None:
    (axes,) = misclassified([prediction(True, None)], inputs(1, 5)).axes

    assert [*axes.lines[0].get_ydata()] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert [text.get_text() for text in axes.texts] == ["said cat", "is dog"]


@pytest.mark.parametrize("name", ["$x^$", "a\\b", "katzen-artiges Raubtier", "猫", "\x1b"])
def test_any_name_of_a_class_can_be_written(name: str, tmp_path: Path) -> None:
    figure = misclassified([prediction(True, 0.5, name)], inputs(1), (2, 2))
    text = figure.axes[0].texts[0].get_text()

    assert text == (f"said {name} (50.0 %)" if len(name) <= 11 else "said katzen-art… (50.0 %)")
    assert pixels(save(figure, tmp_path / "mistakes.png")).size > 0


def test_predictions_of_other_inputs_are_refused() -> None:
    found = [prediction(True, 0.9)]
    with pytest.raises(ShapeError, match="X has 2 columns, expected 1: there are so many"):
        misclassified(found, inputs(2))
    with pytest.raises(ShapeError, match=r"image_shape is \(3, 2\), expected a shape of 4 numbers"):
        misclassified(found, inputs(1), (3, 2))


# ---------------------------------------------------------------------------------------- to a file


@pytest.mark.parametrize(
    ("wrong", "size"), [(0, (1260, 374)), (1, (648, 782)), (6, (1260, 374)), (7, (1260, 628))]
)
def test_the_file_is_a_picture_of_sensible_size(
    wrong: int, size: tuple[int, int], tmp_path: Path
) -> None:
    found = [prediction(j < wrong, 0.9) for j in range(12)]
    path = save(misclassified(found, inputs(12), (2, 2)), tmp_path / "mistakes.png")
    picture = pixels(path)

    assert (picture.shape[1], picture.shape[0]) == pytest.approx(size, abs=2)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 16  # something is drawn
    assert [*tmp_path.iterdir()] == [path]


def test_the_two_curves_have_the_colours_that_their_names_have(tmp_path: Path) -> None:
    figure = learning_curve(history([1.0, 0.5]))
    for axes in figure.axes:
        assert [line.get_color() for line in axes.lines] == [TRAIN, TEST]
        assert [text.get_color() for text in axes.texts] == [TRAIN, TEST]

    seen = pixels(save(figure, tmp_path / "curve.png")).reshape(-1, 3).tolist()
    for colour in (TRAIN, TEST):
        assert [*bytes.fromhex(colour[1:])] in seen


def test_a_file_that_cannot_be_written_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be written"):
        save(learning_curve(history([1.0])), tmp_path / "file" / "curve.png")


def test_no_display_and_no_global_state_of_matplotlib_is_used() -> None:
    program = """
import sys, matplotlib
before = [*dict.items(matplotlib.rcParams)]  # not read through: that would load pyplot
from pathlib import Path
from fdnn.history import History
from fdnn.plots import learning_curve
learning_curve(History((1.0, 0.5)))
assert [*dict.items(matplotlib.rcParams)] == before
print("matplotlib.pyplot" in sys.modules)
"""
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("False\n", "")


# ------------------------------------------------------------------------------------- confusions


def cells(figure: Any, classes: int) -> list[list[int]]:
    """The counts that are written, a row for each true class."""
    counts = [[-1] * classes for _ in range(classes)]
    for text in figure.axes[0].texts:
        j, i = text.get_position()
        counts[i][j] = int(text.get_text())
    return counts


@LAW
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=30))
def test_a_confusion_counts_the_classes_of_each_class(pairs: list[tuple[int, int]]) -> None:
    """A row for each true class, a column for what it was told to be; dark by its share."""
    names = ("ant", "bee", "cat")
    told = [Prediction("0", names[said], 1.0, names[true]) for true, said in pairs]
    figure: Any = confusion(told, names, "insects")

    expected = np.zeros((3, 3), int)
    np.add.at(expected, tuple(np.array(pairs, int).reshape(-1, 2).T), 1)
    assert cells(figure, 3) == expected.tolist()
    (axes,) = figure.axes
    shares = np.asarray(axes.images[0].get_array())
    rows = np.maximum(expected.sum(axis=1, keepdims=True), 1)
    np.testing.assert_allclose(shares, expected / rows)
    assert [label.get_text() for label in axes.get_xticklabels()] == [*names]
    assert [label.get_text() for label in axes.get_yticklabels()] == [*names]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true")
    wrong = sum(true != said for true, said in pairs)
    assert figure.get_suptitle() == f"{wrong} of {len(pairs)} insects misclassified"


@pytest.mark.parametrize(("said", "true"), [("dgo", "cat"), ("cat", "dgo"), ("cat", None)])
def test_a_class_without_a_place_among_the_names_is_refused(said: str, true: str | None) -> None:
    with pytest.raises(ArgumentError, match=r"confusion: a class is .*, expected one of cat, dog"):
        confusion([Prediction("0", said, 1.0, true)], ("cat", "dog"))

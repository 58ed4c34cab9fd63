"""Tables and folders of images: read by stated rules, refused by row and column."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from typeguard import suppress_type_checks

import fdnn
from fdnn import FileError, checkpoint, datasets, to_numpy
from fdnn.encodings import Column, Columns, Number, OneHot
from fdnn.experiment import Experiment, Settings, run
from fdnn.tables import read_table
from tests.test_datasets import labels_of, picture

COLOURS = ["red", "green", "blue"]


def table(folder: Path, rows: Sequence[Sequence[object]], name: str = "table.csv") -> Path:
    """A `.csv` file of these rows, the first of which is the header."""
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def plants(kinds: Sequence[object], m: int = 12) -> list[list[object]]:
    """A header and m rows: a number, a colour, and the target, one of these after another."""
    rows = [[i / 4, COLOURS[i % 3], kinds[i % len(kinds)]] for i in range(m)]
    return [["height", "colour", "kind"], *rows]


def everything(data: Any) -> tuple[Any, Any]:
    """All inputs and all labels, in the order of the first input."""
    X = np.hstack([to_numpy(data.train.X), to_numpy(data.test.X)])
    Y = np.hstack([to_numpy(data.train.Y), to_numpy(data.test.Y)])
    order = np.argsort(X[0])
    return X[:, order], Y[:, order]


# ------------------------------------------------------------------------------------------ tables


def test_a_table_is_its_numbers_and_an_input_for_each_category(tmp_path: Path) -> None:
    data = datasets.read(table(tmp_path, plants(["fern", "moss"])))
    X, Y = everything(data)

    assert_array_equal(X[0], np.arange(12) / 4)
    blue, green, red = X[1:]
    assert_array_equal(red, np.arange(12) % 3 == 0)
    assert_array_equal(green, np.arange(12) % 3 == 1)
    assert_array_equal(blue, np.arange(12) % 3 == 2)
    assert_array_equal(Y, [np.arange(12) % 2])
    assert (data.name, data.class_names, data.task) == ("table", ("fern", "moss"), "binary")
    assert (data.train.size, data.test.size) == (8, 4)


@pytest.mark.parametrize(
    ("kinds", "m", "task", "names"),
    [
        (["fern", "moss"], 12, "binary", ("fern", "moss")),
        (["moss", "fern", "alga"], 12, "multiclass", ("alga", "fern", "moss")),
        ([0, 1], 6, "binary", ("0", "1")),
        (["1.0", "10", "2"], 12, "multiclass", ("1", "2", "10")),
        (range(20), 60, "multiclass", tuple(map(str, range(20)))),
        (range(21), 80, "regression", ()),
        (range(10), 19, "regression", ()),
        ([0.5, 1.0], 12, "regression", ()),
        (["7", "8", "many"], 12, "multiclass", ("7", "8", "many")),
    ],
)
def test_what_the_target_holds_says_what_is_learned(
    tmp_path: Path, kinds: Sequence[object], m: int, task: str, names: tuple[str, ...]
) -> None:
    data = datasets.read(table(tmp_path, plants(kinds, m)))

    assert (data.task, data.class_names) == (task, names)
    expected = {
        "binary": (fdnn.sigmoid, fdnn.binary_cross_entropy),
        "multiclass": (fdnn.softmax, fdnn.categorical_cross_entropy),
        "regression": (fdnn.identity, fdnn.squared_error),
    }
    assert (data.output, data.head.cost) == expected[task]


def test_the_user_has_the_last_word_on_target_and_task(tmp_path: Path) -> None:
    path = table(tmp_path, plants([3, 4]))

    by_rule = datasets.read(path)
    as_numbers = datasets.read(path, task="regression")
    as_two = datasets.read(path, task="multiclass")
    assert (by_rule.task, by_rule.class_names) == ("binary", ("3", "4"))
    assert (as_numbers.task, set(to_numpy(as_numbers.train.Y)[0])) == ("regression", {3.0, 4.0})
    assert (as_two.task, int(as_two.axes[1])) == ("multiclass", 2)
    assert datasets.named(path, target="colour").class_names == ("blue", "green", "red")
    assert int(datasets.read(path, target="colour").axes[0]) == 2


def test_the_split_of_a_table_is_drawn_by_the_seed_three_of_four_of_each_class(
    tmp_path: Path,
) -> None:
    path = table(tmp_path, plants(["fern", "moss", "moss", "moss"], 64))
    first, again, other = (datasets.named(path, rng) for rng in (1, 1, 2))

    assert_array_equal(to_numpy(first.test.X), to_numpy(again.test.X))
    assert not np.array_equal(to_numpy(first.test.X), to_numpy(other.test.X))
    assert_array_equal(np.bincount(labels_of(to_numpy(first.train.Y))), [12, 36])
    numbers = datasets.read(path, target="height")
    assert (numbers.train.size, numbers.test.size) == (48, 16)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_read_as_spreadsheets_write_it(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ["height", "note", "kind"],
        ["1.5", '"a, b\nand; c\t!"', "fern"],
        [" 2e1 ", "x", "moss"],
    ]
    lines = [*map(delimiter.join, rows), "", delimiter.join(["3", '"say ""y"""', "moss"])]
    path = tmp_path / "export.CSV"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())

    read = read_table("read", path)
    assert read.names == ("height", "note", "kind")
    assert read.column("read", "height") == ("1.5", "2e1", "3")
    assert read.column("read", "note") == ("a, b\nand; c\t!", "x", 'say "y"')
    assert read.column("read", "kind") == ("fern", "moss", "moss")
    assert read.numbers == (2, 3, 5)


HEADER = ["height", "colour", "kind"]
WRONG: list[tuple[str, Sequence[Sequence[object]], str]] = [
    ("empty", [], "is empty, expected a header, and a row for each example"),
    ("only a header", [HEADER], "has no row after its header, expected a row for each example"),
    (
        "no header",
        [[1, 2.5, 0], [2, 3.5, 1]],
        "the first row of {} is no header, expected a header",
    ),
    ("an unnamed column", [["a", "", "c"], [1, 2, 3]], "column 2 of {} has no name, expected"),
    ("a name twice", [["a", "b", "a"], [1, 2, 3]], "{} has two columns 'a', expected a header"),
    ("a short row", [HEADER, [1, "red", 0], [1, "red"]], "row 3 of {} has 2 cells, expected 3"),
    ("missing", [HEADER, [1, "red", 0], [1, "", 0]], "'colour' in row 3 of {} is empty, expected"),
    ("nan", [HEADER, [1, "red", 0], ["NaN", "red", 0]], "'height' in row 3 of {} says 'NaN'"),
    ("no label", [HEADER, [1, "red", "?"]], "'kind' in row 2 of {} says '?', expected a value"),
    (
        "one text among numbers",
        [HEADER, *[[i, "red", i % 2] for i in range(60)], ["1,5", "red", 0]],
        "'height' in row 62 of {} is '1,5', expected a number: most of that column are",
    ),
    (
        "names",
        [["name", "kind"], *[[f"plant {i}", i % 2] for i in range(60)]],
        "column 'name' of {} holds 60 different texts, expected at most 50: are they names?",
    ),
    (
        "one name too many",
        [["name", "kind"], *[[f"plant {i}", i % 2] for i in range(51)]],
        "column 'name' of {} holds 51 different texts, expected at most 50: are they names?",
    ),
    (
        "as many texts as numbers",
        [["name", "kind"], *[[f"no {i}" if i % 2 else i, i % 2] for i in range(60)]],
        "column 'name' of {} holds 60 different texts, expected at most 50: are they names?",
    ),
    (
        "decimal commas",
        [["height", "kind"], *[[f"{i},25", i % 2] for i in range(12)]],
        "'height' in row 2 of {} is '0,25', expected a number with a point before its decimals",
    ),
    ("one class", plants(["fern"]), "'kind' of {} holds 1 different values, expected 2 to 10000"),
    ("too few", [HEADER, [1, "red", 0.5], [2, "red", 1.5]], "{} has 2 rows after its header, exp"),
    ("no test", plants(range(6), 6)[:1] + plants("abcdef", 6)[1:], "no class of {} has more than"),
    ("no input", [["kind"], [0], [1], [0], [1]], "{} has no column but 'kind', expected a column"),
    ("nothing to learn", plants([0.5]), "'kind' of {} is 0.5 in every training example, expected"),
]


@pytest.mark.parametrize(
    ("rows", "sentence"), [pytest.param(r, s, id=label) for label, r, s in WRONG]
)
def test_a_table_that_cannot_be_learned_from_is_refused_by_row_and_column(
    tmp_path: Path, rows: Sequence[Sequence[object]], sentence: str
) -> None:
    path = table(tmp_path, rows)

    with pytest.raises(FileError) as refusal:
        datasets.read(path)
    assert sentence.replace("{}", str(path)) in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_fifty_different_texts_are_categories_still(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = [["name", "kind"]]
    rows += [[f"plant {i % 50}", i // 50] for i in range(100)]
    assert int(datasets.read(table(tmp_path, rows)).axes[0]) == 50


def test_what_is_asked_of_a_table_must_be_there(tmp_path: Path) -> None:
    path = table(tmp_path, plants(["fern", "moss", "alga"]))
    wrong: Any = "classification"

    with pytest.raises(FileError, match=r"has no column 'color', .*: did you mean 'colour'\?"):
        datasets.read(path, target="color")
    with pytest.raises(
        FileError, match=r"'kind' in row 2 of .* is 'fern', expected a number: the "
    ):
        datasets.read(path, task="regression")
    with pytest.raises(FileError, match=r"holds 3 classes: alga, fern, moss, expected 2: the task"):
        datasets.read(path, task="binary")
    with (
        suppress_type_checks(),
        pytest.raises(fdnn.ArgumentError, match="task is 'classification', expected one of binary"),
    ):
        datasets.read(path, task=wrong)
    with pytest.raises(
        fdnn.ArgumentError, match=r"image_size is 8, expected none: .*no.* a folder"
    ):
        datasets.read(path, image_size=8)
    with pytest.raises(fdnn.ArgumentError, match=r"target is 'x', expected none: faces is no file"):
        datasets.named("faces", target="x")


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=60) | st.text("ab1.,;\"\n\t 'é", max_size=60).map(str.encode))
def test_any_bytes_are_a_table_or_refused_in_a_sentence_of_fdnn(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "any.csv"
    path.write_bytes(content)

    try:
        result: object = datasets.read(path).name
    except FileError as refusal:
        result = refusal
    assert result == "any" or str(path) in str(result)


# --------------------------------------------------------------- another table, for the same model


def trained_on(path: Path, **changes: Any) -> tuple[Any, Any]:
    """The data of a table, and a small model that has learned from it."""
    data = datasets.read(path, **changes)
    settings = Settings(
        hidden=(4,), activations=(fdnn.tanh,), optimizer=fdnn.Adam(0.05), iterations=9
    )
    return data, run(Experiment(data, settings)).model


def test_a_model_reads_another_table_by_the_names_of_its_columns(tmp_path: Path) -> None:
    path = table(tmp_path, plants(["fern", "moss"]))
    _, model = trained_on(path)
    rows: list[list[object]] = [["id", "colour", "height"], [7, "green", 2.5], [8, "red", -1]]
    other = table(tmp_path, rows, "other.csv")
    checkpoint.save(model, tmp_path / "model.safetensors")
    loaded = checkpoint.load(tmp_path / "model.safetensors")

    assert loaded == model
    assert loaded.columns == Columns(
        [Column("height", Number()), Column("colour", OneHot(("blue", "green", "red")))], "kind"
    )
    names, X = datasets.read_inputs(other, None, columns=loaded.columns)
    assert names == ("row 2", "row 3")
    assert_array_equal(to_numpy(X), [[2.5, -1.0], [0, 0], [1, 0], [0, 1]])
    assert_array_equal(loaded.classes(X), model.classes(X))


def test_another_table_that_the_model_cannot_read_is_refused_by_row_and_column(
    tmp_path: Path,
) -> None:
    _, model = trained_on(table(tmp_path, plants(["fern", "moss"])))
    cases: list[tuple[Sequence[Sequence[object]], str]] = [
        (
            [["height", "colour"], [1, "pink"]],
            "'colour' in row 2 of {} is 'pink', expected one of b",
        ),
        (
            [["height", "colour"], [1, "red"], ["tall", "red"]],
            "'height' in row 3 of {} is 'tall', ex",
        ),
        (
            [["height", "color"], [1, "red"]],
            "{} has no column 'colour', expected one: the model was trained with it; the columns a",
        ),
        ([["height", "colour"], ["", "red"]], "'height' in row 2 of {} is empty, expected a value"),
    ]

    path = tmp_path / "other.csv"
    for rows, sentence in cases:
        table(tmp_path, rows, path.name)
        with pytest.raises(FileError) as refusal:
            datasets.read_inputs(path, None, columns=model.columns)
        assert sentence.replace("{}", str(path)) in str(refusal.value)
    with pytest.raises(FileError, match=r"is a table, .*: the model was not trained on a table"):
        datasets.read_inputs(path, None)


def test_a_model_of_numbers_speaks_in_the_units_of_its_labels(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = [["x", "y"], *[[i, 1000.0 + 50.5 * i] for i in range(40)]]
    data, model = trained_on(table(tmp_path, rows))
    A, Y = to_numpy(model(data.test.X)), to_numpy(data.test.Y)

    assert 900.0 < A.min() < A.max() < 3200.0
    standard = (Y - to_numpy(data.train.Y).mean()) / (to_numpy(data.train.Y).std() + 1e-6)
    seen = to_numpy(data.targets(data.test.Y))
    assert_allclose(seen, standard, rtol=1e-12)
    unscaled = to_numpy(model.params(model.transform(data.test.X)))
    assert_allclose(
        model.evaluate(data.test)["cost"], 0.5 * np.mean((unscaled - seen) ** 2), rtol=1e-12
    )
    checkpoint.save(model, tmp_path / "model.safetensors")
    assert_array_equal(to_numpy(checkpoint.load(tmp_path / "model.safetensors")(data.test.X)), A)


# ----------------------------------------------------------------------------------------- folders


def album(folder: Path, sizes: Sequence[tuple[int, ...]], classes: Sequence[str]) -> Path:
    """A folder with a sub-folder for each class, and images of these sizes in each."""
    for k, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for i, size in enumerate(sizes):
            picture(folder / name / f"{i}.png", np.full(size, 50 * k + i, np.uint8))
    return folder


def test_a_folder_of_images_has_a_class_for_each_of_its_sub_folders(tmp_path: Path) -> None:
    folder = album(tmp_path / "pets", [(4, 6)] * 8, ["dog", "cat", "cow"])
    (folder / ".hidden").mkdir()
    (folder / "notes.txt").write_text("no class")
    data = datasets.named(folder)
    X, Y = everything(data)

    assert (data.name, data.class_names, data.task) == ("pets", ("cat", "cow", "dog"), "multiclass")
    assert (data.image_shape, repr(data.axes)) == ((4, 6), "(Pixel=24, 3)")
    assert_allclose(X[0] * 255, [*range(8), *range(50, 58), *range(100, 108)])
    assert_array_equal(labels_of(Y), np.repeat([2, 0, 1], 8))
    assert_array_equal(to_numpy(data.train.Y).sum(axis=1), [6, 6, 6])
    assert not np.array_equal(to_numpy(datasets.named(folder, 1).test.X), to_numpy(data.test.X))


@pytest.mark.parametrize(
    ("sizes", "image_size", "shape"),
    [
        ([(4, 6), (4, 6), (5, 5)], None, (4, 6)),
        ([(4, 6), (5, 5), (5, 5), (4, 6)], None, (4, 6)),
        ([(4, 6), (4, 6), (4, 6, 3)], None, (4, 6, 3)),
        ([(128, 64), (128, 64), (3, 3)], None, (64, 32)),
        ([(1000, 2), (1000, 2), (3, 3)], None, (64, 1)),
        ([(4, 6), (4, 6), (5, 5)], 7, (7, 7)),
        ([(4, 6), (4, 6), (5, 5, 3)], (100, 2), (100, 2, 3)),
    ],
)
def test_all_images_of_a_folder_get_one_size_and_are_grey_where_all_are(
    tmp_path: Path, sizes: Sequence[tuple[int, ...]], image_size: Any, shape: tuple[int, ...]
) -> None:
    folder = album(tmp_path / "pets", sizes, ["cat", "dog"])
    data = datasets.read(folder, "float32", image_size=image_size)

    assert data.image_shape == shape
    assert data.train.X.dtype == np.float32
    assert int(data.axes[0]) == np.prod(shape)


def test_an_image_that_its_camera_turned_counts_as_it_is_seen(tmp_path: Path) -> None:
    from PIL import Image

    camera = Image.Exif()
    camera[0x0112] = 6  # orientation: a quarter turn
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for i in range(4):
            Image.fromarray(np.zeros((4, 6), np.uint8)).save(
                tmp_path / name / f"{i}.png", exif=camera
            )

    assert datasets.read(tmp_path).image_shape == (6, 4)


def test_a_folder_that_is_no_data_set_is_refused_by_name(tmp_path: Path) -> None:
    one = album(tmp_path / "one", [(2, 2)], ["cat"])
    empty = album(tmp_path / "empty", [(2, 2)] * 4, ["cat", "dog"])
    (empty / "cow").mkdir()
    broken = album(tmp_path / "broken", [(2, 2)] * 4, ["cat", "dog"])
    (broken / "dog" / "5.png").write_text("no image")
    small = album(tmp_path / "small", [(2, 2)], ["cat", "dog"])
    cases = {
        one: f"{one} has one sub-folder, expected a sub-folder of images for each class, at least",
        empty: f"{empty / 'cow'} holds no image, expected files .png",
        broken: f"{broken / 'dog' / '5.png'} cannot be read, expected an image file: it is damaged",
        small: f"no class of {small} has more than 1 examples, expected at least 3: a quarter of",
    }

    for folder, sentence in cases.items():
        with pytest.raises(FileError) as refusal:
            datasets.read(folder)
        assert sentence in str(refusal.value)
    wrong: Any = (3, 4, 5)
    with (
        suppress_type_checks(),
        pytest.raises(
            fdnn.KindError, match=r"image_size is \(3, 4, 5\), expected a number or \(hei"
        ),
    ):
        datasets.read(one, image_size=wrong)
    with pytest.raises(fdnn.ArgumentError, match="image_size is 0, expected a whole number from 1"):
        datasets.read(empty, image_size=0)
    with pytest.raises(fdnn.ArgumentError, match=r"target is 'x', .* is not a \.csv file"):
        datasets.read(one, target="x")

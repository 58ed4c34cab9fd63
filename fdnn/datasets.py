"""Data sets: real examples, split into training and test by a stated rule, read without a network.

    data = datasets.faces()
    transform = transforms.fit(data.recipe.transforms, data.train.X)

*faces* and *digits* come with scikit-image and scikit-learn; files of the user's are read as the
course has them (`.h5`) or as NumPy saves them (`.npz`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, Protocol

import attrs
import numpy as np
from numpy.typing import DTypeLike, NDArray

from fdnn import array_files
from fdnn.activations import Activation, relu, sigmoid, softmax
from fdnn.array_files import arrays_of
from fdnn.arrays import batch_from_rows
from fdnn.axes import Dim, In, Out, named_dim
from fdnn.batches import Batch
from fdnn.choices import choice
from fdnn.costs import Cost, binary_cross_entropy, categorical_cross_entropy
from fdnn.errors import ArgumentError, FileError, missing_extra
from fdnn.examples import (
    H5_LAYOUT,
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
from fdnn.guards import require_kind, require_same_axes
from fdnn.initializers import Initializer, he, lecun
from fdnn.inputs import read_inputs
from fdnn.keys import Key, as_key
from fdnn.matrix import REAL, require_dtype
from fdnn.optimizers import Adam, GradientDescent, Optimizer

__all__ = [
    "DIGITS",
    "FACES",
    "FILES",
    "SHIPPED",
    "Dataset",
    "Description",
    "Digit",
    "Face",
    "Pixel",
    "Recipe",
    "Source",
    "catalogue",
    "digits",
    "faces",
    "named",
    "read",
    "read_inputs",
    "stratified",
]


class Pixel:
    """The axis of the pixels of an image."""


class Face:
    """The one output of a network that tells faces from other images."""


class Digit:
    """The ten outputs of a network that reads digits."""


@attrs.frozen
class Recipe:
    """How a network is trained on some data unless one says otherwise."""

    hidden: tuple[int, ...]
    optimizer: Optimizer
    iterations: int
    transforms: tuple[str, ...] = ()
    activation: Activation = relu
    initializer: Initializer | None = None


@attrs.frozen(eq=False, repr=False)
class Dataset(Generic[In, Out]):
    """Examples to learn from and examples to be tested on, with the names of their classes.

    Inputs are raw, `(inputs, examples)`, pixels from 0 to 1.  Labels are one row of 0 and 1 where
    there are two classes, and one row for each class, one of them 1, where there are more.
    `image_shape` says how a column becomes a picture; None where it is none.
    """

    name: str
    train: Batch[In, Out, Any]
    test: Batch[In, Out, Any]
    class_names: tuple[str, ...]
    image_shape: tuple[int, ...] | None
    recipe: Recipe

    def __attrs_post_init__(self) -> None:
        require_kind("Dataset", "train", self.train, Batch)
        require_kind("Dataset", "test", self.test, Batch)
        why = "train and test are of one kind"
        require_same_axes("Dataset", "test", self.test.axes[:2], self.train.axes[:2], why)

    @property
    def axes(self) -> tuple[Dim[Any], ...]:
        """The sizes of the inputs and of the outputs, with the names that are known."""
        return self.train.axes[:2]

    @property
    def output(self) -> Activation:
        """The last activation of a network for these classes: sigmoid for two, else softmax."""
        return sigmoid if self.axes[1] == 1 else softmax

    @property
    def cost(self) -> Cost:
        """The cost whose canonical link that is."""
        return binary_cross_entropy if self.axes[1] == 1 else categorical_cross_entropy

    def __repr__(self) -> str:
        inputs, outputs = self.axes
        sizes = f"train m={self.train.size}, test m={self.test.size}"
        return f"Dataset({self.name}, {inputs!r}, {outputs!r}, {sizes})"


# ------------------------------------------------------------------------------------ shipped data

FACES = Recipe(
    transforms=("center", "standardize"),
    hidden=(128, 64),
    initializer=he,
    optimizer=Adam(0.001),
    iterations=100,
)
DIGITS = Recipe(hidden=(128, 64), initializer=he, optimizer=Adam(0.003), iterations=200)
"""Chosen by experiment, on splits of other seeds than those that are reported."""

FILES = Recipe(
    hidden=(20, 7, 5), initializer=lecun, optimizer=GradientDescent(0.0075), iterations=2500
)
"""The course's own network and settings, for images like its cats."""


def faces(rng: Key | int = 0, dtype: DTypeLike = "float64") -> Dataset[Pixel, Face]:
    """200 grey images of 25 x 25 pixels, 100 of faces and 100 of other things.

    They are scikit-image's `lfw_subset`, from Labeled Faces in the Wild (Huang et al. 2007).  Of
    each class, in the order drawn by `rng`, the first three quarters are for training and the rest
    are the test: 150 and 50 images.  Raises `MissingExtraError` without scikit-image.
    """
    require_dtype("faces", dtype, REAL)
    try:
        from skimage.data import lfw_subset
    except ImportError:
        raise missing_extra("faces", "scikit-image", "datasets") from None
    stored = lfw_subset()
    labels = np.repeat([1, 0], 100)

    pixels, face = Dim[Pixel](625), Dim[Face](1)
    train, test = _split(
        stored.reshape(200, 625), labels, pixels, face, as_key("faces", rng), dtype
    )
    return Dataset("faces", train, test, ("no face", "face"), (25, 25), FACES)


def digits(rng: Key | int = 0, dtype: DTypeLike = "float64") -> Dataset[Pixel, Digit]:
    """1797 grey images of 8 x 8 pixels, each of a handwritten digit.

    They are scikit-learn's `load_digits`, the test part of the set of Alpaydin & Kaynak (1998);
    its levels 0 to 16 become numbers from 0 to 1.  Of each class, in the order drawn by `rng`, the
    first three quarters are for training and the rest are the test.  Raises `MissingExtraError`
    without scikit-learn.
    """
    require_dtype("digits", dtype, REAL)
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise missing_extra("digits", "scikit-learn", "datasets") from None
    stored = load_digits()

    pixels, digit = Dim[Pixel](64), Dim[Digit](10)
    rows = stored.data / 16.0
    train, test = _split(rows, stored.target, pixels, digit, as_key("digits", rng), dtype)
    return Dataset("digits", train, test, tuple("0123456789"), (8, 8), DIGITS)


def stratified(labels: NDArray[Any], key: Key) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The places of the training examples and of the test examples, three quarters and the rest.

    Of each class, in the order drawn by `key`, the first three quarters (rounded) are for training.
    One generator draws for all classes, in the order in which they first appear.
    """
    draw = key.generator()
    train: list[NDArray[np.intp]] = []
    test: list[NDArray[np.intp]] = []
    _, appearances = np.unique(labels, return_index=True)
    for label in labels[np.sort(appearances)]:
        members = draw.permutation(np.flatnonzero(labels == label))
        first = round(0.75 * len(members))
        train.append(members[:first])
        test.append(members[first:])
    return np.sort(np.concatenate(train)), np.sort(np.concatenate(test))


def _split(
    rows: NDArray[Any],
    labels: NDArray[Any],
    inputs: Dim[In],
    outputs: Dim[Out],
    key: Key,
    dtype: DTypeLike,
) -> tuple[Batch[In, Out, Any], Batch[In, Out, Any]]:
    train, test = stratified(labels, key)
    Y = _targets(labels, outputs)
    return (
        batch_from_rows(rows[train], Y[train], inputs, outputs, dtype),
        batch_from_rows(rows[test], Y[test], inputs, outputs, dtype),
    )


def _targets(labels: NDArray[Any], outputs: int) -> NDArray[np.float64]:
    """The labels as rows of outputs: 0 or 1 for one output, and one-hot for several."""
    if outputs == 1:
        return labels.reshape(-1, 1).astype(np.float64)
    one_hot = np.zeros((labels.size, outputs))
    one_hot[np.arange(labels.size), labels.reshape(-1)] = 1.0
    return one_hot


# ------------------------------------------------------------------------------ files of the user's


def read(path: str | Path, dtype: DTypeLike = "float64") -> Dataset[Any, Any]:
    """The data of a file: `.h5` in the course's layout, or `.npz`.

    An `.npz` file holds `train_x`, `train_y`, `test_x`, `test_y`, and may hold `class_names`; an
    `.h5` file `train_set_x`, `train_set_y`, `test_set_x`, `test_set_y`, and may hold
    `list_classes`.  The first axis of the inputs counts the examples; what follows is an image, or
    a row of numbers.  Inputs of uint8 are pixels and divided by 255, floats are taken as they are.
    Labels are whole numbers from 0 on, `(m,)`, `(1, m)` or `(m, 1)`.

    Raises `FileError`, naming the file, where it cannot be read or does not hold this, and
    `MissingExtraError` where h5py is due and not installed.
    """
    where = "read"
    require_dtype(where, dtype, REAL)
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
        batch_from_rows(part, _targets(whole, outputs), inputs, outputs, dtype)
        for part, whole in ((rows, labels), (test_rows, test_labels))
    ]
    shape = image_shape_of(x.shape[1:])
    return Dataset(Path(path).stem, batches[0], batches[1], class_names, shape, FILES)


# --------------------------------------------------------------------------- what there is, by name


class Source(Protocol):
    """A function that gives a data set that is shipped with a package."""

    def __call__(self, rng: Key | int = 0, dtype: DTypeLike = "float64") -> Dataset[Any, Any]:
        """The data, split as `rng` says."""
        ...


SHIPPED: Mapping[str, Source] = MappingProxyType({"faces": faces, "digits": digits})
"""The shipped data sets by their names."""


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
    )


def named(name: str | Path, rng: Key | int = 0, dtype: DTypeLike = "float64") -> Dataset[Any, Any]:
    """The shipped data of that name, or those of the file at that path.

    `rng` splits the shipped data; a file says itself what is for training and what is the test.
    Raises `ArgumentError` for an unknown name, `FileError` for a file that cannot be read.
    """
    text = str(name)
    if text in SHIPPED:
        return SHIPPED[text](rng, dtype)
    if text and (Path(text).suffix or Path(text).name != text or Path(text).exists()):
        return read(name, dtype)
    error = choice("named", "data", text, SHIPPED)
    raise ArgumentError("named", error.came, f"{error.expected}, or a .npz or .h5 file", error.why)

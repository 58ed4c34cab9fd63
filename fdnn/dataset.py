"""A data set: examples to learn from and to be tested on, and what is to be learned from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Generic, Literal

import attrs
import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fdnn.activations import Activation
from fdnn.arrays import batch_from_rows
from fdnn.axes import Dim, In, Out
from fdnn.batches import Batch
from fdnn.choices import choice
from fdnn.encodings import Columns
from fdnn.errors import DtypeError, ShapeError
from fdnn.guards import require_kind, require_same_axes
from fdnn.heads import Head, binary, counts, multiclass, regression
from fdnn.keys import Key
from fdnn.recipes import Recipe
from fdnn.splits import shuffled, stratified
from fdnn.transforms import Invertible, Standardize, unchanged

Task = Literal["binary", "multiclass", "regression", "counts"]
"""What is learned: one of two classes, one of several, numbers, or numbers of events."""

TASKS: Mapping[Task, Head[Any]] = MappingProxyType(
    {"binary": binary, "multiclass": multiclass, "regression": regression, "counts": counts}
)
"""What each task fixes: the last activation, the cost and the metrics."""


def _task(dataset: Dataset[Any, Any]) -> Task:
    return "binary" if dataset.axes[1] == 1 else "multiclass"


@attrs.frozen(eq=False, repr=False)
class Dataset(Generic[In, Out]):
    """Examples to learn from and examples to be tested on, with the names of their classes.

    Inputs are raw, `(inputs, examples)`, pixels from 0 to 1.  Labels are one row of 0 and 1 where
    the task is *binary*, one row for each class, one of them 1, where it is *multiclass*, and
    numbers where it is *regression* or *counts*; then there are no classes.  `image_shape` says how
    a column becomes a picture; None where it is none.  `columns` says how the rows of a table
    became inputs.

    Raises `ShapeError` where the parts do not fit each other, `KindError` where one is none.
    """

    name: str
    train: Batch[In, Out, Any]
    test: Batch[In, Out, Any]
    class_names: tuple[str, ...]
    image_shape: tuple[int, ...] | None
    recipe: Recipe
    task: Task = attrs.field(default=attrs.Factory(_task, takes_self=True))
    columns: Columns | None = None

    def __attrs_post_init__(self) -> None:
        require_kind("Dataset", "train", self.train, Batch)
        require_kind("Dataset", "test", self.test, Batch)
        why = "train and test are of one kind"
        require_same_axes("Dataset", "test", self.test.axes[:2], self.train.axes[:2], why)
        if self.task not in TASKS:
            raise choice("Dataset", "task", self.task, TASKS)
        outputs = int(self.axes[1])
        names = {"binary": 2, "multiclass": outputs}.get(self.task, 0)
        if self.task == "binary" and outputs != 1:
            came = f"the labels have {outputs} rows"
            raise ShapeError("Dataset", came, "1", "the task is binary")
        if self.image_shape is not None and math.prod(self.image_shape) != self.axes[0]:
            came = f"image_shape is {self.image_shape}"
            why = f"the examples have the axis ({self.axes[0]!r})"
            raise ShapeError("Dataset", came, f"a shape of {int(self.axes[0])} numbers", why)
        if self.columns is not None and self.columns.inputs != self.axes[0]:
            came = f"columns gives {self.columns.inputs} inputs"
            raise ShapeError("Dataset", came, f"({self.axes[0]!r})", "that is what train has")
        if self.test.dtype != self.train.dtype:
            came = f"test has dtype {self.test.dtype}"
            raise DtypeError("Dataset", came, str(self.train.dtype), "which train has")
        for batch in (self.train, self.test):
            self.head.require_labels("Dataset", batch.Y)
        if len(self.class_names) != names:
            came = f"class_names has {len(self.class_names)} names"
            why = f"the task is {self.task}, and the labels have the axis ({self.axes[1]!r})"
            raise ShapeError("Dataset", came, f"{names}", why)

    @property
    def axes(self) -> tuple[Dim[Any], ...]:
        """The sizes of the inputs and of the outputs, with the names that are known."""
        return self.train.axes[:2]

    @property
    def head(self) -> Head[Any]:
        """What the task fixes: the last activation of a network, its cost and its metrics."""
        return TASKS[self.task]

    @property
    def output(self) -> Activation:
        """The last activation of a network for this task: sigmoid, softmax, identity, or exp."""
        activation: Activation = self.head.activation
        return activation

    @property
    def targets(self) -> Invertible:
        """What the labels go through before a network learns them: numbers are standardised.

        It is fitted to the training examples, and undone on what the network says.
        """
        return Standardize.fitted_to(self.train.Y) if self.task == "regression" else unchanged

    def __repr__(self) -> str:
        inputs, outputs = self.axes
        sizes = f"train m={self.train.size}, test m={self.test.size}"
        return f"Dataset({self.name}, {inputs!r}, {outputs!r}, {sizes})"


def of_classes(
    rows: ArrayLike,
    labels: NDArray[Any],
    inputs: Dim[In],
    outputs: Dim[Out],
    key: Key,
    dtype: DTypeLike,
) -> tuple[Batch[In, Out, Any], Batch[In, Out, Any]]:
    """Rows and the numbers of their classes, `(m,)`, as batches: a stratified split, 3 to 1."""
    return _parted(
        rows, targets_of(labels, outputs), stratified(labels, key), inputs, outputs, dtype
    )


def of_numbers(
    rows: ArrayLike,
    numbers: NDArray[Any],
    inputs: Dim[In],
    outputs: Dim[Out],
    key: Key,
    dtype: DTypeLike,
) -> tuple[Batch[In, Out, Any], Batch[In, Out, Any]]:
    """Rows and the numbers that are learned, `(m,)`, as batches: a split at random, 3 to 1."""
    return _parted(rows, numbers, shuffled(len(numbers), key), inputs, outputs, dtype)


def _parted(
    rows: ArrayLike,
    Y: NDArray[Any],
    places: tuple[NDArray[np.intp], NDArray[np.intp]],
    inputs: Dim[In],
    outputs: Dim[Out],
    dtype: DTypeLike,
) -> tuple[Batch[In, Out, Any], Batch[In, Out, Any]]:
    X = np.asarray(rows)
    train, test = (batch_from_rows(X[part], Y[part], inputs, outputs, dtype) for part in places)
    return train, test


def targets_of(labels: NDArray[Any], outputs: int) -> NDArray[np.float64]:
    """The labels as rows of outputs: 0 or 1 for one output, and one-hot for several."""
    if outputs == 1:
        return labels.reshape(-1, 1).astype(np.float64)
    one_hot = np.zeros((labels.size, outputs))
    one_hot[np.arange(labels.size), labels.reshape(-1)] = 1.0
    return one_hot

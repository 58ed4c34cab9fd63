"""Predictions in words: the class of each example and how sure the network is, or its number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from fdnn.array_files import SUFFIXES, arrays_of
from fdnn.axes import In, M
from fdnn.errors import FileError, ShapeError
from fdnn.examples import kind_of, listed
from fdnn.heads import counts, regression
from fdnn.matrix import Array, Matrix, to_numpy
from fdnn.metrics import classes
from fdnn.model import Model
from fdnn.tables import CSV, Table, number, read_table


@attrs.frozen
class Prediction:
    """What a model says of one example.

    `probability` is that of the predicted class; None where the model's outputs are none.  `truth`
    is the class of the label, or the number, where there is one.  `error` is how far a number is
    from it, in its units; None for classes.
    """

    example: str
    predicted: str
    probability: float | None = None
    truth: str | None = None
    error: float | None = None

    @property
    def wrong(self) -> bool:
        """Whether there is a label that names another class."""
        return self.error is None and self.truth is not None and self.truth != self.predicted


def predictions(
    model: Model[*tuple[Any, ...]],
    X: Matrix[In, M],
    labels: Sequence[float] | NDArray[Any] | None = None,
    examples: Sequence[str] | None = None,
) -> tuple[Prediction, ...]:
    """What the model says of each column of the raw inputs `X`, `(inputs, examples)`.

    `labels` are the numbers of the true classes, or the numbers themselves, where they are known,
    `(examples,)`; `examples` are names for the columns, which are otherwise called by their places,
    from 0 on.  Raises `ShapeError` where they are not as many as the columns.
    """
    A: Matrix[Any, M] = model(X)
    outputs = to_numpy(A)
    m = outputs.shape[1]
    names = [str(j) for j in range(m)] if examples is None else [*examples]
    truths = [None] * m if labels is None else [float(label) for label in labels]
    for argument, given in (("examples", names), ("labels", truths)):
        if len(given) != m:
            came = f"there are {len(given)} {argument}"
            raise ShapeError("predictions", came, f"{m}", "X has as many columns")

    if tells_numbers(model):
        each = zip(names, outputs.T, truths, strict=True)
        return tuple(_number(name, output, truth) for name, output, truth in each)
    named = [None if truth is None else class_name(model, int(truth)) for truth in truths]
    predicted = [class_name(model, int(k)) for k in classes(A)]
    probabilities = [_probability(model, outputs[:, j]) for j in range(m)]
    return tuple(map(Prediction, names, predicted, probabilities, named))


def tells_numbers(model: Model[*tuple[Any, ...]]) -> bool:
    """Whether the outputs of a model are numbers of their own, and not of classes."""
    return not model.class_names and model.head in (regression, counts)


def _number(example: str, output: Array, truth: float | None) -> Prediction:
    predicted = ", ".join(f"{value:.6g}" for value in output)
    if truth is None:
        return Prediction(example, predicted)
    return Prediction(example, predicted, None, f"{truth:.6g}", abs(float(output[0]) - truth))


def class_name(model: Model[*tuple[Any, ...]], k: int) -> str:
    """The name of class `k`, or its number where the classes have no names."""
    return model.class_names[k] if model.class_names else str(k)


def _probability(model: Model[*tuple[Any, ...]], output: Array) -> float | None:
    low, high = model.params.architecture.layers[-1].activation.image
    if low < 0.0 or high > 1.0:
        return None
    if len(output) > 1:
        return float(np.max(output))
    a = float(output[0])
    return a if a > 0.5 else 1.0 - a


LABELS = {"x": "y", "X": "Y", "test_x": "test_y", "test_set_x": "test_set_y"}
"""Under which name a file keeps the labels of which inputs."""


def read_labels(
    path: str | Path, m: int, model: Model[*tuple[Any, ...]]
) -> NDArray[np.float64] | None:
    """The labels of the `m` inputs that `read_inputs` finds in a file, or None where it has none.

    They are the numbers of the classes, or the numbers that the model tells.  Raises `FileError`
    where they are not as many, or none of what the model knows.
    """
    where = "read_labels"
    if Path(path).is_dir():
        return None
    if Path(path).suffix.lower() == CSV and model.columns is not None:
        return _labels_of_table(where, read_table(where, Path(path)), model)
    if Path(path).suffix.lower() not in SUFFIXES:
        return None
    with arrays_of(where, path) as file:
        inputs = next((name for name in LABELS if name in file.names), None)
        name = None if inputs is None else LABELS[inputs]
        if name is None or name not in file.names:
            return None
        array = file.read(name)

    came = f"{name} of {path}"
    if array.size != m or array.dtype.kind not in "biuf":
        came = f"{came} has shape {array.shape} and holds {kind_of(array)}"
        raise FileError(where, came, f"{m} numbers", f"there are {m} examples")
    flat = array.reshape(-1)
    if tells_numbers(model):
        return flat.astype(np.float64)
    known = max(2, int(model.axes[-1]))
    wrong = (flat < 0) | (flat >= known) | (flat != np.floor(flat))
    if wrong.any():
        came = f"{came} holds {flat[wrong][0]}"
        raise FileError(where, came, f"labels from 0 to {known - 1}", "as the model has classes")
    return flat.astype(np.float64)


def _labels_of_table(
    where: str, table: Table, model: Model[*tuple[Any, ...]]
) -> NDArray[np.float64] | None:
    """The column that the model was trained to tell, where the table has it."""
    name = "" if model.columns is None else model.columns.target
    if name not in table.names:
        return None
    cells = table.column(where, name)
    numbers = [number(cell) for cell in cells]
    if tells_numbers(model):
        for i, value in enumerate(numbers):
            if value is None:
                came = f"{table.cell(i, name)} is {cells[i]!r}"
                raise FileError(where, came, "a number", "the model tells numbers")
        return np.array(numbers, np.float64)
    # The names of classes that were numbers are written in one way, whatever way the table has.
    words = [c if n is None else f"{n:.15g}" for c, n in zip(cells, numbers, strict=True)]
    places = {known: place for place, known in enumerate(model.class_names)}
    for i, (cell, word) in enumerate(zip(cells, words, strict=True)):
        if cell not in places and word not in places:
            came = f"{table.cell(i, name)} is {cell!r}"
            raise FileError(where, came, f"one of {listed(model.class_names)}")
    return np.array([places.get(c, places.get(w)) for c, w in zip(cells, words, strict=True)])

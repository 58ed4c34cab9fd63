"""Predictions in words: for each example its class by name, and how sure the network is of it."""

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
from fdnn.examples import kind_of
from fdnn.matrix import Array, Matrix, to_numpy
from fdnn.metrics import classes
from fdnn.model import Model


@attrs.frozen
class Prediction:
    """What a model says of one example.

    `probability` is that of the predicted class; None where the model's outputs are none.  `truth`
    is the class of the label, where there is one.
    """

    example: str
    predicted: str
    probability: float | None = None
    truth: str | None = None

    @property
    def wrong(self) -> bool:
        """Whether there is a label that says otherwise."""
        return self.truth is not None and self.truth != self.predicted


def predictions(
    model: Model[*tuple[Any, ...]],
    X: Matrix[In, M],
    labels: Sequence[int] | NDArray[np.intp] | None = None,
    examples: Sequence[str] | None = None,
) -> tuple[Prediction, ...]:
    """What the model says of each column of the raw inputs `X`, `(inputs, examples)`.

    `labels` are the numbers of the true classes, where they are known; `examples` are names for the
    columns, which are otherwise called by their places, from 0 on.
    Raises `ShapeError` where they are not as many as the columns.
    """
    A: Matrix[Any, M] = model(X)
    outputs = to_numpy(A)
    m = outputs.shape[1]
    names = [str(j) for j in range(m)] if examples is None else [*examples]
    truths = [None] * m if labels is None else [class_name(model, int(k)) for k in labels]
    for argument, given in (("examples", names), ("labels", truths)):
        if len(given) != m:
            came = f"there are {len(given)} {argument}"
            raise ShapeError("predictions", came, f"{m}", "X has as many columns")

    predicted = [class_name(model, int(k)) for k in classes(A)]
    probabilities = [_probability(model, outputs[:, j]) for j in range(m)]
    return tuple(map(Prediction, names, predicted, probabilities, truths))


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


def read_labels(path: str | Path, m: int, classes: int) -> NDArray[np.intp] | None:
    """The labels of the `m` inputs that `read_inputs` finds in a file, or None where it has none.

    Raises `FileError` where they are not `m` whole numbers below the number of classes.
    """
    where = "read_labels"
    if Path(path).suffix.lower() not in SUFFIXES or Path(path).is_dir():
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
    wrong = (flat < 0) | (flat >= classes) | (flat != np.floor(flat))
    if wrong.any():
        came = f"{came} holds {flat[wrong][0]}"
        raise FileError(where, came, f"labels from 0 to {classes - 1}", "as the model has classes")
    return flat.astype(np.intp)

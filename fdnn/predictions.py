"""Predictions in words: for each example its class by name, and how sure the network is of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from fdnn.axes import In, M, Out
from fdnn.errors import ShapeError
from fdnn.matrix import Matrix, to_numpy
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
    Y: Matrix[Out, M] | None = None,
    examples: Sequence[str] | None = None,
) -> tuple[Prediction, ...]:
    """What the model says of each column of the raw inputs `X`, `(inputs, examples)`.

    `Y`, `(outputs, examples)`, are the labels where there are any; `examples` are names for the
    columns, which are otherwise called by their places, from 0 on.
    """
    A = model(X)
    outputs = to_numpy(A)
    m = outputs.shape[1]
    names = [str(column) for column in range(m)] if examples is None else list(examples)
    if len(names) != m:
        came = f"examples has {len(names)} names"
        raise ShapeError("predictions", came, f"{m}", "X has as many columns")

    found = classes(A)
    truths = [None] * m if Y is None else [class_name(model, int(k)) for k in classes(Y)]

    return tuple(
        Prediction(names[j], class_name(model, int(k)), _probability(model, outputs[:, j]), truth)
        for j, (k, truth) in enumerate(zip(found, truths, strict=True))
    )


def class_name(model: Model[*tuple[Any, ...]], k: int) -> str:
    """The name of class `k`, or its number where the classes have no names."""
    return model.class_names[k] if model.class_names else str(k)


def _probability(model: Model[*tuple[Any, ...]], output: np.ndarray[Any, Any]) -> float | None:
    low, high = model.params.architecture.layers[-1].activation.image
    if low < 0.0 or high > 1.0:
        return None
    if len(output) > 1:
        return float(np.max(output))
    a = float(output[0])
    return a if a > 0.5 else 1.0 - a

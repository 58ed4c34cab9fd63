"""Labels made ready for training: smoothed, or with classes that count as much as each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs
import numpy as np

from fdnn.axes import In, M, Out
from fdnn.batches import Batch
from fdnn.choices import choice
from fdnn.errors import ArgumentError, KindError, with_article
from fdnn.guards import real, require_kind
from fdnn.matrix import Array, freeze, to_numpy, unnamed
from fdnn.metrics import classes
from fdnn.metrics.doors import Floats, require_labels


def smoothed(
    batch: Batch[In, Out, M], amount: float, *, multilabel: bool = False
) -> Batch[In, Out, M]:
    """Label smoothing (Szegedy et al. 2016): `Y := (1 - amount) Y + amount / k` over k classes.

    One output has two classes, and goes towards a half; with `multilabel`, every output does.
    Raises `ArgumentError` for an amount outside of [0, 1), and `DataError` for labels that are not
    one class an example.
    """
    labels = _labels_of("smoothed", batch, multilabel)
    given: object = real(amount)
    if not (isinstance(given, float) and 0.0 <= given < 1.0):
        raise ArgumentError("smoothed", f"amount is {amount!r}", "a number in [0, 1)")

    k = 2 if multilabel or len(labels) == 1 else len(labels)
    softer: Array = ((1.0 - given) * labels.astype(np.float64) + given / k).astype(labels.dtype)
    return attrs.evolve(batch, Y=unnamed(freeze(softer)))


def class_weights(
    batch: Batch[In, Out, M], weights: Literal["balanced"] | Mapping[int, float]
) -> Batch[In, Out, M]:
    """The batch with a weight for each example: that of its class, times its own if it has one.

    "balanced" is `m / (k n_c)` (King & Zeng 2001), with `n_c` the examples of class c and `k` the
    classes that occur: all of them then weigh the same together, and the weights sum to m.  One
    output has the classes 0 and 1.  Raises `ArgumentError` for a class that has no weight, or a
    weight that has no class, and `DataError` for negative weights.
    """
    labels = _labels_of("class_weights", batch, multilabel=False)
    of_examples = classes(unnamed(labels))
    counts = np.bincount(of_examples, minlength=max(2, len(labels)))
    if isinstance(weights, str):
        if weights != "balanced":
            raise choice("class_weights", "weights", weights, ["balanced"])
        of_classes: Floats = len(of_examples) / (np.sum(counts > 0) * np.maximum(counts, 1.0))
    else:
        of_classes = _mapped(weights, counts)

    row: Array = of_classes[of_examples][np.newaxis]
    if batch.weights is not None:
        row = row * to_numpy(batch.weights)
    return attrs.evolve(batch, weights=unnamed(freeze(row.astype(labels.dtype))))


def _labels_of(where: str, batch: Batch[In, Out, M], multilabel: bool) -> Array:
    require_kind(where, "batch", batch, Batch, "Batch(X, Y) checks the data once")
    labels = to_numpy(batch.Y)
    require_labels(where, labels, multilabel, "one class an example")
    return labels


def _mapped(weights: Mapping[int, float], counts: Array) -> Floats:
    """The weights of all classes, `(classes,)`; those that do not occur may be left out."""
    given: Any = weights
    if not isinstance(given, Mapping):
        came = f"weights is {with_article(type(given).__name__)}"
        raise KindError("class_weights", came, "'balanced' or {class: weight}")
    of_classes = np.ones(len(counts))
    known = {*range(len(counts))}
    for c, weight in weights.items():
        if c not in known:
            due = f"whole numbers from 0 to {len(counts) - 1}"
            raise ArgumentError("class_weights", f"weights has a class {c!r}", due)
        number: object = real(weight)
        if not (isinstance(number, float) and np.isfinite(number) and number >= 0.0):
            came = f"the weight of class {c} is {weight!r}"
            raise ArgumentError("class_weights", came, "a number from 0 on")
        of_classes[int(c)] = number
    missing = [c for c in np.flatnonzero(counts) if int(c) not in weights]
    if missing:
        came = f"class {missing[0]} has no weight"
        raise ArgumentError("class_weights", came, "one for every class", "it occurs in batch")
    return of_classes

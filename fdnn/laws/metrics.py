"""The laws of metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np

from fdnn.errors import FdnnError, KindError, with_article
from fdnn.laws.report import Held, Report, Subject
from fdnn.laws.samples import FLOATS, copies, labels, normal, order, positive
from fdnn.matrix import Array, Matrix, unnamed

MetricLike: TypeAlias = Callable[[Matrix[Any, Any], Matrix[Any, Any]], float]
EXAMPLES = 12
OUTPUTS = (3, 1)


def metric(measure: MetricLike, /) -> Report:
    """Hold a metric, a function of outputs `A` and labels `Y`, against its laws.

    For labels of every sort that it accepts: what it gives is finite; the order of the examples is
    irrelevant; the precision hardly matters; arguments are left alone; the same gives the same
    again.  Raises `LawError`.
    """
    given: object = measure
    if not callable(given):
        came = f"measure is {with_article(type(given).__name__)}"
        raise KindError("laws.metric", came, "a function of A and Y, such as accuracy")
    subject = Subject("laws.metric", str(getattr(measure, "__name__", repr(measure))))
    return subject.report(_laws(subject, measure))


def _samples() -> Iterator[tuple[str, Array, Array]]:
    """Outputs beside labels: shares beside labels in [0, 1], and any numbers beside others."""
    for outputs in OUTPUTS:
        shares = positive(100, outputs, EXAMPLES)
        for words, Y in labels(outputs, EXAMPLES):
            within = (Y >= 0.0).all() and (Y <= 1.0).all()
            is_split = bool((Y.sum(axis=0).round(9) == 1.0).all())
            A = shares / shares.sum(axis=0) if is_split and outputs > 1 else shares
            yield words, A if within else normal(101, outputs, EXAMPLES) ** 2 + 0.1, Y


def _laws(subject: Subject, measure: MetricLike) -> Iterator[Held]:
    refusal = "of no kind"
    seen = 0
    for words, A, Y in _samples():
        try:
            measure(unnamed(A), unnamed(Y))
        except FdnnError as error:
            refusal = str(error)
            continue
        seen += 1
        yield from _of_labels(subject, measure, words, A, Y)
    law = "some labels are accepted"
    yield subject.holds(law, seen, f"all labels are refused ({refusal})", "a number for some")


def _of_labels(
    subject: Subject, measure: MetricLike, words: str, A: Array, Y: Array
) -> Iterator[Held]:
    quantity = f"the metric, with labels that are {words},"
    a, y = copies([A, Y])
    given: Any = measure(unnamed(a), unnamed(y))
    law = "a metric is a number"
    came = f"{quantity} is a {type(given).__name__}"
    yield subject.holds(law, isinstance(given, (float, np.ndarray)), came, "a float")
    found = np.asarray(given, float)
    yield subject.finite("a metric is finite", quantity, found)
    yield subject.unchanged({"A": a, "Y": y}, {"A": A, "Y": Y})
    law, again = "the same gives the same again", np.asarray(measure(unnamed(A), unnamed(Y)))
    yield subject.agree(law, quantity, again, found, 0.0)

    places = order(102, EXAMPLES)
    turned = np.asarray(measure(unnamed(A[:, places]), unnamed(Y[:, places])), float)
    law = "the order of the examples is irrelevant"
    yield subject.agree(law, quantity, turned, found, 1e-10, 1e-3)
    for dtype in FLOATS[1:]:
        less = np.asarray(measure(unnamed(A.astype(dtype)), unnamed(Y.astype(dtype))), float)
        law = "less precision makes little difference"
        yield subject.agree(law, quantity, less, found, 1e-3, 1e-2)

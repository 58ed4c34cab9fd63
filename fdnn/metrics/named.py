"""A metric with its name and its settings: what a head measures, and what a history calls it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

import attrs

from fdnn.axes import M, Out
from fdnn.errors import ArgumentError, KindError, with_article
from fdnn.guards import require_kind
from fdnn.matrix import Matrix


class Measure(Protocol):
    """What every metric is: a number made of outputs and labels, `(outputs, examples)` both."""

    def __call__(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> float:
        """How good the outputs `A` are, given the labels `Y`."""
        ...


def _parts(measure: object) -> object:
    """What makes two metrics equal: of a function with settings, the function and they."""
    if isinstance(measure, partial):
        return measure.func, measure.args, tuple(sorted(measure.keywords.items()))
    return measure


@attrs.frozen(order=False)
class Metric:
    """A metric under a name of its own: `Metric("top 3", functools.partial(top_k, k=3))`."""

    name: str
    measure: Measure = attrs.field(eq=_parts)

    def __attrs_post_init__(self) -> None:
        _require_function(self.measure)
        require_kind("Metric", "name", self.name, str)
        if not self.name:
            raise ArgumentError("Metric", "name is ''", "a text that is not empty")

    def __call__(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> float:
        """The number itself."""
        return self.measure(A, Y)


def named(measures: Sequence[Measure]) -> tuple[Metric, ...]:
    """The metrics under their names: their own `name`, or that of the function.

    Raises `ArgumentError` for a function that has none, such as a lambda.
    """
    return tuple(m if isinstance(m, Metric) else Metric(_name_of(m), m) for m in measures)


def _require_function(measure: object) -> None:
    if not callable(measure):
        came = f"a metric is {with_article(type(measure).__name__)}"
        raise KindError("Metric", came, "a function of A and Y", "such as accuracy")


def _name_of(measure: Measure) -> str:
    _require_function(measure)
    own: object = getattr(measure, "name", None)
    if isinstance(own, str):
        return own
    name = getattr(measure, "__name__", "")
    if not name.isidentifier():
        kind = "lambda" if name == "<lambda>" else type(measure).__name__
        came = f"a metric is {with_article(kind)}, which has no name"
        raise ArgumentError("Metric", came, "Metric('its name', it)")
    return str(name).replace("_", " ")

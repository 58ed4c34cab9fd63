"""The laws of initialisers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from fdnn.axes import Dim
from fdnn.guards import require_kind
from fdnn.initializers import Initializer
from fdnn.keys import Key
from fdnn.laws.report import Held, Report, Subject
from fdnn.laws.samples import KEY
from fdnn.matrix import Array, to_numpy

SIZES = ((40, 60), (60, 40), (1, 7), (7, 1), (1, 1))
"""Outputs and inputs: wide, tall, a row, a column, a number."""

SAMPLING = 6.0
"""So many standard errors may a measured deviation lie from the one that is stated."""


def initializer(
    draw: Initializer, /, *, deviation: Callable[[int, int], float] | None = None
) -> Report:
    """Hold an initialiser against its laws.

    `W` is `(outputs, inputs)`, in float64 and finite, for any sizes; the same key gives the same
    bits, and another key other numbers, unless nothing is drawn.  `deviation` is the one that the
    weights should have, a function of the numbers of outputs and inputs; the report says the one
    that they have.  Raises `LawError`.
    """
    require_kind("laws.initializer", "draw", draw, Initializer, "such as he")
    subject = Subject("laws.initializer", repr(draw))
    return subject.report(_laws(subject, draw, deviation))


def _drawn(draw: Initializer, key: Key, outputs: int, inputs: int) -> Array:
    return to_numpy(draw(key, Dim[Any](outputs), Dim[Any](inputs)))


def _laws(
    subject: Subject, draw: Initializer, deviation: Callable[[int, int], float] | None
) -> Iterator[Held]:
    for outputs, inputs in SIZES:
        W = _drawn(draw, KEY, outputs, inputs)
        law = "W is (outputs, inputs), in float64 and finite"
        yield subject.like(law, "W", W, (outputs, inputs), "float64")
        yield subject.finite(law, "W", W)
        again = _drawn(draw, KEY, outputs, inputs)
        yield subject.agree("the same key gives the same bits", "W", again, W, 0.0)

    outputs, inputs = SIZES[0]
    W, other = (_drawn(draw, key, outputs, inputs) for key in (KEY, KEY.at(1)))
    # A matrix of a few different numbers, such as the identity, is none that was drawn.
    is_drawn = np.unique(W).size > 3
    law = "another key gives other numbers" if is_drawn else "nothing is drawn"
    differ = not np.array_equal(W, other)
    expected = "other numbers from another key"
    yield subject.holds(law, differ == is_drawn, "W is the same", expected)

    measured = float(np.sqrt(np.mean(np.square(W))))
    words = f"the deviation of {outputs} x {inputs} weights is {measured:.4g}"
    if deviation is None:
        yield Held(words)
        return
    for outputs, inputs in SIZES[:2]:
        W, due = _drawn(draw, KEY, outputs, inputs), deviation(outputs, inputs)
        found = np.sqrt(np.mean(np.square(W)))
        room = SAMPLING / np.sqrt(2.0 * W.size)
        law = "the deviation of the weights is the one that is stated"
        words = f"the deviation of {outputs} x {inputs} weights"
        yield subject.agree(law, words, np.array([found]), np.array([due]), room)

"""The laws of regularisers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from fdnn.axes import Dim
from fdnn.costs import squared_error
from fdnn.guards import require_kind
from fdnn.laws.derivatives import derivative, slopes_on_both_sides
from fdnn.laws.report import Held, Report, Subject
from fdnn.laws.samples import FLOATS, normal
from fdnn.laws.staging import staged_agrees
from fdnn.layers.dense import dense
from fdnn.matrix import Array, freeze
from fdnn.optimizers import GradientDescent
from fdnn.records import Grads, Params
from fdnn.regularizers import Regularizer


def regularizer(kind: Regularizer, /) -> Report:
    """Hold a regulariser against its laws.

    `gradient` is the derivative of `penalty`, by central difference; at zero, where a penalty may
    have a kink, it lies between the slopes of both sides.  Both are finite, the penalty is least at
    zero, and the same gives the same again, in the precision of the parameters;
    training over buffers agrees.  Raises `LawError`.
    """
    require_kind("laws.regularizer", "kind", kind, Regularizer, "such as L2(0.01)")
    subject = Subject("laws.regularizer", repr(kind))
    return subject.report(_laws(subject, kind))


def _network(vector: Array) -> Params[*tuple[Any, ...]]:
    n = [Dim[Any](size) for size in (4, 3, 2)]
    return Params(dense(n[0], n[1]) >> dense(n[1], n[2]), freeze(vector))


def _laws(subject: Subject, kind: Regularizer) -> Iterator[Held]:
    size = 4 * 3 + 3 + 3 * 2 + 2
    vector = normal(0, size)
    for dtype in FLOATS:
        params = _network(vector.astype(dtype))
        before = params.vector.copy()
        penalty, gradient = kind.penalty(params), kind.gradient(params)
        law = "shape and precision are kept"
        yield subject.of_kind(law, "the penalty", penalty, float)
        yield subject.of_kind(law, "the gradient", gradient, Grads)
        yield subject.like(law, "the gradient", gradient.vector, (size,), dtype)
        law = "the same gives the same again"
        again = kind.gradient(params).vector
        yield subject.agree(law, "the gradient", again, gradient.vector, 0.0)
        found = np.array([kind.penalty(params)])
        yield subject.agree(law, "the penalty", found, np.array([penalty]), 0.0)
        yield subject.unchanged({"a parameter": params.vector}, {"a parameter": before})

    def penalty_at(moved: Array) -> float:
        return float(kind.penalty(_network(moved)))

    stated = kind.gradient(_network(vector.copy())).vector
    law, at = "gradient is that of penalty", {"parameter": vector}
    yield from derivative(subject, law, "it", stated, penalty_at, vector, False, **at)

    zero = np.zeros(size)
    left, right = slopes_on_both_sides(penalty_at, zero)
    found = kind.gradient(_network(zero)).vector
    low, high = np.minimum(left, right), np.maximum(left, right)
    room = 1e-5 + 1e-5 * np.abs(high)
    outside = ~((found >= low - room) & (found <= high + room))
    place = int(np.argmax(outside))
    came = f"the gradient at zero is {found[place]:.6g}"
    expected = f"a number from {low[place]:.6g} to {high[place]:.6g}"
    law = "at zero, the gradient lies between the slopes of both sides"
    yield subject.holds(law, not outside.any(), came, expected)

    law = "the penalty is least at zero, and finite"
    here, there = penalty_at(zero.copy()), penalty_at(vector.copy())
    came = f"it is {here:.6g} at zero and {there:.6g} elsewhere"
    yield subject.holds(law, 0.0 <= here <= there < np.inf, came, "less at zero")

    network, optimizer = _network(vector.copy()), GradientDescent(0.01)
    yield staged_agrees(subject, network, squared_error, optimizer, regularizer=kind)

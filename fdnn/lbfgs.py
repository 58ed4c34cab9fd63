"""L-BFGS: steps by the curvature that the last gradients showed, for full batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import attrs
import numpy as np

from fdnn.axes import Axes
from fdnn.keys import whole_number
from fdnn.matrix import Array, freeze
from fdnn.optimizers import Optimizer, OptimizerState, known_moments, start_with
from fdnn.records import Grads, Params
from fdnn.schedules import Schedule, as_rate, valid_rate

LEAST_CURVATURE = 1e-10
"""A pair of step `s` and change of the gradient `y` is kept where `y . s` is larger."""


def _pairs(record: object, field: Any, value: Any) -> None:
    whole_number(type(record).__name__, field.name, value, 1)


@attrs.frozen
class LBFGS(Optimizer):
    """Limited-memory BFGS (Liu & Nocedal 1989): `W := W - rate * H dW`.

    `H`, the approximate inverse of the Hessian, is never formed; it is applied by the two-loop
    recursion over the last `history` pairs, `s = W_t - W_(t-1)` and `y = dW_t - dW_(t-1)`, from
    `(y . s / y . y) I` of the newest.  The first step is `min(1, 1 / sum |dW|) * rate * dW`.

    It is for full batches: from one mini-batch to the next, `y` is noise.  There is no line search,
    so the cost may rise; the trajectory is that of `torch.optim.LBFGS(max_iter=1)`.
    """

    rate: float | Schedule = attrs.field(default=1.0, converter=as_rate, validator=valid_rate)
    history: int = attrs.field(default=10, validator=_pairs)
    name: ClassVar[str] = "lbfgs"

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        """The gradient and the step before, and `history` places for each of `s` and `y`."""
        return start_with(2 + 2 * self.history, params)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        n = 2 + 2 * self.history
        before = [moment.vector for moment in known_moments("LBFGS", grads, state, params, n)]
        g, rate = grads.vector, self.rate_at(state.count)

        update, pairs = lbfgs_update(g, before, state.count, rate)
        moments = [grads.with_vector(freeze(a)) for a in (g, update, *pairs)]

        return moments[1], state.next(*moments)


def lbfgs_update(
    g: Array, before: Sequence[Array], count: int, rate: float
) -> tuple[Array, list[Array]]:
    """The update, and the pairs `s_1, ..., s_n, y_1, ..., y_n` from now on, the newest last.

    `before` are the gradient and the update before, and the pairs as they were; a pair of zeros is
    a place that none has taken yet.
    """
    g_before, s, *places = before
    if count == 0:
        length = float(np.sum(np.abs(g)))
        first = rate * min(1.0, 1.0 / length) if length > 0.0 else rate
        return -first * g, places

    history = len(places) // 2
    steps, changes = places[:history], places[history:]
    y = g - g_before
    if float(y @ s) > LEAST_CURVATURE:
        steps, changes = [*steps[1:], s], [*changes[1:], y]

    pairs = [(s, y, float(y @ s)) for s, y in zip(steps, changes, strict=True)]
    known = [pair for pair in pairs if pair[-1] > 0.0]
    return rate * _direction(g, known), [*steps, *changes]


def _direction(g: Array, pairs: Sequence[tuple[Array, Array, float]]) -> Array:
    """`-H g`, by the two-loop recursion (Nocedal 1980; Nocedal & Wright, algorithm 7.4).

    One vector becomes the direction in place: new ones for each pair would take longer to make than
    to fill.
    """
    d, room, along = -g, np.empty_like(g), list[float]()
    for s, y, curvature in reversed(pairs):
        a = float(s @ d) / curvature
        np.subtract(d, np.multiply(y, a, room), d)
        along.append(a)

    if pairs:
        _, y, curvature = pairs[-1]
        np.multiply(d, curvature / float(y @ y), d)

    for (s, y, curvature), a in zip(pairs, reversed(along), strict=True):
        b = float(y @ d) / curvature
        np.add(d, np.multiply(s, a - b, room), d)
    return d

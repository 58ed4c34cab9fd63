"""Penalties, data that are read when they are due, and batches that are fed as they come."""

from collections.abc import Iterator
from typing import Any, assert_type

import numpy as np

from fdnn import (
    L1,
    L2,
    Adam,
    Batch,
    Elastic,
    Feed,
    Grads,
    Learner,
    Params,
    Regularizer,
    Rows,
    State,
    Step,
    categorical_cross_entropy,
)
from fdnn.axes import Axes
from tests.typing.scene import Cat, Deep, Hidden, Pixel, cat, params, pixel

# Regularisers.
kinds: list[Regularizer] = [L1(0.1), L2(0.1), Elastic(0.1, 0.2), L2.as_in_course(0.7, 209)]
assert_type(L2(0.1).penalty(params), float)
assert_type(L2(0.1).gradient(params), Grads[Pixel, Hidden, Deep, Cat])
learner = Learner(categorical_cross_entropy, Adam(), L2(1e-4))


class Half(Regularizer):
    """A user's own."""

    def penalty(self, params: Params[*Axes], /) -> float:
        return 0.5 * float(params.vector @ params.vector)

    def gradient(self, params: Params[*Axes], /) -> Grads[*Axes]:
        return Grads(params.architecture, params.vector)


# Rows.
x, y = np.ones((20, 12)), np.zeros(20, int)
rows = Rows(x, y, pixel, cat)
assert_type(rows, Rows[Pixel, Cat])
assert_type(rows.part(slice(0, 5)), Batch[Pixel, Cat, Any])
by_rows = learner.step(params).read(rows, size=5, drop_last=True)
assert_type(by_rows, Step[Pixel, Hidden, Deep, Cat])


# Batches as they come.
def batches() -> Iterator[Batch[Pixel, Cat, Any]]:
    """Three of them."""
    for start in (0, 5, 10):
        yield rows.part(slice(start, start + 5))


feed = learner.step(params).feed(batches())
assert_type(feed, Feed[Pixel, Hidden, Deep, Cat])
assert_type(feed(learner.start(params)), Iterator[State[Pixel, Hidden, Deep, Cat]])
for state in feed(learner.start(params)):
    assert_type(state, State[Pixel, Hidden, Deep, Cat])

"""The laws of every kind: what an activation, a cost, a layer ... must keep, checked by numbers.

`laws.check(kind)` holds any kind against its laws, and gives a report of those that it keeps and
how closely, or raises `LawError`: one sentence that says which law is broken, at which input, what
came, and what was expected.  All of fdnn's own kinds are held against the same laws.

>>> import fdnn
>>> check(fdnn.tanh)
Report(Tanh() keeps 11 laws)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fdnn.activations import Activation
from fdnn.costs import Cost
from fdnn.errors import KindError, with_article
from fdnn.initializers import Initializer
from fdnn.laws.activations import activation as activation
from fdnn.laws.costs import cost as cost
from fdnn.laws.initializers import initializer as initializer
from fdnn.laws.layers import layer as layer
from fdnn.laws.metrics import MetricLike as MetricLike
from fdnn.laws.metrics import metric as metric
from fdnn.laws.optimizers import optimizer as optimizer
from fdnn.laws.regularizers import regularizer as regularizer
from fdnn.laws.report import Held as Held
from fdnn.laws.report import LawError as LawError
from fdnn.laws.report import Report as Report
from fdnn.laws.schedules import ScheduleLike as ScheduleLike
from fdnn.laws.schedules import schedule as schedule
from fdnn.laws.transforms import transform as transform
from fdnn.optimizers import Optimizer
from fdnn.records import Layer
from fdnn.regularizers import Regularizer
from fdnn.transforms import Transform


def check(
    kind: Activation
    | Cost
    | Initializer
    | Layer[Any, Any]
    | Optimizer
    | Regularizer
    | ScheduleLike
    | Transform
    | MetricLike,
    /,
) -> Report:
    """Hold any kind against its laws; a function of outputs and labels is taken to be a metric.

    Raises `LawError` where one is broken, and `KindError` for what is no kind.
    """
    return _check(kind)


def _check(kind: Any) -> Report:
    checks: list[tuple[Any, Callable[[Any], Report]]] = [
        (Activation, activation),
        (Cost, cost),
        (Initializer, initializer),
        (Layer, layer),
        (Optimizer, optimizer),
        (Transform, transform),
        (Regularizer, regularizer),
        (ScheduleLike, schedule),
        (Callable, metric),
    ]
    expected = "an activation, a cost, a layer, an optimizer or another kind"
    if isinstance(kind, type):
        hint = f"{kind.__name__}(), for one"
        raise KindError("laws.check", f"kind is the class {kind.__name__}", expected, hint)
    for of, laws in checks:
        if isinstance(kind, of):
            return laws(kind)
    raise KindError("laws.check", f"kind is {with_article(type(kind).__name__)}", expected)

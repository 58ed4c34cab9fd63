"""Heads: what a task fixes, so that the end of a network, its cost and its metrics belong together.

    multiclass = softmax, categorical cross-entropy, accuracy ...

    net = dense(pixel, hidden, relu) >> multiclass.layer(hidden, digit)
    learner = multiclass.learner(Adam())

A head is typed by its activation, and takes only costs that may stand after it: a softmax with a
binary cost cannot be written.  A step of its learner also refuses a network that ends otherwise,
and labels that are none.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Generic, Protocol, TypeVar, get_args, get_type_hints

import attrs
import numpy as np

from fdnn.activations import (
    Activation,
    Exponential,
    Identity,
    Sigmoid,
    Softmax,
    exponential,
    identity,
    sigmoid,
    softmax,
)
from fdnn.axes import Dim, In, M, Out
from fdnn.costs import Cost, binary_cross_entropy, categorical_cross_entropy, poisson, squared_error
from fdnn.errors import ArgumentError, DataError, KindError, ShapeError, with_article
from fdnn.guards import require_kind
from fdnn.initializers import Initializer
from fdnn.layers.dense import Dense, dense
from fdnn.matrix import Array, Matrix, require_finite, require_matrix, to_numpy
from fdnn.metrics import (
    Measure,
    Metric,
    accuracy,
    f_beta,
    log_loss,
    mean_absolute_error,
    named,
    precision,
    r2,
    recall,
    root_mean_squared_error,
)
from fdnn.optimizers import Optimizer
from fdnn.regularizers import Regularizer
from fdnn.training import Learner

G = TypeVar("G", bound=Activation)
G_contra = TypeVar("G_contra", bound=Activation, contravariant=True)


class CostAfter(Protocol[G_contra]):
    """A cost that may stand after an activation: it says so in the annotation of `follows`.

    It is contravariant: a cost after any `Activation` is one after `Softmax` too.
    """

    def follows(self, activation: G_contra, /) -> None:
        """Refuse what it may not follow; its annotation is read by mypy and by the head."""
        ...


@attrs.frozen(repr=False, order=False)
class Head(Generic[G]):
    """The activation, cost and metrics of a task, and what its labels are.

    `metrics` are functions of `(A, Y)`, the first of which is the main one; `largest_is_best` says
    of it which way is up.  `least` and `most` are how many outputs there may be; `lowest` and
    `highest` where a label lies; where `exclusive`, the labels of an example sum to 1.

    `head(activation)(cost, ...)` makes one, with better words from the type checker.  Raises
    `ArgumentError` for a cost that may not follow the activation.
    """

    activation: G
    _cost: CostAfter[G]
    name: str
    metrics: tuple[Metric, ...] = attrs.field(converter=named)
    largest_is_best: bool = True
    least: int = attrs.field(default=1, kw_only=True)
    most: int | None = attrs.field(default=None, kw_only=True)
    lowest: float = attrs.field(default=-math.inf, kw_only=True)
    highest: float = attrs.field(default=math.inf, kw_only=True)
    exclusive: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        require_kind("Head", "activation", self.activation, Activation, "such as softmax")
        if not self.metrics:
            raise ArgumentError("Head", "metrics is empty", "one or more", "the first is the main")
        called = [metric.name for metric in self.metrics]
        if len(set(called)) < len(called):
            came = f"the metrics are called {', '.join(called)}"
            raise ArgumentError("Head", came, "a name for each", "Metric('its name', it) gives one")
        if not (self.lowest <= self.highest and self.least <= (self.most or math.inf)):
            came = f"labels lie from {self.lowest:g} to {self.highest:g}"
            came = f"{came}, and outputs are {self.least} to {self.most}"
            raise ArgumentError("Head", came, "bounds that leave something between them")
        cost = self.cost
        kinds = _followed_by(cost, self.activation)
        if not isinstance(self.activation, kinds):
            names = " or ".join(kind.__name__ for kind in kinds)
            came = f"the cost is {cost.name}, which follows {names}"
            raise ArgumentError("Head", came, f"one that may follow {self.activation.name}")
        self._cost.follows(self.activation)

    @property
    def cost(self) -> Cost:
        """What training brings down."""
        given: object = self._cost
        if not isinstance(given, Cost):
            came = f"cost is {with_article(type(given).__name__)}"
            raise KindError("Head", came, "a Cost", "such as squared_error")
        return given

    def with_cost(self, cost: CostAfter[G], /) -> Head[G]:
        """The same task with another cost that may stand after its activation."""
        return attrs.evolve(self, cost=cost)

    def with_metrics(self, *metrics: Measure, largest_is_best: bool) -> Head[G]:
        """The same task with other metrics; `largest_is_best` is said of the first."""
        return attrs.evolve(self, metrics=metrics, largest_is_best=largest_is_best)

    def layer(
        self, inputs: Dim[In], outputs: Dim[Out], initializer: Initializer | None = None
    ) -> Dense[In, Out]:
        """The last layer of a network for this task; `ShapeError` where it has no such outputs."""
        last = dense(inputs, outputs, self.activation, initializer)
        self._require_outputs("layer", f"outputs is {outputs!r}", int(outputs))
        return last

    def learner(self, optimizer: Optimizer, regularizer: Regularizer | None = None) -> Learner:
        """The learner of this task; its step refuses a network or labels of another one."""
        return Learner(self.cost, optimizer, regularizer, head=self)

    def measure(self, A: Matrix[Out, M], Y: Matrix[Out, M]) -> dict[str, float]:
        """All metrics of the outputs `A`, by name, the main one first."""
        return {metric.name: metric(A, Y) for metric in self.metrics}

    def require(self, where: str, activation: Activation, Y: Matrix[Out, M], /) -> None:
        """Refuse a network that ends otherwise (`ArgumentError`), and labels that are none."""
        if activation != self.activation:
            came = f"the last activation is {activation.name}"
            raise ArgumentError(where, came, self.activation.name, self._why)
        self.require_labels(where, Y)

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        """Refuse labels that do not fit the task: `ShapeError`, `DataError`."""
        require_matrix(where, "Y", Y)
        labels = to_numpy(Y)
        require_finite(where, "Y", labels)
        self._require_outputs(where, f"Y has shape {labels.shape}", len(labels))

        outside = (labels < self.lowest) | (labels > self.highest)
        if outside.any():
            bounds = f"between {self.lowest:g} and {self.highest:g}"
            bounds = f"from {self.lowest:g} on" if math.isinf(self.highest) else bounds
            came = f"Y holds {labels[outside].flat[0]:.6g}"
            raise DataError(where, came, f"labels {bounds}", self._why)
        if self.exclusive:
            sums: Array = labels.sum(axis=0, dtype=np.float64)
            wrong = np.abs(sums - 1.0) > max(4, len(labels)) * np.finfo(labels.dtype).eps
            if wrong.any():
                column = int(np.argmax(wrong))
                came = f"column {column} of Y sums to {sums[column]:.6g}"
                raise DataError(where, came, "columns of labels that sum to 1", self._why)

    @property
    def _why(self) -> str:
        return f"the head is {self.name}"

    def _require_outputs(self, where: str, came: str, n: int) -> None:
        if n < self.least or (self.most is not None and n > self.most):
            span = f"{self.least} or more" if self.most is None else f"{self.least} to {self.most}"
            due = "1 output" if self.most == 1 else f"{span} outputs"
            raise ShapeError(where, came, due, self._why)

    def __repr__(self) -> str:
        return f"Head({self.name}: {self.activation.name}, {self.cost.name})"


def _followed_by(cost: Cost, activation: Activation) -> tuple[type, ...]:
    """The kinds of activation that a cost may follow: the annotation of its `follows`."""
    follows = getattr(type(cost), "follows", None)
    if follows is None:
        came = f"the cost is {with_article(type(cost).__name__)}, which follows nothing"
        kind = type(activation).__name__
        due = f"a Cost with a method `follows(self, activation: {kind}, /) -> None`"
        raise KindError("Head", came, due, "its annotation says which activation it may follow")
    try:
        kinds = [kind for name, kind in get_type_hints(follows).items() if name != "return"]
    except NameError:  # of a class that is known to the type checker alone
        kinds = []
    parts = [part for kind in kinds for part in get_args(kind) or (kind,)]
    known = [part for part in parts if isinstance(part, type) and issubclass(part, Activation)]
    return tuple(known) or (Activation,)


@attrs.frozen(order=False)
class HeadAfter(Generic[G]):
    """A head whose activation is known and whose cost is not yet: see `head`."""

    activation: G

    def __call__(
        self,
        cost: CostAfter[G],
        /,
        name: str,
        *metrics: Measure,
        largest_is_best: bool = True,
        least: int = 1,
        most: int | None = None,
        lowest: float = -math.inf,
        highest: float = math.inf,
        exclusive: bool = False,
    ) -> Head[G]:
        """The head with that cost, which must be one that may follow the activation."""
        return Head(
            self.activation,
            cost,
            name,
            metrics,
            largest_is_best,
            least=least,
            most=most,
            lowest=lowest,
            highest=highest,
            exclusive=exclusive,
        )


def head(activation: G) -> HeadAfter[G]:
    """A head of one's own, cost and metrics second, so that the type checker can compare them.

    >>> from fdnn import mean_absolute_error, squared_error, sigmoid
    >>> head(sigmoid)(squared_error, "a share", mean_absolute_error, largest_is_best=False)
    Head(a share: sigmoid, squared error)
    """
    require_kind("head", "activation", activation, Activation, "such as softmax")
    return HeadAfter(activation)


# Metrics that do not exist for some data, such as the ROC-AUC of examples of one class, are not
# among these: what is measured at every step of training must always be a number.

binary: Head[Sigmoid] = head(sigmoid)(
    binary_cross_entropy,
    "binary",
    accuracy,
    precision,
    recall,
    Metric("F1", f_beta),
    log_loss,
    most=1,
    lowest=0.0,
    highest=1.0,
)
"""One output, the probability of the label 1."""

multiclass: Head[Softmax] = head(softmax)(
    categorical_cross_entropy,
    "multiclass",
    accuracy,
    Metric("F1", f_beta),
    log_loss,
    least=2,
    lowest=0.0,
    highest=1.0,
    exclusive=True,
)
"""One output for each class, of which an example has one; labels as `one_hot` makes them."""

multilabel: Head[Sigmoid] = head(sigmoid)(
    binary_cross_entropy,
    "multilabel",
    Metric("F1", partial(f_beta, multilabel=True)),
    Metric("accuracy", partial(accuracy, multilabel=True)),
    Metric("log loss", partial(log_loss, multilabel=True)),
    lowest=0.0,
    highest=1.0,
)
"""One output for each label, of which an example has any number."""

regression: Head[Identity] = head(identity)(
    squared_error, "regression", r2, root_mean_squared_error, mean_absolute_error
)
"""Outputs that are numbers."""

counts: Head[Exponential] = head(exponential)(
    poisson,
    "counts",
    mean_absolute_error,
    root_mean_squared_error,
    r2,
    largest_is_best=False,
    lowest=0.0,
)
"""Outputs that are expected numbers of events; labels from 0 on."""

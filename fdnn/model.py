"""A model: a trained network with what it takes to use it on raw inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Generic

import attrs
import numpy as np
from numpy.typing import NDArray

from fdnn import metrics
from fdnn.activations import Activation, Exponential, Sigmoid, Softmax
from fdnn.axes import Axes, Dim, Hidden, In, M, Out
from fdnn.batches import Batch
from fdnn.costs import Cost
from fdnn.encodings import Columns
from fdnn.errors import KindError, ShapeError
from fdnn.guards import require_kind, require_same_axes
from fdnn.heads import Head, binary, counts, multiclass, multilabel, regression
from fdnn.matrix import Matrix
from fdnn.records import Params
from fdnn.transforms import Invertible, Transform, transformed, unchanged


def _class_names(given: Sequence[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        why = "its letters would be the names"
        raise KindError("Model", f"class_names is the text {given!r}", "a tuple of names", why)
    return tuple(given)


def _image_shape(given: Sequence[int] | None) -> tuple[int, ...] | None:
    return None if given is None else tuple(given)


@attrs.frozen(repr=False)
class Model(Generic[*Axes]):
    """A trained network, the transform of its inputs, and the names of its classes.

    `image_shape` says how a column of inputs becomes a picture, `(height, width)` or `(height,
    width, 3)`; None where it is none.  `data` names what it was trained on.  `targets` is what the
    labels of a regression went through, and is undone on the outputs; `columns` says how the rows
    of a table become inputs.  Raises `ShapeError` where the parts do not fit each other,
    `KindError` where one is none.
    """

    params: Params[*Axes]
    transform: Transform = unchanged
    class_names: tuple[str, ...] = attrs.field(default=(), converter=_class_names)
    image_shape: tuple[int, ...] | None = attrs.field(default=None, converter=_image_shape)
    data: str = ""
    targets: Invertible = unchanged
    columns: Columns | None = None

    def __attrs_post_init__(self) -> None:
        require_kind("Model", "params", self.params, Params)
        require_kind("Model", "transform", self.transform, Transform)
        hint = "standardize and unchanged are"
        require_kind("Model", "targets", self.targets, Invertible, hint)
        if self.columns is not None:
            require_kind("Model", "columns", self.columns, Columns)
        for name in self.class_names:
            require_kind("Model", "a class name", name, str)
        inputs, outputs = self.params.axes[0], self.params.axes[-1]

        if self.transform.inputs not in (None, int(inputs)):
            came = f"transform was fitted to {self.transform.inputs} inputs"
            raise ShapeError("Model", came, f"({inputs!r})", "that is what params takes")
        if self.targets.inputs not in (None, int(outputs)):
            came = f"targets was fitted to {self.targets.inputs} outputs"
            raise ShapeError("Model", came, f"({outputs!r})", "that is what params gives")
        if self.columns is not None and self.columns.inputs != inputs:
            came = f"columns gives {self.columns.inputs} inputs"
            raise ShapeError("Model", came, f"({inputs!r})", "that is what params takes")
        if self.image_shape is not None and math.prod(self.image_shape) != inputs:
            came = f"image_shape is {self.image_shape}"
            why = f"params takes ({inputs!r})"
            raise ShapeError("Model", came, f"a shape of {int(inputs)} numbers", why)
        classes = 2 if outputs == 1 else int(outputs)
        if self.class_names and len(self.class_names) != classes:
            came = f"class_names has {len(self.class_names)} names"
            raise ShapeError("Model", came, f"{classes}", f"params gives ({outputs!r})")

    def __call__(self: Model[In, *Hidden, Out], X: Matrix[In, M]) -> Matrix[Out, M]:
        """The outputs, `(outputs, examples)`, for raw inputs `X`, `(inputs, examples)`.

        Those of a regression are in the units of the labels.
        """
        return self.targets.inverse(self.params(self.transform(X)))

    def classes(self: Model[In, *Hidden, Out], X: Matrix[In, M]) -> NDArray[np.intp]:
        """The class of each example, `(examples,)`, for raw inputs `X`, `(inputs, examples)`."""
        return metrics.classes(self(X))

    def evaluate(
        self: Model[In, *Hidden, Out], batch: Batch[In, Out, M], cost: Cost | None = None
    ) -> Mapping[str, float]:
        """The cost and the metrics of the task, by name, on a batch of raw inputs.

        Without a `cost`, that of the head (`fdnn.heads`) whose activation is the last one.  The
        cost of a regression is that of its targets, as they were learned.  Raises `ShapeError` or
        `AxisError` for data of another network.
        """
        require_kind("evaluate", "batch", batch, Batch)
        expected = (self.axes[0], self.axes[-1])
        why = "those are the inputs and outputs of the model"
        require_same_axes("evaluate", "batch", batch.axes[:2], expected, why)

        head = self.head
        seen = transformed(batch, self.transform, self.targets)
        trace = self.params.forward(seen.X)
        judge = head.cost if cost is None else cost
        J = trace.cost(seen.Y, judge, seen.weights)
        A = self.targets.inverse(trace.output)
        return MappingProxyType({"cost": J, **head.measure(A, batch.Y)})

    @property
    def head(self) -> Head[Any]:
        """The task that the last activation is of: its cost and its metrics."""
        return head_after(self.params.architecture.layers[-1].activation, int(self.axes[-1]))

    @property
    def axes(self) -> tuple[Dim[Any], ...]:
        """The sizes of all axes, from the inputs to the outputs, with their names."""
        return self.params.axes

    def __repr__(self) -> str:
        trained = f", trained on {self.data}" if self.data else ""
        return f"Model[{', '.join(map(repr, self.axes))}]({self.params.dtype}{trained})"


def head_after(last: Activation, outputs: int) -> Head[Any]:
    """The head of this activation: several sigmoids are labels by themselves; else a regression."""
    if isinstance(last, Sigmoid):
        return binary if outputs == 1 else multilabel
    if isinstance(last, Softmax):
        return multiclass
    if isinstance(last, Exponential):
        return counts
    return regression

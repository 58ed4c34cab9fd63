"""Transforms: what is done to raw inputs before a network sees them.

Each is a small frozen record of a pure function, `(inputs, examples)` to `(inputs, examples)`.
What a transform knows of the data is fitted on the training examples only and saved with the model,
so that every later input is treated as they were.  The dtype of the inputs is kept.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Self

import attrs
import numpy as np

from fdnn.axes import ONE, Dim, In, M, One, Out
from fdnn.batches import Batch
from fdnn.choices import choice
from fdnn.errors import DataError, KindError, ShapeError
from fdnn.guards import Record, require_kind
from fdnn.matrix import (
    Array,
    Matrix,
    freeze,
    require_finite,
    require_matrix,
    sealed,
    size_of,
    to_numpy,
    unchecked,
)


class Transform(ABC):
    """What every transform offers; subclass it, frozen, to write your own."""

    name: ClassVar[str]

    @classmethod
    @abstractmethod
    def fitted_to(cls, X: Matrix[In, M], /) -> Self:
        """The transform that suits the training examples `X`, `(inputs, examples)`."""

    @abstractmethod
    def apply(self, X: Matrix[In, M], /) -> Matrix[In, M]:
        """What `__call__` computes, on inputs that have been checked."""

    @property
    def inputs(self) -> int | None:
        """How many inputs it was fitted to; None where it takes any number."""
        return None

    def __call__(self, X: Matrix[In, M], /) -> Matrix[In, M]:
        """The inputs as the network sees them, `(inputs, examples)`, read-only.

        Raises `ShapeError`, `DtypeError`, or `DataError` where `X` does not fit.
        """
        rows = None if self.inputs is None else Dim[Any](self.inputs)
        why = "" if rows is None else f"it was fitted to {self.inputs} inputs"
        require_matrix("transform", "X", X, rows, None, why)
        require_finite("transform", "X", to_numpy(X))
        with np.errstate(all="ignore"):
            transformed = self.apply(X)
        require_finite("transform", "what it gives", to_numpy(transformed))
        return transformed


class Invertible(Transform):
    """A transform that can be undone: what the labels of a regression go through."""

    @abstractmethod
    def undo(self, A: Matrix[Out, M], /) -> Matrix[Out, M]:
        """What `inverse` computes, on outputs that have been checked."""

    def inverse(self, A: Matrix[Out, M], /) -> Matrix[Out, M]:
        """The outputs of a network in the units of its labels: `inverse(apply(Y)) = Y`.

        Raises `ShapeError`, `DtypeError`, or `DataError` where `A` does not fit.
        """
        rows = None if self.inputs is None else Dim[Any](self.inputs)
        why = "" if rows is None else f"it was fitted to {self.inputs} outputs"
        require_matrix("inverse", "A", A, rows, None, why)
        with np.errstate(all="ignore"):
            return self.undo(A)


@attrs.frozen
class Unchanged(Invertible):
    """The inputs as they are."""

    name: ClassVar[str] = "unchanged"

    @classmethod
    def fitted_to(cls, X: Matrix[In, M], /) -> Self:
        return cls()

    def apply(self, X: Matrix[In, M], /) -> Matrix[In, M]:
        return X

    def undo(self, A: Matrix[Out, M], /) -> Matrix[Out, M]:
        return A


@attrs.frozen
class Center(Transform):
    """`x_ij - (1/n) sum_i x_ij`: each example loses its own mean, an image its brightness."""

    name: ClassVar[str] = "center"

    @classmethod
    def fitted_to(cls, X: Matrix[In, M], /) -> Self:
        return cls()

    def apply(self, X: Matrix[In, M], /) -> Matrix[In, M]:
        array = to_numpy(X)
        means = np.mean(array, axis=0, keepdims=True, dtype=np.float64)
        return _like(X, array - means.astype(array.dtype))


EPSILON = 1e-6
"""What is added to every deviation, so that an input that hardly varies is not blown up."""


@attrs.frozen(eq=False)
class Standardize(Record, Invertible):
    """`(x_ij - mean_i) / (deviation_i + 1e-6)`: each input gets mean 0 and deviation 1.

    `mean` and `deviation`, both `(inputs, 1)`, are those of the training examples.  An input that
    never varies there has no scale: its deviation is taken to be 1.
    """

    mean: Matrix[Any, One]
    deviation: Matrix[Any, One]
    name: ClassVar[str] = "standardize"

    def __attrs_post_init__(self) -> None:
        Record.__attrs_post_init__(self)
        rows, _ = size_of(self.mean)
        require_matrix("Standardize", "mean", self.mean, rows, ONE)
        require_matrix("Standardize", "deviation", self.deviation, rows, ONE, "as mean has it")
        require_finite("Standardize", "mean", to_numpy(self.mean))
        require_finite("Standardize", "deviation", to_numpy(self.deviation))
        if (to_numpy(self.deviation) < 0.0).any():
            came = f"deviation holds {to_numpy(self.deviation).min()}"
            raise DataError("Standardize", came, "numbers from 0 on")

    @classmethod
    def fitted_to(cls, X: Matrix[In, M], /) -> Self:
        array = to_numpy(X)
        with np.errstate(all="ignore"):
            mean = np.mean(array, axis=1, keepdims=True, dtype=np.float64)
            deviation = np.std(array, axis=1, keepdims=True, dtype=np.float64)
        deviation[np.ptp(array, axis=1, keepdims=True) == 0.0] = 1.0
        return cls(_column(mean.astype(array.dtype)), _column(deviation.astype(array.dtype)))

    def apply(self, X: Matrix[In, M], /) -> Matrix[In, M]:
        array = to_numpy(X)
        mean = to_numpy(self.mean).astype(array.dtype)
        deviation = to_numpy(self.deviation).astype(array.dtype)
        return _like(X, (array - mean) / (deviation + array.dtype.type(EPSILON)))

    def undo(self, A: Matrix[Out, M], /) -> Matrix[Out, M]:
        """`a_ij (deviation_i + 1e-6) + mean_i`."""
        array = to_numpy(A)
        mean = to_numpy(self.mean).astype(array.dtype)
        deviation = to_numpy(self.deviation).astype(array.dtype)
        return _like(A, array * (deviation + array.dtype.type(EPSILON)) + mean)

    @property
    def inputs(self) -> int:
        """How many inputs it was fitted to."""
        return int(to_numpy(self.mean).shape[0])

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        ours, theirs = ((to_numpy(s.mean), to_numpy(s.deviation)) for s in (self, other))
        return all(
            a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True)
        )

    def __hash__(self) -> int:
        return hash((to_numpy(self.mean).tobytes(), to_numpy(self.deviation).tobytes()))

    def __repr__(self) -> str:
        return f"Standardize({self.inputs} inputs)"


def _steps(steps: Iterable[Transform]) -> tuple[Transform, ...]:
    return tuple(steps)


@attrs.frozen
class Chain(Transform):
    """One transform after another, from the first to the last."""

    steps: tuple[Transform, ...] = attrs.field(converter=_steps)
    name: ClassVar[str] = "chain"

    def __attrs_post_init__(self) -> None:
        for step in self.steps:
            require_kind("Chain", "a step", step, Transform)
        sizes = sorted({step.inputs for step in self.steps if step.inputs is not None})
        if len(sizes) > 1:
            came = f"the steps were fitted to {' and '.join(map(str, sizes))} inputs"
            raise ShapeError("Chain", came, "one number of inputs")

    @classmethod
    def fitted_to(cls, X: Matrix[In, M], /) -> Self:
        """The chain of no steps: which steps there are is said by `fit`."""
        return cls(())

    def apply(self, X: Matrix[In, M], /) -> Matrix[In, M]:
        for step in self.steps:
            X = step.apply(X)
        return X

    @property
    def inputs(self) -> int | None:
        """How many inputs its steps were fitted to; None where they take any number."""
        return next((step.inputs for step in self.steps if step.inputs is not None), None)


unchanged: Unchanged = Unchanged()
center: Center = Center()

TRANSFORMS: Mapping[str, type[Transform]] = MappingProxyType(
    {kind.name: kind for kind in (Unchanged, Center, Standardize)}
)
"""The kinds of transform by their names."""


def fit(names: Sequence[str], X: Matrix[In, M]) -> Transform:
    """The transform of these names, in this order, fitted to the training examples `X`.

    Each step is fitted to what the steps before it give.  Raises `ArgumentError` for an unknown
    name, and `ShapeError`, `DtypeError` or `DataError` for an `X` that is no matrix of numbers.

    >>> import fdnn
    >>> class Pixel: ...
    >>> X = fdnn.from_numpy([[0.0, 2.0], [1.0, 3.0]], fdnn.Dim[Pixel](2), fdnn.Dim[Any](2))
    >>> fit(["center", "standardize"], X)
    Chain(steps=(Center(), Standardize(2 inputs)))
    """
    if isinstance(names, str):
        raise KindError("fit", f"names is the text {names!r}", f"a list of names, [{names!r}]")
    for name in names:
        if name not in TRANSFORMS:
            raise choice("fit", "a transform", name, TRANSFORMS)
    require_matrix("fit", "X", X)
    require_finite("fit", "X", to_numpy(X))

    steps: list[Transform] = []
    for name in names:
        step = TRANSFORMS[name].fitted_to(X)
        X = step(X)
        steps.append(step)
    return Chain(steps) if len(steps) != 1 else steps[0]


def transformed(
    batch: Batch[In, Out, M], transform: Transform, targets: Invertible = unchanged
) -> Batch[In, Out, M]:
    """The batch as the network sees it: its inputs transformed, and its labels by `targets`."""
    require_kind("transformed", "batch", batch, Batch)
    require_kind("transformed", "transform", transform, Transform, "such as center")
    require_kind("transformed", "targets", targets, Invertible, "such as unchanged")
    return Batch(transform(batch.X), targets(batch.Y), batch.inputs, batch.outputs, batch.weights)


def _like(X: Matrix[In, M], array: Array) -> Matrix[In, M]:
    """The array under the axes of `X`, read-only."""
    return sealed(unchecked(array, *size_of(X)))


def _column(array: Array) -> Matrix[Any, One]:
    return unchecked(freeze(array), Dim[Any](array.shape[0]), ONE)

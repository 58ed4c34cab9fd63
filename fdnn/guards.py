"""The guards at run time: what records check when they are built, and doors when entered.

mypy reads the annotations (ring 1).  Records check themselves when they are built (ring 2), and
every public function checks its arguments at its own door (ring 3); both need no tool but Python.
Ring 4 is typeguard: `enable()` teaches it to bind the names of axes to sizes for the length of one
call, from the very annotations that mypy reads.

    fdnn.guards.enable()

    @typeguard.typechecked
    def whiten(W: Matrix[Out, In], X: Matrix[In, M]) -> Matrix[Out, M]: ...

`import fdnn` does not import typeguard.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Sequence
from numbers import Real
from types import ModuleType
from typing import Any, get_args

import attrs
import numpy as np

from fdnn import matrix as mx
from fdnn.annotations import field_names, matrix_fields, root_arguments, size_of_axis
from fdnn.axes import ONE, Dim, describe, same_axis
from fdnn.errors import (
    ArgumentError,
    AxisError,
    DataError,
    DtypeError,
    KindError,
    ShapeError,
    missing_extra,
    with_article,
)
from fdnn.matrix import Matrix

# --------------------------------------------------------------------------- ring 2: inside records


@attrs.frozen(eq=False)
class Record:
    """The base of frozen attrs records that hold matrices, which are made read-only.

    What others could still write to is copied.  Pickle and copy go back through the constructor,
    because NumPy forgets there that an array was read-only.
    """

    def __attrs_post_init__(self) -> None:
        for name in matrix_fields(type(self)):
            value = getattr(self, name)
            mx.require_matrix(type(self).__name__, name, value)
            object.__setattr__(self, name, mx.owned(value))

    def __reduce__(self) -> tuple[object, ...]:
        fields = {name: getattr(self, name) for name in field_names(type(self))}
        blanks = [name for name in matrix_fields(type(self)) if mx.is_blank(fields[name])]
        return _rebuild, (
            type(self),
            fields,
            {name: mx.size_of(fields.pop(name)) for name in blanks},
        )

    def __repr__(self) -> str:
        values = {name: getattr(self, name) for name in field_names(type(self))}
        sizes = {name: values[name].shape for name in matrix_fields(type(self))}
        shown = ", ".join(f"{name}={value!r}" for name, value in {**values, **sizes}.items())
        return f"{type(self).__name__}({shown})"


def setters(kind: type) -> list[Callable[[object, object], None]]:
    """What sets the fields of a frozen record that is being made, of parts that are known to fit.

    A loop comes through here at every step: they take a third of the time of `__setattr__`.
    """
    return [kind.__dict__[name].__set__ for name in field_names(kind)]


def _rebuild(kind: Any, fields: dict[str, Any], blanks: dict[str, Any]) -> object:
    arguments = {name.lstrip("_"): value for name, value in fields.items()}
    return kind(**arguments, **{name: mx.blank(*size) for name, size in blanks.items()})


def require_sizes(record: object, axes: Sequence[Dim[Any]]) -> None:
    """Refuse a record whose matrices disagree with its axes, or with each other in dtype."""
    where = type(record).__name__
    sizes: dict[object, Dim[Any]] = {}
    dtypes: dict[str, object] = {}

    for axis, size in zip(root_arguments(type(record)), axes, strict=True):
        if not same_axis(sizes.setdefault(axis, size), size):
            raise ShapeError(where, f"axes are {describe(axes)}", f"{sizes[axis]!r} twice")
    for name, annotation in matrix_fields(type(record)).items():
        value: Matrix[Any, Any] = getattr(record, name)
        rows, columns = (size_of_axis(axis, sizes) for axis in get_args(annotation))
        mx.require_matrix(where, name, value, rows, columns, "as its axes say")
        if not mx.is_blank(value):
            dtypes[name] = mx.to_numpy(value).dtype
    if len(set(dtypes.values())) > 1:
        came = " and ".join(f"{name} has dtype {dtype}" for name, dtype in dtypes.items())
        raise DtypeError(where, came, "one dtype")


def speaks_for(kind: type, name: str, *others: str) -> bool:
    """Whether a class says `name` with its `others` in view: no class nearer to it defines one.

    A subclass that overrides the mathematics of its parent has inherited the rest of it unseen.
    """

    def place(attribute: str) -> int:
        return next(i for i, parent in enumerate(kind.__mro__) if attribute in vars(parent))

    return all(place(name) <= place(other) for other in others)


def real(value: float) -> float:
    """A number of any kind as a Python float, so that it takes on the precision of an array."""
    given: object = value
    return float(value) if isinstance(given, Real) else value


def positive(record: object, field: Any, value: Any) -> None:
    """The validator of a field that must be a positive number."""
    if not (isinstance(value, float) and math.isfinite(value) and value > 0.0):
        came = f"{field.name} is {value!r}"
        raise ArgumentError(type(record).__name__, came, "a positive number")


def not_negative(record: object, field: Any, value: Any) -> None:
    """The validator of a field that must be a number from 0 on."""
    if not (isinstance(value, float) and math.isfinite(value) and value >= 0.0):
        came = f"{field.name} is {value!r}"
        raise ArgumentError(type(record).__name__, came, "a number from 0 on")


def fraction(record: object, field: Any, value: Any) -> None:
    """The validator of a field that must be a number in [0, 1)."""
    if not (isinstance(value, float) and 0.0 <= value < 1.0):
        came = f"{field.name} is {value!r}"
        raise ArgumentError(type(record).__name__, came, "a number in [0, 1)")


# ----------------------------------------------------------------------------- ring 3: at the doors


def require_kind(where: str, argument: str, value: object, kind: type, hint: str = "") -> None:
    """Refuse a value that is no record of the kind that is due."""
    if isinstance(value, type) and issubclass(value, kind):
        came = f"{argument} is the class {value.__name__}"
        made = f"one that was made, {value.__name__}(...)"
        raise KindError(where, came, made)
    if not isinstance(value, kind):
        came = f"{argument} is {with_article(type(value).__name__)}"
        raise KindError(where, came, with_article(kind.__name__), hint)


def admit(
    where: str,
    argument: str,
    value: Matrix[Any, Any],
    rows: Dim[Any],
    why: str,
    dtype: np.dtype[Any] | None = None,
    columns: Dim[Any] | None = None,
) -> None:
    """Let a matrix in: two axes, the right sizes, the right dtype, finite numbers."""
    require_fits(where, argument, value, rows, why, dtype, columns)
    mx.require_finite(where, argument, mx.to_numpy(value))


def require_fits(
    where: str,
    argument: str,
    value: Matrix[Any, Any],
    rows: Dim[Any],
    why: str,
    dtype: np.dtype[Any] | None = None,
    columns: Dim[Any] | None = None,
) -> None:
    """`admit` for a matrix whose numbers are looked at elsewhere."""
    mx.require_matrix(where, argument, value, rows, columns, why)
    array = mx.to_numpy(value)
    if dtype is not None and array.dtype != dtype:
        came = f"{argument} has dtype {array.dtype}"
        raise DtypeError(where, came, str(dtype), "which is the dtype of the parameters")


def admit_weights(
    where: str, weights: Matrix[Any, Any], m: Dim[Any], dtype: np.dtype[Any], why: str
) -> None:
    """Let the weights of m examples in: one row of numbers from 0 on."""
    why = f"{why}; one weight for each example"
    mx.require_matrix(where, "weights", weights, ONE, m, why)
    array = mx.to_numpy(weights)
    if array.dtype != dtype:
        came = f"weights has dtype {array.dtype}"
        raise DtypeError(where, came, str(dtype), "which the examples have")
    mx.require_finite(where, "weights", array)
    if array.min() < 0.0:
        came = f"weights holds {array.min()}"
        raise DataError(where, came, "numbers from 0 on", "0 leaves an example out")


def require_same_axes(
    where: str, argument: str, given: Sequence[Dim[Any]], expected: Sequence[Dim[Any]], why: str
) -> None:
    """Refuse axes of other sizes (`ShapeError`) or of other known names (`AxisError`)."""
    ours, theirs = describe(expected), describe(given)
    if [*map(int, given)] != [*map(int, expected)]:
        raise ShapeError(where, f"{argument} has axes {theirs}", ours, why)
    for a, b in zip(given, expected, strict=True):
        if not same_axis(a, b):
            reason = f"{why}, and {a.name} is not {b.name} although both are {int(a)}"
            raise AxisError(where, f"{argument} has axes {theirs}", ours, reason)


# -------------------------------------------------------------------------------- ring 4: typeguard


def enable() -> None:
    """Teach typeguard to check the axes in annotations, from now on and in this process.

    Functions are checked that typeguard instruments: those under `@typeguard.typechecked`, and the
    modules named to `typeguard.install_import_hook`.  Calling it twice is the same as once.
    Raises `MissingExtraError` where typeguard is not installed.
    """
    _plug_in("guards.enable").enable()


def disable() -> None:
    """Undo `enable`."""
    _plug_in("guards.disable").disable()


def _plug_in(where: str) -> ModuleType:
    """Ring 4, which is loaded only now."""
    if importlib.util.find_spec("typeguard") is None:
        raise missing_extra(where, "typeguard", "guards")
    return importlib.import_module("fdnn.bindings")

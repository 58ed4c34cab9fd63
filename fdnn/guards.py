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
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from fdnn.annotations import Field, field_names, matrix_fields, size_of_axis
from fdnn.axes import Dim, describe
from fdnn.bindings import find_checker
from fdnn.errors import (
    ArgumentError,
    AxisError,
    DtypeError,
    KindError,
    MissingExtraError,
    ShapeError,
)
from fdnn.matrix import Matrix, is_blank, owned, require_finite, require_matrix, to_numpy

# --------------------------------------------------------------------------- ring 2: inside records


def own_matrices(record: object) -> None:
    """Make the matrices of a record that is being built read-only; copy what others can write."""
    kind: type = type(record)
    for name in matrix_fields(kind):
        value = getattr(record, name)
        require_matrix(kind.__name__, name, value)
        object.__setattr__(record, name, owned(value))


class Record:
    """The base of frozen attrs records that hold matrices: they own them, through pickle too.

    Pickle and copy go back through the constructor, because NumPy forgets there that an array was
    read-only.
    """

    __slots__ = ()

    def __attrs_post_init__(self) -> None:
        own_matrices(self)

    def __reduce__(self) -> tuple[object, ...]:
        kind: type = type(self)
        return kind, tuple(getattr(self, name) for name in field_names(kind))


def require_sizes(record: object, sizes: Mapping[object, Dim[Any]]) -> None:
    """Refuse a record whose matrices disagree with its axes, or with each other in dtype."""
    kind: type = type(record)
    where = kind.__name__
    dtypes: dict[str, str] = {}

    for name, (rows, columns) in matrix_fields(kind).items():
        value: Matrix[Any, Any] = getattr(record, name)
        why = "as its axes say"
        require_matrix(
            where, name, value, size_of_axis(rows, sizes), size_of_axis(columns, sizes), why
        )
        if not is_blank(value):
            dtypes[name] = to_numpy(value).dtype.name
    if len(set(dtypes.values())) > 1:
        came = " and ".join(f"{name} has dtype {dtype}" for name, dtype in dtypes.items())
        raise DtypeError(where, came, "one dtype")


def real(value: float) -> float:
    """A number of any kind as a Python float, so that it takes on the precision of an array."""
    given: object = value
    return float(value) if isinstance(given, Real) else value


def positive(record: object, field: Field, value: object) -> None:
    """The validator of a field that must be a positive number."""
    if not (isinstance(value, float) and math.isfinite(value) and value > 0.0):
        raise ArgumentError(
            type(record).__name__, f"{field.name} is {value!r}", "a positive number"
        )


def fraction(record: object, field: Field, value: object) -> None:
    """The validator of a field that must be a number in [0, 1)."""
    if not (isinstance(value, float) and 0.0 <= value < 1.0):
        came = f"{field.name} is {value!r}"
        raise ArgumentError(type(record).__name__, came, "a number in [0, 1)")


# ------------------------------------------------------------------------------ ring 3: at the doors


def require_kind(where: str, argument: str, value: object, kind: type, hint: str = "") -> None:
    """Refuse a value that is no record of the kind that is due."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        article = "" if kind.__name__ in ("Params", "Grads") else f"{article} "
        came = f"{argument} is a {type(value).__name__}"
        raise KindError(where, came, f"{article}{kind.__name__}", hint)


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
    require_matrix(where, argument, value, rows, columns, why)
    array = to_numpy(value)
    if dtype is not None and array.dtype != dtype:
        came = f"{argument} has dtype {array.dtype}"
        raise DtypeError(where, came, str(dtype), "which is the dtype of the parameters")
    require_finite(where, argument, array)


def require_same_axes(
    where: str,
    argument: str,
    given: Sequence[Dim[Any]],
    expected: Sequence[Dim[Any]],
    why: str,
) -> None:
    """Refuse axes of other sizes (`ShapeError`) or of other known names (`AxisError`)."""
    ours, theirs = describe(expected), describe(given)
    if [*map(int, given)] != [*map(int, expected)]:
        raise ShapeError(where, f"{argument} has axes {theirs}", ours, why)
    for a, b in zip(given, expected, strict=True):
        if a.name is not None and b.name is not None and a.name != b.name:
            reason = f"{why}, and {a.name} is not {b.name} although both are {int(a)}"
            raise AxisError(where, f"{argument} has axes {theirs}", ours, reason)


# -------------------------------------------------------------------------------- ring 4: typeguard


def enable() -> None:
    """Teach typeguard to check the axes in annotations, from now on and in this process.

    Functions are checked that typeguard instruments: those under `@typeguard.typechecked`, and the
    modules named to `typeguard.install_import_hook`.  Calling it twice is the same as once.
    Raises `MissingExtraError` where typeguard is not installed.
    """
    lookups = _lookups("guards.enable")
    if find_checker not in lookups:
        lookups.insert(0, find_checker)


def disable() -> None:
    """Undo `enable`."""
    lookups = _lookups("guards.disable")
    if find_checker in lookups:
        lookups.remove(find_checker)


def _lookups(where: str) -> list[Any]:
    if importlib.util.find_spec("typeguard") is None:
        came = "typeguard is not installed"
        raise MissingExtraError(where, came, "it to be", "pip install 'fdnn[guards]'")
    from typeguard import checker_lookup_functions

    return checker_lookup_functions

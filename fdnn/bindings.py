"""Ring 4: a checker for typeguard that binds the names of axes to sizes, for one call.

typeguard makes one memo a call, for all arguments and the return value.  The checkers here keep in
it what size each name has had so far and where that was seen, so that `W: Matrix[Out, In]` and
`X: Matrix[In, M]` must agree on `In`; through records too, whose axes are read from the record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import (
    TYPE_CHECKING,
    Any,
    TypeAlias,
    TypeVar,
    Unpack,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np
from typeguard import TypeCheckError, checker_lookup_functions

from fdnn.annotations import (
    Names,
    field_names,
    fill,
    is_starred,
    matrix_fields,
    pair,
    root_arguments,
)
from fdnn.axes import Biased, Dim, One, axis_name, describe
from fdnn.matrix import Matrix

if TYPE_CHECKING:
    from typeguard import TypeCheckMemo as Memo

    Function = TypeVar("Function", bound=Callable[..., object])

    def not_instrumented(function: Function) -> Function:
        """Keep typeguard's import hook from instrumenting a function."""
        ...

else:
    from typing import no_type_check as not_instrumented

Checker: TypeAlias = Callable[[Any, Any, tuple[Any, ...], Any], None]
Bound: TypeAlias = tuple[tuple[int, ...], str]
"""The size (or sizes, of a starred name) that a name has in this call, and where it was seen."""

_KEY = "fdnn: sizes of axes"


@not_instrumented  # typeguard would ask it how to check its own arguments
def find_checker(origin: Any, args: tuple[Any, ...], extras: tuple[Any, ...]) -> Checker | None:
    """The checker of an annotation that names axes; None leaves it to typeguard."""
    if not isinstance(origin, type) or not args:
        return None
    ours = origin.__module__.startswith("fdnn.")
    if ours and getattr(origin, "_is_protocol", False):
        return lambda _value, _origin, _args, _memo: None
    checkers: dict[type, Checker] = {Matrix: check_matrix, Dim: check_dim}
    default = check_record if ours or hasattr(origin, "axes") else None
    return checkers.get(origin, default)


def check_matrix(value: Any, _origin: Any, names: Names, memo: Memo) -> None:
    """A matrix must be an array with two axes, of the sizes that their names have in this call."""
    given: object = value
    if not isinstance(given, np.ndarray):
        _refuse(f"is a {type(given).__name__}", names, "a matrix is an array", memo)
    shape: tuple[int, ...] = np.shape(value)
    if len(shape) != len(names):
        _refuse(f"has shape {shape}", names, "a matrix has two axes", memo)
    _bind(names, shape, lambda: f"shape {shape}", value, memo)


def check_dim(value: Any, _origin: Any, names: Names, memo: Memo) -> None:
    """A size must be a whole number, and be that of its axis, by name and in this call."""
    if not isinstance(value, int):
        _refuse(f"is {value!r}", names, "a size is a whole number", memo)
    _bind(names, (value,), lambda: repr(value), value, memo)


def check_record(value: Any, origin: Any, args: Names, memo: Memo) -> None:
    """A record must be of its kind, and its axes of the sizes that their names have in this call.

    A record says its axes itself, in the order of its type parameters; of one that does not, the
    fields that are matrices, and those that have axes, are looked at.
    """
    instance: object = value
    if not isinstance(instance, origin):
        expected: type = origin
        why = f"it must be of kind {expected.__name__}"
        _refuse(f"is a {type(value).__name__}", args, why, memo)

    given = root_arguments(origin, args)
    axes: tuple[Dim[Any], ...] | None = getattr(value, "axes", None)
    if axes is not None:
        _bind(given, axes, lambda: f"axes {describe(axes)}", value, memo)
        return
    kind: Any = instance.__class__  # it may be of a kind of `origin`, with parameters of its own
    filled = dict(zip(root_arguments(kind), given, strict=False))
    own = tuple(filled.get(parameter, Any) for parameter in kind.__parameters__)
    for field, annotation in matrix_fields(kind).items():
        shape: tuple[int, ...] = getattr(value, field).shape
        came = f"{field} of shape {shape}"
        _bind(fill(annotation, kind, own), shape, came.__str__, value, memo)
    hints = get_type_hints(kind)
    for field in field_names(kind):
        hint: Any = hints.get(field)
        if not hasattr(get_origin(hint), "axes"):
            continue
        inner: tuple[Dim[Any], ...] = getattr(value, field).axes
        arguments = root_arguments(get_origin(hint), fill(hint, kind, own))
        came = f"{field} with axes {describe(inner)}"
        _bind(arguments, inner, came.__str__, value, memo)


def _bind(
    names: Names, sizes: Sequence[int], came: Callable[[], str], value: object, memo: Memo
) -> None:
    """Give every name its size for this call, or refuse; nothing is bound unless all of it fits."""
    pairs = pair(names, sizes)
    if pairs is None:
        _refuse(f"has {came()}", names, "the number of axes differs", memo)

    known: dict[object, Bound] = memo.locals.setdefault(_KEY, {One: ((1,), "every call")})
    new: dict[object, Bound] = {}
    for axis, size in pairs or ():
        if axis is Any or (is_starred(axis) and get_origin(axis) is not Unpack):
            continue
        expected_name, name = axis_name(axis), getattr(size[0] if size else 0, "name", None)
        if expected_name is not None and name is not None and name != expected_name:
            _refuse(f"has {came()}", names, f"{name} is not {expected_name}", memo)
        if get_origin(axis) is Biased:
            axis, size = get_args(axis)[0], (size[0] - 1,)
        expected, where = known.get(axis) or new.get(axis) or (size, _place(value, memo))
        if tuple(expected) != tuple(size):
            why = f"{_label(axis)} is {_number(expected)} in {where}"
            _refuse(f"has {came()}", names, why, memo)
        new[axis] = (expected, where)
    known.update(new)


def _refuse(came: str, names: Names, why: str, memo: Memo) -> None:
    known: dict[object, Bound] = memo.locals.get(_KEY, {})
    sizes = [known[axis][0] if axis in known else () for axis in names]
    words = [_label(a) + (f"={_number(n)}" if n else "") for a, n in zip(names, sizes, strict=True)]
    raise TypeCheckError(f"{came}, expected ({', '.join(words)}): {why}")


def _label(axis: object) -> str:
    if is_starred(axis):
        return f"*{get_args(axis)[0]!s}" if get_origin(axis) is Unpack else "..."
    return axis_name(axis) or str(getattr(axis, "__name__", axis))


def _number(size: tuple[int, ...]) -> str:
    return str(int(size[0])) if len(size) == 1 else describe(tuple(size))


def _place(value: object, memo: Memo) -> str:
    """The argument that a value is, found by identity."""
    arguments = [name for name, argument in memo.locals.items() if argument is value]
    return arguments[0] if arguments else "the return value"


# --------------------------------------------------------------------------------------- on and off


def enable() -> None:
    """Let typeguard ask `find_checker` first."""
    if find_checker not in checker_lookup_functions:
        checker_lookup_functions.insert(0, find_checker)


def disable() -> None:
    """Let typeguard ask it no more."""
    if find_checker in checker_lookup_functions:
        checker_lookup_functions.remove(find_checker)

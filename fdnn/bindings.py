"""Ring 4: a checker for typeguard that binds the names of axes to sizes, for one call.

typeguard makes one memo a call, for all arguments and the return value.  The checkers here keep in
it what size each name has had so far and where that was seen, so that `W: Matrix[Out, In]` and
`X: Matrix[In, M]` must agree on `In`; through records too, whose axes are read from the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, Unpack, get_args, get_origin

import numpy as np

from fdnn.annotations import is_starred, matrix_fields, pair, root_arguments, substitute
from fdnn.axes import Biased, Dim, One, axis_name, describe
from fdnn.matrix import Array, AxisNames

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
    for extra in extras:
        if isinstance(extra, AxisNames):
            return lambda value, _origin, _args, memo: check_matrix(value, extra.names, memo)
    if not isinstance(origin, type) or not args:
        return None
    if origin is Dim:
        return lambda value, _origin, axes, memo: check_dim(value, axes[0], memo)
    if getattr(origin, "_is_protocol", False) and origin.__module__.startswith("fdnn."):
        return lambda _value, _origin, _args, _memo: None
    if origin.__module__.startswith("fdnn.") or hasattr(origin, "axes"):
        return check_record
    return None


def check_matrix(value: Any, names: Sequence[object], memo: Memo) -> None:
    """A matrix must be an array with two axes, of the sizes that their names have in this call."""
    if not isinstance(value, np.ndarray):
        _refuse(f"is a {type(value).__name__}", names, "a matrix is an array", memo)
    array: Array = np.asarray(value)
    if array.ndim != len(names):
        _refuse(f"has shape {array.shape}", names, "a matrix has two axes", memo)
    _bind(names, array.shape, lambda: f"shape {array.shape}", _place(value, memo), memo)


def check_dim(value: Any, axis: object, memo: Memo) -> None:
    """A size must be a whole number, and be that of its axis, by name and in this call."""
    if not isinstance(value, int):
        _refuse(f"is {value!r}", (axis,), "a size is a whole number", memo)
    _bind((axis,), (value,), lambda: repr(value), _place(value, memo), memo)


def check_record(value: Any, origin: Any, args: tuple[Any, ...], memo: Memo) -> None:
    """A record must be of its kind, and its axes of the sizes that their names have in this call.

    A record says its axes itself, in the order of its type parameters; of one that does not, the
    fields that are matrices are looked at.
    """
    if not isinstance(value, origin):
        kind: type = origin
        _refuse(f"is a {type(value).__name__}", args, f"it must be of kind {kind.__name__}", memo)

    place = _place(value, memo)
    axes: tuple[Dim[Any], ...] | None = getattr(value, "axes", None)
    if axes is not None:
        names = substitute(root_arguments(origin), origin, args)
        _bind(names, axes, lambda: f"axes {describe(axes)}", place, memo)
        return
    record: type = origin
    for field, field_names in matrix_fields(record).items():
        shape: tuple[int, ...] = getattr(value, field).shape
        names = substitute(field_names, origin, args)
        _bind(names, shape, partial("{} of shape {}".format, field, shape), place, memo)


def _bind(
    names: Sequence[object], sizes: Sequence[int], came: Callable[[], str], place: str, memo: Memo
) -> None:
    """Give every name its size for this call, or refuse; nothing is bound unless all of it fits."""
    pairs = pair(names, sizes)
    if pairs is None:
        _refuse(f"has {came()}", names, "the number of axes differs", memo)
        return

    known: dict[object, Bound] = memo.locals.setdefault(_KEY, {One: ((1,), "every call")})
    new: dict[object, Bound] = {}
    for name, found in pairs:
        axis, size = _unbiased(name, found)
        if axis is Any or (is_starred(axis) and get_origin(axis) is not Unpack):
            continue
        _require_name(axis, found, came, names, memo)
        expected, where = known.get(axis) or new.get(axis) or (size, place)
        if tuple(expected) != tuple(size):
            why = f"{_label(axis)} is {_number(expected)} in {where}"
            _refuse(f"has {came()}", names, why, memo)
        new[axis] = (expected, where)
    known.update(new)


def _unbiased(axis: object, size: tuple[int, ...]) -> tuple[object, tuple[int, ...]]:
    """`Biased[N]` of size n + 1 says that `N` has size n."""
    if get_origin(axis) is not Biased:
        return axis, size
    (inner,) = get_args(axis)
    return inner, (size[0] - 1,)


def _require_name(
    axis: object,
    size: tuple[int, ...],
    came: Callable[[], str],
    names: Sequence[object],
    memo: Memo,
) -> None:
    """Refuse a size that remembers the name of another axis."""
    expected = axis_name(axis)
    given = getattr(size[0], "name", None) if len(size) == 1 else None
    if expected is not None and given is not None and given != expected:
        _refuse(f"has {came()}", names, f"{given} is not {expected}", memo)


def _refuse(came: str, names: Sequence[object], why: str, memo: Memo) -> None:
    from typeguard import TypeCheckError

    raise TypeCheckError(f"{came}, expected {_describe_names(names, memo)}: {why}")


def _describe_names(names: Sequence[object], memo: Memo) -> str:
    """The expected axes, with the sizes that are bound already: `(In=3, M)`."""
    known: dict[object, Bound] = memo.locals.get(_KEY, {})

    def words() -> Iterator[str]:
        for axis in names:
            size, _ = known.get(axis, ((), ""))
            yield f"{_label(axis)}={_number(size)}" if size else _label(axis)

    return f"({', '.join(words())})"


def _label(axis: object) -> str:
    if is_starred(axis):
        return f"*{get_args(axis)[0]!s}" if get_origin(axis) is Unpack else "..."
    return axis_name(axis) or str(getattr(axis, "__name__", axis))


def _number(size: tuple[int, ...]) -> str:
    return str(int(size[0])) if len(size) == 1 else describe(tuple(size))


def _place(value: object, memo: Memo) -> str:
    """The argument that a value is, found by identity."""
    for name, argument in memo.locals.items():
        if argument is value:
            return name
    return "the return value"

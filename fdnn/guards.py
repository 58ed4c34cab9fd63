"""The guards at run time: what the doors check, and a checker of annotations for typeguard.

Three of the four rings need no tool but Python.  mypy reads the annotations (ring 1); records check
themselves when they are built (ring 2); every public function checks its arguments at its own door
(ring 3).  Ring 4 is typeguard: `enable()` teaches it to bind the names of axes to sizes for the
length of one call, across arguments, through records, and in the return value, from the very
annotations that mypy reads.

    fdnn.guards.enable()

    @typeguard.typechecked
    def whiten(W: Matrix[Out, In], X: Matrix[In, M]) -> Matrix[Out, M]: ...

`import fdnn` does not import typeguard.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from numbers import Real
from types import MappingProxyType
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    TypeAlias,
    TypeVar,
    Unpack,
    get_origin,
    get_type_hints,
)

import attrs
import numpy as np

from fdnn.axes import Biased, Dim, One, axis_name, named_dim
from fdnn.errors import (
    ArgumentError,
    AxisError,
    DtypeError,
    KindError,
    MissingExtraError,
    ShapeError,
)
from fdnn.matrix import (
    AxisNames,
    Matrix,
    is_blank,
    owned,
    require_finite,
    require_matrix,
    to_numpy,
)

if TYPE_CHECKING:
    from typeguard import TypeCheckMemo as Memo

    _Function = TypeVar("_Function", bound=Callable[..., object])

    def _not_instrumented(function: _Function) -> _Function: ...

else:
    from typing import no_type_check as _not_instrumented

# ----------------------------------------------------------------- reading the annotations of records


if TYPE_CHECKING:
    Field: TypeAlias = attrs.Attribute[Any]
else:
    Field = attrs.Attribute  # takes no argument at run time, where typeguard reads annotations


def field_names(record: type) -> tuple[str, ...]:
    """The names of the fields of an attrs record, in order."""
    kind: Any = record
    return tuple(field.name for field in attrs.fields(kind))


def _matrix_fields(record: type) -> Mapping[str, tuple[object, object]]:
    try:
        hints = get_type_hints(record, include_extras=True)
    except NameError as error:
        came = f"its annotations name {error.name!r}, which cannot be seen"
        raise ArgumentError(record.__name__, came, "names of the module it is defined in") from None

    found: dict[str, tuple[object, object]] = {}
    for name in field_names(record):
        for extra in getattr(hints.get(name), "__metadata__", ()):
            if isinstance(extra, AxisNames):
                rows, columns = extra.names
                found[name] = (rows, columns)
    return MappingProxyType(found)


matrix_fields: Callable[[type], Mapping[str, tuple[object, object]]] = cache(_matrix_fields)
"""The fields that a record annotates as `Matrix[rows, columns]`, with those two names."""


def _root_arguments(record: type) -> tuple[object, ...]:
    for base in getattr(record, "__orig_bases__", ()):
        origin = get_origin(base)
        if origin is Generic:
            return tuple(base.__args__)
        if isinstance(origin, type) and hasattr(origin, "__orig_bases__"):
            return substitute(root_arguments(origin), origin, base.__args__)
    for parent in record.__bases__:
        if hasattr(parent, "__orig_bases__"):
            return root_arguments(parent)
    return ()


root_arguments: Callable[[type], tuple[object, ...]] = cache(_root_arguments)
"""How a class fills the type parameters of its root: `Norm(Layer[F, F])` gives `(F, F)`."""


def substitute(
    names: Sequence[object], record: type, arguments: Sequence[object]
) -> tuple[object, ...]:
    """The names with the class's type parameters replaced by what they are given."""
    parameters = tuple(getattr(record, "__parameters__", ()))
    starred = [i for i, parameter in enumerate(parameters) if not isinstance(parameter, TypeVar)]
    if starred:
        i = starred[0]
        after = len(parameters) - i - 1
        middle = tuple(arguments[i : len(arguments) - after])
        filled: dict[object, tuple[object, ...]] = {}
        for parameter, argument in zip(parameters[:i], arguments[:i], strict=False):
            filled[parameter] = (argument,)
        last = arguments[len(arguments) - after :] if after else ()
        for parameter, argument in zip(parameters[i + 1 :], last, strict=False):
            filled[parameter] = (argument,)
        filled[Unpack[parameters[i]]] = middle
    else:
        filled = {p: (a,) for p, a in zip(parameters, arguments, strict=False)}

    result: list[object] = []
    for name in names:
        if get_origin(name) is Biased:
            inner = substitute(name.__args__, record, arguments)  # type: ignore[attr-defined]  # a generic alias has them
            result.append(Biased[inner[0]])  # type: ignore[valid-type]  # a value here
        else:
            result.extend(filled.get(name, (name,)))
    return tuple(result)


def size_of_axis(axis: object, sizes: Mapping[object, Dim[Any]]) -> Dim[Any] | None:
    """The size of an axis, given those of the type parameters; None where it is not known."""
    if axis is One:
        return named_dim(1, "One")
    if get_origin(axis) is Biased:
        inner = size_of_axis(axis.__args__[0], sizes)  # type: ignore[attr-defined]  # a generic alias has them
        return inner if inner is None else named_dim(inner + 1, f"Biased[{inner.name}]")
    return sizes.get(axis)


# ---------------------------------------------------------------------------- ring 2: inside records


def own_matrices(record: object) -> None:
    """Make every matrix of a record that is being built read-only, copying what others can write."""
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


# ------------------------------------------------------------------------------- ring 3: at the doors


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


def describe(axes: Sequence[Dim[Any]]) -> str:
    """The axes as people read them: `(Pixel=12288, Hidden=20, Cat=1)`."""
    return f"({', '.join(map(repr, axes))})"


# -------------------------------------------------------------------------------- ring 4: typeguard

_BINDINGS = "fdnn: sizes of axes"


def enable() -> None:
    """Teach typeguard to check the axes in annotations, from now on and in this process.

    Functions are checked that typeguard instruments: those under `@typeguard.typechecked`, and the
    modules named to `typeguard.install_import_hook`.  Calling it twice is the same as once.
    Raises `MissingExtraError` where typeguard is not installed.
    """
    if importlib.util.find_spec("typeguard") is None:
        raise MissingExtraError(
            "guards.enable", "typeguard is not installed", "it to be", "pip install 'fdnn[guards]'"
        )
    from typeguard import checker_lookup_functions

    if _find_checker not in checker_lookup_functions:
        checker_lookup_functions.insert(0, _find_checker)


def disable() -> None:
    """Undo `enable`."""
    from typeguard import checker_lookup_functions

    if _find_checker in checker_lookup_functions:
        checker_lookup_functions.remove(_find_checker)


_Checker = Callable[[Any, Any, tuple[Any, ...], Any], None]


@_not_instrumented  # typeguard would ask it how to check its own arguments
def _find_checker(origin: Any, args: tuple[Any, ...], extras: tuple[Any, ...]) -> _Checker | None:
    """The checker of an annotation that names axes; None leaves it to typeguard."""
    for extra in extras:
        if isinstance(extra, AxisNames):
            return lambda value, _origin, _args, memo: _check_matrix(value, extra.names, memo)
    if not isinstance(origin, type) or not args:
        return None
    if origin is Dim:
        return lambda value, _origin, axes, memo: _check_dim(value, axes[0], memo)
    if origin.__module__.partition(".")[0] == "fdnn" or hasattr(origin, "axes"):
        if getattr(origin, "_is_protocol", False):
            return lambda _value, _origin, _args, _memo: None
        return _check_record
    return None


def _check_matrix(value: Any, names: Sequence[object], memo: Memo) -> None:
    from typeguard import TypeCheckError

    if not isinstance(value, np.ndarray) or value.ndim != len(names):
        kind = f"has shape {value.shape}" if isinstance(value, np.ndarray) else "is no array"
        raise TypeCheckError(f"{kind}, expected {_known(names, memo)}: a matrix has two axes")
    _bind_all(names, value.shape, f"shape {value.shape}", _place(value, memo), memo)


def _check_dim(value: Any, axis: object, memo: Memo) -> None:
    from typeguard import TypeCheckError

    if not isinstance(value, int):
        raise TypeCheckError(f"is {value!r}, expected the size of {_label(axis)}")
    name = getattr(value, "name", None)
    expected = axis_name(axis)
    if name is not None and expected is not None and name != expected:
        raise TypeCheckError(f"is {value!r}, expected the size of {expected}")
    _bind_all((axis,), (value,), repr(value), _place(value, memo), memo)


def _check_record(value: Any, origin: Any, args: tuple[Any, ...], memo: Memo) -> None:
    from typeguard import TypeCheckError

    if not isinstance(value, origin):
        raise TypeCheckError(f"is a {type(value).__name__}, expected a {origin.__name__}")

    place = _place(value, memo)
    axes: tuple[Dim[Any], ...] | None = getattr(value, "axes", None)
    if axes is not None:
        names = substitute(root_arguments(origin), origin, args)
        _bind_all(names, axes, f"axes {describe(axes)}", place, memo)
        return
    kind: type = type(value)
    for field, names in matrix_fields(kind).items():
        array = to_numpy(getattr(value, field))
        concrete = substitute(names, origin, args)
        _bind_all(concrete, array.shape, f"{field} of shape {array.shape}", place, memo)


def _bind_all(
    names: Sequence[object], sizes: Sequence[int], came: str, place: str, memo: Memo
) -> None:
    """Give every name its size for this call, or refuse; nothing is bound unless all of it fits."""
    from typeguard import TypeCheckError

    known: dict[object, tuple[tuple[int, ...], str]] = memo.locals.setdefault(_BINDINGS, {})
    new: dict[object, tuple[tuple[int, ...], str]] = {}

    pairs = _pair(names, sizes)
    if pairs is None:
        expected = _known(names, memo)
        raise TypeCheckError(f"has {came}, expected {expected}: the number of axes differs")
    for axis, found in pairs:
        if get_origin(axis) is Biased and len(found) == 1:
            axis, found = axis.__args__[0], (found[0] - 1,)  # type: ignore[attr-defined]  # a generic alias has them
        if axis is Any:
            continue
        expected_name = axis_name(axis)
        names_here = [getattr(size, "name", None) for size in found]
        if expected_name is not None and names_here[0] not in (None, expected_name):
            raise TypeCheckError(f"has {came}, expected {_known(names, memo)}")
        size, where = known.get(axis) or new.get(axis) or (found, place)
        if axis is One:
            size, where = (1,), "every call"
        if [*map(int, size)] != [*map(int, found)]:
            expected = _known(names, memo)
            number = size[0] if len(size) == 1 else size
            why = f"{_label(axis)} is {number} in {where}"
            raise TypeCheckError(f"has {came}, expected {expected}: {why}")
        new[axis] = (size, where)
    known.update(new)


def _pair(
    names: Sequence[object], sizes: Sequence[int]
) -> Sequence[tuple[object, tuple[int, ...]]] | None:
    """Names with their sizes; a starred name takes as many as are left. None if they do not fit."""
    starred = [i for i, name in enumerate(names) if _is_starred(name)]
    if not starred:
        if len(names) != len(sizes):
            return None
        return [(name, (size,)) for name, size in zip(names, sizes, strict=True)]

    i = starred[0]
    after = len(names) - i - 1
    if len(sizes) < i + after:
        return None
    head = [(name, (size,)) for name, size in zip(names[:i], sizes[:i], strict=True)]
    tail_sizes = sizes[len(sizes) - after :] if after else ()
    tail = [(name, (size,)) for name, size in zip(names[i + 1 :], tail_sizes, strict=True)]
    middle = tuple(sizes[i : len(sizes) - after])

    is_variable = get_origin(names[i]) is Unpack
    return [*head, *([(names[i], middle)] if is_variable else []), *tail]


def _is_starred(name: object) -> bool:
    return get_origin(name) is Unpack or bool(getattr(name, "__unpacked__", False))


def _label(axis: object) -> str:
    if _is_starred(axis):
        return f"*{axis.__args__[0]!s}"  # type: ignore[attr-defined]  # a generic alias has them
    return axis_name(axis) or str(getattr(axis, "__name__", axis))


def _known(names: Sequence[object], memo: Memo) -> str:
    """The expected axes, with the sizes that are bound already: `(In=3, M)`."""
    known = memo.locals.get(_BINDINGS, {})

    def words() -> Iterator[str]:
        for axis in names:
            size = (1,) if axis is One else known.get(axis, ((), ""))[0]
            yield f"{_label(axis)}={int(size[0])}" if len(size) == 1 else _label(axis)

    return f"({', '.join(words())})"


def _place(value: object, memo: Memo) -> str:
    for name, argument in memo.locals.items():
        if argument is value:
            return name
    return "the return value"

"""Reading the annotations of records: the same words that mypy reads, at run time.

`Wb: Matrix[Out, Biased[In]]` says which fields of a record are matrices and how large they must be;
`class Norm(Layer[F, F])` says how a kind fills the axes of its root.  Records check themselves by
it (ring 2), and so do calls (ring 4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import (
    Any,
    Generic,
    TypeAlias,
    TypeVar,
    TypeVarTuple,
    Unpack,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs

from fdnn.axes import ONE, Biased, Dim, One, biased
from fdnn.errors import ArgumentError
from fdnn.matrix import Matrix

T = TypeVar("T")
Names: TypeAlias = tuple[object, ...]


def field_names(record: Any) -> tuple[str, ...]:
    """The names of the fields of an attrs record that its constructor takes, in order."""
    return tuple(field.name for field in attrs.fields(record) if field.init)


def _matrix_fields(record: Any) -> Mapping[str, Any]:
    try:
        hints = get_type_hints(record)
    except NameError as error:
        came = f"its annotations name {error.name!r}, which cannot be seen"
        raise ArgumentError(record.__name__, came, "names of the module it is defined in") from None
    fields = {name: hints.get(name) for name in field_names(record)}
    return MappingProxyType({n: hint for n, hint in fields.items() if get_origin(hint) is Matrix})


matrix_fields: Callable[[Any], Mapping[str, Any]] = cache(_matrix_fields)
"""The fields that a record annotates as `Matrix[rows, columns]`, with those annotations."""


def _root_arguments(kind: Any, arguments: Names | None = None) -> Names:
    for base in getattr(kind, "__orig_bases__", ()):
        origin = get_origin(base)
        if origin is Generic:
            return get_args(base) if arguments is None else arguments
        if hasattr(origin, "__orig_bases__"):
            return root_arguments(origin, fill(base, kind, arguments))
    parents = [parent for parent in kind.__bases__ if hasattr(parent, "__orig_bases__")]
    return root_arguments(parents[0], arguments) if parents else ()


root_arguments: Callable[..., Names] = cache(_root_arguments)
"""How a class, given its type arguments, fills the type parameters of its root.

`class Norm(Layer[F, F])` gives `(F, F)`, and given `(Hidden,)` it gives `(Hidden, Hidden)`.
"""


def fill(annotation: Any, record: Any, arguments: Names | None) -> Names:
    """The arguments of an annotation, with the type parameters of a record filled in."""
    if arguments is None or not annotation.__parameters__:
        return get_args(annotation)
    given = dict(pair([*map(_as_argument, record.__parameters__)], arguments) or ())
    chosen = [given.get(_as_argument(p), (Any,)) for p in annotation.__parameters__]
    return get_args(annotation[tuple(name for names in chosen for name in names)])


def _as_argument(parameter: Any) -> object:
    return Unpack[parameter] if isinstance(parameter, TypeVarTuple) else parameter


def is_starred(name: object) -> bool:
    """Whether a name stands for any number of axes, `*Hidden` or `*tuple[Any, ...]`."""
    return get_origin(name) is Unpack or bool(getattr(name, "__unpacked__", False))


def pair(names: Sequence[object], values: Sequence[T]) -> list[tuple[object, tuple[T, ...]]] | None:
    """Names with their values; a starred name takes as many as are left. None if they do not fit.

    >>> pair(["In", "Out"], [3, 2])
    [('In', (3,)), ('Out', (2,))]
    """
    starred = [place for place, name in enumerate(names) if is_starred(name)]
    spare = len(values) - len(names)
    if spare < -len(starred) or (spare > 0 and not starred):
        return None
    groups: list[tuple[T, ...]] = [(value,) for value in values]
    for place in starred:
        groups[place : place + spare + 1] = [tuple(values[place : place + spare + 1])]
    return list(zip(names, groups, strict=True))


def size_of_axis(axis: object, sizes: Mapping[object, Dim[Any]]) -> Dim[Any] | None:
    """The size of an axis, given those of the type parameters; None where it is not known."""
    if axis is One:
        return ONE
    if get_origin(axis) is Biased:
        size = size_of_axis(get_args(axis)[0], sizes)
        return None if size is None else biased(size)
    return sizes.get(axis)


def weight_columns(annotation: Any, columns: int) -> int:
    """How many of the leading columns of a parameter are weights, by its annotation.

    Of `Matrix[Out, Biased[In]]` all but the bias; of a column, `Matrix[Out, One]`, none; of any
    other matrix all.
    """
    axis = get_args(annotation)[1]
    if axis is One:
        return 0
    return columns - 1 if get_origin(axis) is Biased else columns

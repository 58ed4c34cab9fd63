"""Reading the annotations of records: the same words that mypy reads, at run time.

`Wb: Matrix[Out, Biased[In]]` says which fields of a record are matrices and how large they must be;
`class Norm(Layer[F, F])` says how a kind fills the axes of its root.  Records check themselves by
it (ring 2), and so do calls (ring 4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import GenericAlias, MappingProxyType
from typing import (
    TYPE_CHECKING,
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
from fdnn.matrix import AxisNames

T = TypeVar("T")

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
            return get_args(base)
        if isinstance(origin, type) and hasattr(origin, "__orig_bases__"):
            return substitute(root_arguments(origin), origin, get_args(base))
    for parent in record.__bases__:
        if hasattr(parent, "__orig_bases__"):
            return root_arguments(parent)
    return ()


root_arguments: Callable[[type], tuple[object, ...]] = cache(_root_arguments)
"""How a class fills the type parameters of its root: `Norm(Layer[F, F])` gives `(F, F)`."""


def is_starred(name: object) -> bool:
    """Whether a name stands for any number of axes, `*Hidden` or `*tuple[Any, ...]`."""
    return get_origin(name) is Unpack or bool(getattr(name, "__unpacked__", False))


def pair(names: Sequence[object], values: Sequence[T]) -> list[tuple[object, tuple[T, ...]]] | None:
    """Names with their values; a starred name takes as many as are left. None if they do not fit.

    >>> pair(["In", "Out"], [3, 2])
    [('In', (3,)), ('Out', (2,))]
    """
    starred = [place for place, name in enumerate(names) if is_starred(name)]
    before = starred[0] if starred else len(names)
    after = len(names) - before - 1 if starred else 0
    if len(values) < before + after or (not starred and len(values) != len(names)):
        return None

    end = len(values) - after
    groups: list[tuple[T, ...]] = [(value,) for value in values[:before]]
    if starred:
        groups.append(tuple(values[before:end]))
    groups.extend((value,) for value in values[end:] if starred)
    return list(zip(names, groups, strict=True))


def substitute(
    names: Sequence[object], record: type, arguments: Sequence[object]
) -> tuple[object, ...]:
    """The names with the type parameters of a class replaced by what they are given."""
    parameters: tuple[object, ...] = getattr(record, "__parameters__", ())
    wanted = [Unpack[p] if isinstance(p, TypeVarTuple) else p for p in parameters]
    given = dict(pair(wanted, arguments) or ())

    result: list[object] = []
    for name in names:
        if get_origin(name) is Biased:
            (inner,) = substitute(get_args(name), record, arguments)
            result.append(GenericAlias(Biased, (inner,)))
        else:
            result.extend(given.get(name, (name,)))
    return tuple(result)


def size_of_axis(axis: object, sizes: Mapping[object, Dim[Any]]) -> Dim[Any] | None:
    """The size of an axis, given those of the type parameters; None where it is not known."""
    if axis is One:
        return ONE
    if get_origin(axis) is Biased:
        (inner,) = get_args(axis)
        size = size_of_axis(inner, sizes)
        return None if size is None else biased(size)
    return sizes.get(axis)

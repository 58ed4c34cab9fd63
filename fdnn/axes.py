"""The names of axes, their sizes, and the type variables that stand for them.

An axis is named by a class of the user's own (`class Pixel: ...`); its size is given once, as
`Dim[Pixel](12288)`.  The name is for the type checker, and is kept at run time too, so that a
layer knows not only how many inputs it takes but which.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, TypeVarTuple

from fdnn.errors import ArgumentError

N = TypeVar("N")
"""Any axis."""

R = TypeVar("R")
C = TypeVar("C")
K = TypeVar("K")
"""The rows and the columns of a matrix, and the columns of the matrix it is multiplied with."""

In = TypeVar("In")
Out = TypeVar("Out")
Next = TypeVar("Next")
"""The inputs and outputs of a layer, and the outputs of the layer after it."""

F = TypeVar("F")
"""The features of a layer that keeps its axis."""

M = TypeVar("M")
"""The examples of a batch; m is their number, as in the course."""

Hidden = TypeVarTuple("Hidden")
Axes = TypeVarTuple("Axes")
"""The hidden axes of a network, and all its axes from the inputs to the outputs."""


class One:
    """The axis of length one: a bias is a column, `Matrix[Out, One]`."""


class Biased(Generic[N]):
    """The axis `N` and one place more, for the bias: `[W | b]` is `Matrix[Out, Biased[In]]`."""


def axis_name(axis: object) -> str | None:
    """The name of an axis as people read it; None for `Any` and for a type variable.

    >>> class Pixel: ...
    >>> axis_name(Pixel), axis_name(Biased[Pixel]), axis_name(Any)
    ('Pixel', 'Biased[Pixel]', None)
    """
    if axis is Any or isinstance(axis, (TypeVar, TypeVarTuple)):
        return None
    arguments = [axis_name(argument) for argument in getattr(axis, "__args__", ())]
    if None in arguments:
        return None
    name = str(getattr(axis, "__name__", axis))
    return f"{name}[{', '.join(map(str, arguments))}]" if arguments else name


class Dim(int, Generic[N]):
    """The size of axis `N`, written `Dim[Pixel](12288)`; where the axis has no name, `Dim[Any](3)`.

    It is an `int` that knows its `name`, and cannot be changed.  A size below one is refused
    (`ArgumentError`), and so is a bare `Dim(3)`, for which a type checker would infer an axis that
    fits nothing.

    >>> class Pixel: ...
    >>> pixel = Dim[Pixel](12288)
    >>> pixel, pixel.name, pixel + 1
    (Pixel=12288, 'Pixel', 12289)
    """

    if TYPE_CHECKING:

        @property
        def name(self) -> str | None: ...
        def __new__(cls, size: int) -> Dim[N]: ...

    else:
        name = None

        def __new__(cls, size):
            raise ArgumentError(
                "Dim", f"Dim({size!r}) has no axis", f"Dim[Pixel]({size!r})", "or Dim[Any]"
            )

        def __class_getitem__(cls, axis):
            return _NamedDim(cls, (axis,))

    def __setattr__(self, attribute: str, value: object) -> NoReturn:
        raise AttributeError(f"Dim is immutable: {attribute} cannot be set")

    def __delattr__(self, attribute: str) -> NoReturn:
        raise AttributeError(f"Dim is immutable: {attribute} cannot be deleted")

    def __reduce__(self) -> tuple[object, ...]:
        return named_dim, (int(self), self.name)

    def __repr__(self) -> str:
        return str(int(self)) if self.name is None else f"{self.name}={int(self)}"

    def __str__(self) -> str:
        return str(int(self))


class _NamedDim(GenericAlias):
    """`Dim[Pixel]`: calling it makes a size that remembers the name, which an alias alone loses."""

    def __call__(self, size: int, /) -> Dim[Any]:
        return named_dim(size, axis_name(self.__args__[0]))


def named_dim(size: int, name: str | None) -> Dim[Any]:
    """The size of an axis whose name is known as text only, such as one read from a file."""
    given: object = size
    if isinstance(given, bool) or not isinstance(given, Integral) or size < 1:
        label = f"Dim[{name or 'Any'}]"
        raise ArgumentError(label, f"size is {size!r}", "a whole number of at least 1")

    kind: type[Dim[Any]] = Dim
    dim = int.__new__(kind, size)
    dim.__dict__["name"] = name
    return dim


def biased(inputs: Dim[N]) -> Dim[Biased[N]]:
    """The size of `Biased[N]`: one more than that of `N`."""
    return named_dim(inputs + 1, inputs.name and f"Biased[{inputs.name}]")


def same_axis(a: Dim[Any], b: Dim[Any]) -> bool:
    """Whether two sizes can be of one axis: equal, and of one name where both names are known."""
    return a == b and (a.name is None or b.name is None or a.name == b.name)


def describe(axes: Sequence[int]) -> str:
    """The axes as people read them: `(Pixel=12288, Hidden=20, Cat=1)`."""
    return f"({', '.join(map(repr, axes))})"


ONE = Dim[One](1)

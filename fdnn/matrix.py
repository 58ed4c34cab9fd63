"""`Matrix[R, C]`: for the type checker a class with two axes, at run time a plain NumPy array.

For the checker `Matrix` is opaque and *invariant* in its axes, and has only the operations whose
shapes are honest, so that `W @ A + b` type-checks and a forgotten transpose does not.  It is no
`numpy.ndarray` there on purpose: that class is covariant in its shape, keeps the shape through
`.T`, and forgets it in `@`.  At run time nothing is wrapped, so nothing is slower.

This is the only module that casts between the two faces.  Arrays come in through `from_numpy`, and
go out through `to_numpy`.
"""

from __future__ import annotations

from abc import ABC
from typing import TYPE_CHECKING, Any, Generic, Never, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fdnn.axes import ONE, Biased, C, Dim, In, K, M, One, Out, R, named_dim
from fdnn.errors import DataError, DtypeError, KindError, ShapeError, with_article

Array: TypeAlias = NDArray[Any]
"""A NumPy array whose axes have no names."""

REAL = "fd"
KINDS = REAL + "D"
"""What a matrix may hold: float32, float64, and complex128 for derivatives by complex step.

They are NumPy's letters, which are cheaper to look at than the names.
"""


if TYPE_CHECKING:

    class Matrix(Generic[R, C]):  # noqa: PLW1641  # it is no key either
        """A matrix with rows `R` and columns `C`; `+ - * /` also take a column, a row, a number."""

        @property
        def T(self) -> Matrix[C, R]: ...
        @property
        def shape(self) -> tuple[int, int]: ...
        @property
        def dtype(self) -> np.dtype[Any]: ...
        def __getitem__(self, at: tuple[int, int], /) -> float: ...
        def __matmul__(self, other: Matrix[C, K], /) -> Matrix[R, K]: ...
        def __add__(self, other: Operand[R, C], /) -> Matrix[R, C]: ...
        def __sub__(self, other: Operand[R, C], /) -> Matrix[R, C]: ...
        def __mul__(self, other: Operand[R, C] | Mask[R, C], /) -> Matrix[R, C]: ...
        def __truediv__(self, other: Operand[R, C], /) -> Matrix[R, C]: ...
        def __radd__(self, other: float, /) -> Matrix[R, C]: ...
        def __rsub__(self, other: float, /) -> Matrix[R, C]: ...
        def __rmul__(self, other: float, /) -> Matrix[R, C]: ...
        def __rtruediv__(self, other: float, /) -> Matrix[R, C]: ...
        def __neg__(self) -> Matrix[R, C]: ...
        def __eq__(self, other: Never, /) -> Never: ...  # type: ignore[override]  # no bool
        def __lt__(self, other: float, /) -> Mask[R, C]: ...
        def __le__(self, other: float, /) -> Mask[R, C]: ...
        def __gt__(self, other: Operand[R, C], /) -> Mask[R, C]: ...
        def __ge__(self, other: Operand[R, C], /) -> Mask[R, C]: ...

    class Mask(Generic[R, C]):
        """Where a comparison holds: to multiply a matrix with, and to choose by."""

        def __and__(self, other: Mask[R, C], /) -> Mask[R, C]: ...
        def __or__(self, other: Mask[R, C], /) -> Mask[R, C]: ...
        def __invert__(self) -> Mask[R, C]: ...

    Operand: TypeAlias = Matrix[R, C] | Matrix[R, One] | Matrix[One, C] | float

    def exp(a: Matrix[R, C], /) -> Matrix[R, C]: ...
    def expm1(a: Matrix[R, C], /) -> Matrix[R, C]: ...
    def log(a: Matrix[R, C], /) -> Matrix[R, C]: ...
    def log1p(a: Matrix[R, C], /) -> Matrix[R, C]: ...
    def sqrt(a: Matrix[R, C], /) -> Matrix[R, C]: ...
    def tanh(a: Matrix[R, C], /) -> Matrix[R, C]: ...
    def normal_cdf(a: Matrix[R, C], /) -> Matrix[R, C]: ...
    def normal_pdf(a: Matrix[R, C], /) -> Matrix[R, C]: ...
    def sign(a: Matrix[R, C], /) -> Matrix[R, C]: ...
    def power(a: Matrix[R, C], exponent: float, /) -> Matrix[R, C]: ...
    def maximum(a: Matrix[R, C], b: Operand[R, C], /) -> Matrix[R, C]: ...
    def minimum(a: Matrix[R, C], b: Operand[R, C], /) -> Matrix[R, C]: ...
    def where(
        condition: Mask[R, C], then: Operand[R, C], otherwise: Operand[R, C], /
    ) -> Matrix[R, C]: ...

else:
    # ruff: noqa: F401  # for others
    from numpy import exp, expm1, log, log1p, maximum, minimum, power, sign, sqrt, tanh, where

    from fdnn.normal import cdf as normal_cdf
    from fdnn.normal import pdf as normal_pdf

    class Matrix(ABC, Generic[R, C]):
        """At run time an annotation only, for the guards to read; its instances are the arrays."""

        def __new__(cls, *_, **__):
            raise KindError("Matrix", "Matrix was called", "from_numpy(values, rows, columns)")

    Matrix.register(np.ndarray)
    Mask = Matrix


# ------------------------------------------------------------------------------------ in and out


def from_numpy(
    values: ArrayLike, rows: Dim[R], columns: Dim[C], dtype: DTypeLike | None = None
) -> Matrix[R, C]:
    """The door from NumPy: a read-only copy of `values`, whose shape must be `(rows, columns)`.

    Raises `ShapeError` for another shape, `DtypeError` for numbers that are not floating (give
    `dtype` to convert them), and `DataError` for NaN and infinities.

    >>> class Pixel: ...
    >>> class Example: ...
    >>> from_numpy([[1.0, 2.0]], Dim[Pixel](1), Dim[Example](2))
    array([[1., 2.]])
    """
    array = freeze(numbers("from_numpy", "values", values, dtype))
    require_matrix("from_numpy", "values", array, rows, columns)
    require_finite("from_numpy", "values", array)
    return cast("Matrix[R, C]", array)


def numbers(
    where: str, argument: str, values: ArrayLike, dtype: DTypeLike | None, copy: bool | None = True
) -> Array:
    """An array of the values, a new one unless `copy` is None; `DataError` for other things."""
    try:
        return np.array(values, dtype, order="C" if copy else "K", copy=copy)
    except (TypeError, ValueError):
        came = f"{argument} is no table of numbers"
        raise DataError(where, came, "numbers in rows of one length") from None


def to_numpy(a: Matrix[R, C], /) -> Array:
    """The door to NumPy: the array itself, with its shape but without the names of its axes."""
    return cast("Array", a)


def unchecked(array: Array, rows: Dim[R], columns: Dim[C], /) -> Matrix[R, C]:
    """Give names to the axes of an array that is known to fit: no copy, no check."""
    return cast("Matrix[R, C]", array)


def unnamed(array: Array, /) -> Matrix[Any, Any]:
    """An array as a matrix whose axes have no names: no copy, no check."""
    return cast("Matrix[Any, Any]", array)


def freeze(array: Array, /) -> Array:
    """A read-only view of an array that has just been made, and that nobody else may write to.

    A view, because the flag of an owner can be lifted again and that of such a view cannot.
    """
    array.setflags(write=False)
    return array[...]


def sealed(a: Matrix[R, C], /) -> Matrix[R, C]:
    """A matrix that has just been made, read-only from now on: no copy."""
    return cast("Matrix[R, C]", freeze(to_numpy(a)))


def is_frozen(array: Array, /) -> bool:
    """Whether nobody can write to the array: neither through it nor through what it views.

    An array that views nothing is not frozen, whatever its flag says, which its owner can lift.
    """
    base: object = array
    while isinstance(base, np.ndarray):
        if base.flags.writeable:
            return False
        base = base.base
    return base is None and array.base is not None


STRIP = 64
"""So many rows are turned at a time, so that what is written stays in the cache."""


def over_ones(array: Array, /) -> Array | None:
    """The frozen block of which the array is all but the last row, if that is a row of ones.

    `above_ones` makes such arrays, in which the examples lie one after the other: then the bias
    needs no product of its own, and no copy either.
    """
    owner: object = array.base
    if not isinstance(owner, np.ndarray) or owner.flags.writeable or owner.dtype != array.dtype:
        return None
    block = owner.T
    like = (array.shape[0] + 1, array.shape[1]), array.strides
    is_its_top = block.__array_interface__["data"] == array.__array_interface__["data"]
    if (block.shape, block.strides) != like or not is_its_top:
        return None
    return block if bool((block[-1] == 1.0).all()) else None


def above_ones(array: Array, /) -> Array:
    """A read-only copy of an array that stands on a row of ones, one column after the other."""
    rows, columns = array.shape
    block = np.ones((columns, rows + 1), array.dtype)
    for start in range(0, rows, STRIP):
        block[:, start : min(start + STRIP, rows)] = array[start : start + STRIP].T
    return freeze(block).T[:-1]


def standing(a: Matrix[R, C], /) -> Matrix[R, C]:
    """The matrix itself where nobody can write to it and `above_ones` made it, or else such a copy.

    All data lie alike in memory, so that equal data have the same bits made of them everywhere.
    """
    array = to_numpy(a)
    is_so = over_ones(array) is not None and is_frozen(array)
    return a if is_so else cast("Matrix[R, C]", above_ones(array))


def owned(a: Matrix[R, C], /) -> Matrix[R, C]:
    """The matrix itself where nobody can write to it, and otherwise a frozen copy."""
    array = to_numpy(a)
    return a if is_frozen(array) else cast("Matrix[R, C]", freeze(np.array(array, order="C")))


def require_dtype(where: str, dtype: DTypeLike, kinds: str = KINDS) -> None:
    """Refuse a dtype that no matrix may have (`DtypeError`)."""
    try:
        known = np.dtype(dtype).char in kinds
    except TypeError:
        known = False
    if not known:
        name = dtype.__name__ if isinstance(dtype, type) else dtype
        raise DtypeError(where, f"dtype is {name}", "float64 or float32")


def require_matrix(
    where: str,
    argument: str,
    value: object,
    rows: Dim[Any] | None = None,
    columns: Dim[Any] | None = None,
    why: str = "",
) -> None:
    """Refuse what is not a floating matrix of the expected size; None stands for any size."""
    left = "n" if rows is None else repr(rows)
    right = "m" if columns is None else repr(columns)
    expected = f"({left}, {right})"

    if not isinstance(value, np.ndarray):
        came = f"{argument} is {with_article(type(value).__name__)}"
        raise KindError(where, came, f"a matrix {expected}")
    array = cast("Array", value)
    came = f"{argument} has shape {array.shape}"
    if array.ndim != 2:
        why = why or "a matrix has two axes; y[None, :] is y as one row"
        raise ShapeError(where, came, expected, why)
    n, m = array.shape
    if (rows is not None and n != rows) or (columns is not None and m != columns):
        if rows is not None and m == rows and columns is None:
            hint = f"are its rows the examples? Then give {argument}.T"
            why = f"{why}; {hint}" if why else hint
        raise ShapeError(where, came, expected, why)
    if 0 in array.shape:
        raise ShapeError(where, came, expected, "it is empty")
    if array.dtype.char not in KINDS:
        hint = "dtype=float or .astype(float) converts it"
        raise DtypeError(where, f"{argument} has dtype {array.dtype}", "float64 or float32", hint)


def require_finite(where: str, argument: str, array: Array) -> None:
    """Refuse NaN and infinities (`DataError`), saying how many there are and where the first is."""
    with np.errstate(all="ignore"):
        if np.isfinite(np.sum(array, axis=None)):
            return
    bad = np.argwhere(~np.isfinite(array))
    if len(bad) > 0:
        first = tuple(int(i) for i in bad[0])
        came = f"{argument} has {len(bad)} values that are NaN or infinite, the first at {first}"
        raise DataError(where, came, "finite numbers")


# ---------------------------------------------------------------- making matrices, and their parts


def zeros(rows: Dim[R], columns: Dim[C], /) -> Matrix[R, C]:
    """The matrix of zeros, in float64."""
    return cast("Matrix[R, C]", freeze(np.zeros((rows, columns))))


def ones(rows: Dim[R], columns: Dim[C], /) -> Matrix[R, C]:
    """The matrix of ones, in float64."""
    return cast("Matrix[R, C]", freeze(np.ones((rows, columns))))


def zeros_like(a: Matrix[R, C], /) -> Matrix[R, C]:
    """The matrix of zeros of the same size and precision."""
    return cast("Matrix[R, C]", freeze(np.zeros_like(to_numpy(a))))


def astype(a: Matrix[R, C], dtype: DTypeLike, /) -> Matrix[R, C]:
    """The same numbers in another precision; the matrix itself where they have it already."""
    return cast("Matrix[R, C]", to_numpy(a).astype(dtype, copy=False))


def smallest(a: Matrix[R, C], /) -> float:
    """The smallest number of a matrix; NaN where one is."""
    return float(np.min(np.real(to_numpy(a)), axis=None))


def blank(rows: Dim[R], columns: Dim[C], /) -> Matrix[R, C]:
    """A matrix that has a shape and no numbers yet: one NaN, seen everywhere, weighs nothing."""
    return cast("Matrix[R, C]", np.broadcast_to(freeze(np.array(np.nan)), (rows, columns)))


def is_zero(a: Matrix[R, C], /) -> bool:
    """Whether all numbers are 0."""
    return not to_numpy(a).any()


def is_blank(a: Matrix[R, C], /) -> bool:
    """Whether the matrix has no numbers yet."""
    return not any(to_numpy(a).strides)


def beside(W: Matrix[Out, In], b: Matrix[Out, One], /) -> Matrix[Out, Biased[In]]:
    """`[W | b]`: the bias as one more column."""
    return cast("Matrix[Out, Biased[In]]", freeze(np.hstack([to_numpy(W), to_numpy(b)])))


def weights(Wb: Matrix[Out, Biased[In]], /) -> Matrix[Out, In]:
    """`W` of `[W | b]`, a view."""
    return cast("Matrix[Out, In]", to_numpy(Wb)[:, :-1])


def bias(Wb: Matrix[Out, Biased[In]], /) -> Matrix[Out, One]:
    """`b` of `[W | b]`, a view."""
    return cast("Matrix[Out, One]", to_numpy(Wb)[:, -1:])


# ------------------------------------------------------------------------------ sums over an axis


def sum_columns(a: Matrix[R, C], /) -> Matrix[R, One]:
    """Add up the columns: s_i = sum_j a_ij, a column `(R, One)`."""
    return cast("Matrix[R, One]", np.sum(to_numpy(a), axis=1, keepdims=True))


def sum_rows(a: Matrix[R, C], /) -> Matrix[One, C]:
    """Add up the rows: s_j = sum_i a_ij, a row `(One, C)`.

    By halves (Higham 1993), so that its rounding grows with the logarithm of the rows.
    """
    by_column = np.ascontiguousarray(to_numpy(a).T)
    return cast("Matrix[One, C]", np.sum(by_column, axis=1)[np.newaxis])


def max_rows(a: Matrix[R, C], /) -> Matrix[One, C]:
    """The largest number of every column, a row `(One, C)`."""
    return cast("Matrix[One, C]", np.max(to_numpy(a), axis=0, keepdims=True))


def largest_exponent(a: Matrix[R, C], /) -> float:
    """The largest `x` of which `e^x` is finite in the dtype of the matrix."""
    parts = np.finfo(to_numpy(a).dtype)
    return float(np.nextafter(np.log(parts.max), parts.dtype.type(0.0)))


def mask_of_max(a: Matrix[R, C], /) -> Mask[R, C]:
    """True at the largest number of every column, at the first of them where several are equal."""
    array = to_numpy(a)
    mask = np.zeros(array.shape, dtype=bool)
    mask[np.argmax(array, axis=0), np.arange(array.shape[1])] = True
    return cast("Mask[R, C]", mask)


def mean(a: Matrix[One, M], like: Matrix[R, M], /) -> float:
    """`(1/m) * sum_j a_j` over the examples, added up in float64: the one home of the `1/m`.

    There are as many examples as `like` has columns.
    """
    require_one_loss_each(a, like)
    row = to_numpy(a)
    total = float(np.sum(row, axis=None, dtype=np.float64))
    return total / int(row.shape[1])


def require_one_loss_each(L: Matrix[One, M], like: Matrix[R, M], /) -> None:
    """Refuse losses that are not one row with as many as `like` has columns (`ShapeError`)."""
    require_matrix("cost", "L", L, ONE, size_of(like)[1], "there is one loss of each example")


def size_of(a: Matrix[R, C], /) -> tuple[Dim[R], Dim[C]]:
    """The sizes of the two axes, as `Dim` (at run time `a.shape` is a pair of plain numbers)."""
    rows, columns = to_numpy(a).shape
    return named_dim(rows, None), named_dim(columns, None)

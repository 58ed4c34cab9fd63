"""Examples that are read when they are due: data larger than memory.

`Rows` are two things that can be cut like arrays, `x[a:b]` and `y[a:b]`, whose rows are examples: a
`numpy.memmap`, what `numpy.load(path, mmap_mode="r")` gives, a data set of an HDF5 file, or an
object of your own.  A step of training on them reads one mini-batch, checks it as any batch is
checked, and forgets it.

A mini-batch is `size` rows that lie together, because storage is read so; an epoch takes these
parts in an order of its own, a function of the run's key, of the epoch and of nothing else.  (So
rows that are sorted by class should be shuffled once, before they are stored.)
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol

import attrs
import numpy as np
from numpy.typing import DTypeLike

from fdnn.axes import ONE, Dim, In, One, Out
from fdnn.batches import Batch, epoch_of, steps_in_epoch
from fdnn.errors import ArgumentError, DataError, DtypeError, KindError, ShapeError, with_article
from fdnn.guards import positive, real, require_kind
from fdnn.keys import Key, whole_number
from fdnn.matrix import REAL, Array, Matrix, above_ones, freeze, require_dtype, unchecked


class Sliceable(Protocol):
    """What rows are cut from: a shape, and `values[a:b]`."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The first axis counts the examples."""
        ...

    def __getitem__(self, rows: slice, /) -> Any: ...


def _dtype(given: DTypeLike) -> np.dtype[Any]:
    require_dtype("Rows", given, REAL)
    return np.dtype(given)


@attrs.frozen(eq=False, repr=False)
class Rows(Generic[In, Out]):
    """Examples by rows, `x` `(examples, inputs)` and `y`, read in parts as they are due.

    `y` is `(examples, outputs)`; or `(examples,)`, which is one output, or with several outputs the
    numbers of the classes, from 0 on.  `weights`, `(examples,)`, are those of the examples.  More
    axes of `x` are laid out in a row.  Numbers are converted to `dtype` and multiplied with `scale`
    (`1 / 255` for pixels); `transform` is applied to each part of the inputs.

    Raises `ShapeError` and `KindError` here, and what a `Batch` raises when a part is read.
    """

    x: Sliceable
    y: Sliceable
    inputs: Dim[In]
    outputs: Dim[Out]
    dtype: np.dtype[Any] = attrs.field(default=np.dtype("float64"), converter=_dtype)
    scale: float = attrs.field(default=1.0, converter=real, validator=positive)
    weights: Sliceable | None = None
    transform: Callable[[Matrix[In, Any]], Matrix[In, Any]] | None = None

    def __attrs_post_init__(self) -> None:
        for argument, dim in (("inputs", self.inputs), ("outputs", self.outputs)):
            require_kind("Rows", argument, dim, Dim, "write Dim[Pixel](12288)")
        _require_sliceable("x", self.x)
        _require_sliceable("y", self.y)
        if self.weights is not None:
            _require_sliceable("weights", self.weights)
        transform: object = self.transform
        if transform is not None and not callable(transform):
            came = f"transform is {with_article(type(transform).__name__)}"
            raise KindError("Rows", came, "a function of a matrix of examples")

        shape = tuple(self.x.shape)
        if len(shape) < 2 or shape[0] == 0 or math.prod(shape[1:]) != self.inputs:
            came = f"x has shape {shape}"
            raise ShapeError("Rows", came, f"(m, {self.inputs!r})", "its rows are the examples")
        m = self.size
        if self.y.shape not in ((m,), (m, int(self.outputs))):
            came = f"y has shape {tuple(self.y.shape)}"
            raise ShapeError("Rows", came, f"({m}, {self.outputs!r}) or ({m},)", f"x has {m} rows")
        if self.weights is not None and self.weights.shape != (m,):
            came = f"weights has shape {tuple(self.weights.shape)}"
            raise ShapeError("Rows", came, f"({m},)", f"x has {m} rows")

    @property
    def size(self) -> int:
        """How many examples there are, m."""
        return int(self.x.shape[0])

    @property
    def axes(self) -> tuple[Dim[Any], ...]:
        """The sizes of the inputs and of the outputs."""
        return self.inputs, self.outputs

    def part(self, rows: slice) -> Batch[In, Out, Any]:
        """The batch of some rows that lie together.  Raises what a `Batch` raises."""
        require_kind("Rows", "rows", rows, slice, "slice(0, 64) is the first 64 rows")
        x = _read("x", self.x, rows)
        if x.ndim < 2 or len(x) == 0:
            came = f"the part {rows.start}:{rows.stop} of x has shape {x.shape}"
            raise ShapeError("Rows", came, f"(m, {self.inputs!r})")
        self._require_finite(x, rows)
        values = self._converted(x.reshape(len(x), math.prod(x.shape[1:])))
        if self.scale != 1.0:
            with np.errstate(over="ignore"):
                np.multiply(values, self.dtype.type(self.scale), values)
        X = above_ones(values.T)
        examples = Dim[Any](X.shape[1])
        seen = unchecked(X, self.inputs, examples)
        if self.transform is not None:
            seen = self.transform(seen)
        Y = unchecked(self._labels(rows), self.outputs, examples)
        weights = self._weights(rows, examples)
        for source in (self.x, self.y, self.weights):
            _forget(source)

        return Batch(seen, Y, self.inputs, self.outputs, weights)

    def minibatch(
        self, size: int, key: Key, step: int, drop_last: bool = False
    ) -> Batch[In, Out, Any]:
        """The mini-batch of a step: the rows of one part, or what is left of the last."""
        return self.part(self.rows_of(size, key, step, drop_last))

    def rows_of(self, size: int, key: Key, step: int, drop_last: bool = False) -> slice:
        """Which rows are the mini-batch of a step."""
        m, size = self.size, whole_number("Rows", "size", size, least=1)
        require_kind("Rows", "key", key, Key)
        if drop_last and size > m:
            came = f"drop_last is True, and size is {size}"
            raise ArgumentError("Rows", came, f"a size of at most {m}", "so many there are")
        parts = steps_in_epoch(m, size, drop_last)
        epoch, _ = epoch_of(whole_number("Rows", "step", step), m, size, drop_last)
        place = shuffled(step % parts, parts, key.at(epoch))
        return slice(place * size, min((place + 1) * size, m))

    def parts(self, size: int) -> Parts[In, Out]:
        """All rows in batches of `size`, in their order, as often as they are asked for.

        So `calibrate(params, rows.parts(512))` and metrics go through them a part at a time.
        """
        return Parts(self, whole_number("parts", "size", size, least=1))

    def _require_finite(self, x: Array, rows: slice) -> None:
        """Refuse NaN and infinities by the row of the source that has them."""
        if x.dtype.kind != "f" or bool(np.isfinite(x).all()):
            return
        place = int(np.argmin(np.isfinite(x.reshape(len(x), -1)).all(axis=1)))
        came = f"row {rows.indices(self.size)[0] + place} of x has a value that is NaN or infinite"
        raise DataError("Rows", came, "finite numbers")

    def _labels(self, rows: slice) -> Array:
        y = _read("y", self.y, rows)
        if y.ndim == 2:
            return freeze(np.ascontiguousarray(self._converted(y).T))
        if self.outputs == 1:
            return freeze(self._converted(y)[np.newaxis])
        wrong = ~np.isin(y, np.arange(self.outputs))
        if wrong.any():
            came = f"y holds {y[wrong][0]}"
            expected = f"whole numbers from 0 to {self.outputs - 1}"
            raise DataError("Rows", came, expected, repr(self.outputs))
        return freeze((np.arange(self.outputs)[:, np.newaxis] == y).astype(self.dtype))

    def _weights(self, rows: slice, examples: Dim[Any]) -> Matrix[One, Any] | None:
        if self.weights is None:
            return None
        row = self._converted(_read("weights", self.weights, rows))[np.newaxis]
        return unchecked(freeze(row), ONE, examples)

    def _converted(self, part: Array) -> Array:
        """A copy; a number that is too large for the dtype becomes infinite, and is refused so."""
        with np.errstate(over="ignore"):
            return part.astype(self.dtype)

    def __repr__(self) -> str:
        return f"Rows({self.inputs!r}, {self.outputs!r}, m={self.size}, {self.dtype})"


@attrs.frozen(eq=False, repr=False)
class Parts(Generic[In, Out]):
    """The rows of a source in batches, one after the other; see `Rows.parts`."""

    rows: Rows[In, Out]
    size: int

    @property
    def axes(self) -> tuple[Dim[Any], ...]:
        """The sizes of the inputs and of the outputs."""
        return self.rows.axes

    def __iter__(self) -> Iterator[Batch[In, Out, Any]]:
        for start in range(0, self.rows.size, self.size):
            yield self.rows.part(slice(start, start + self.size))

    def __repr__(self) -> str:
        return f"Parts({self.rows!r}, {self.size})"


def _require_sliceable(argument: str, part: object) -> None:
    if not (isinstance(getattr(part, "shape", None), tuple) and hasattr(part, "__getitem__")):
        came = f"{argument} is {with_article(type(part).__name__)}"
        raise KindError("Rows", came, "what can be cut like an array", "it needs a shape")


def _read(argument: str, values: Sliceable, rows: slice) -> Array:
    """Some of the rows, which must be real numbers."""
    part = np.asarray(values[rows])
    if part.dtype.kind not in "biuf":
        raise DtypeError("Rows", f"{argument} has dtype {part.dtype}", "real numbers")
    return part


ROUNDS = 6


def shuffled(place: int, n: int, key: Key) -> int:
    """Where the key's permutation of `0 ... n - 1` takes a place, without making the others.

    It is a Feistel network (Luby & Rackoff 1988) on the next even power of two, walked until it is
    back among the first n (Black & Rogaway 2002): so an order of any length takes no memory.

    >>> sorted(shuffled(place, 10, Key(0)) for place in range(10))
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    half = max(1, -(-(n - 1).bit_length() // 2))
    mask = (1 << half) - 1
    words = np.random.SeedSequence(key.seed, spawn_key=key.path).generate_state(ROUNDS, np.uint64)
    rounds = [int(word) | 1 for word in words]

    found = whole_number("shuffled", "place", place)
    while True:
        left, right = found >> half, found & mask
        for odd in rounds:
            left, right = right, left ^ (_mixed(right * odd + (odd >> 32)) & mask)
        found = left << half | right
        if found < n:
            return found


def _mixed(word: int) -> int:
    """The last step of splitmix64 (Steele, Lea & Flood 2014), which lets each bit move all."""
    word &= 0xFFFF_FFFF_FFFF_FFFF
    word = (word ^ word >> 30) * 0xBF58_476D_1CE4_E5B9 & 0xFFFF_FFFF_FFFF_FFFF
    word = (word ^ word >> 27) * 0x94D0_49BB_1331_11EB & 0xFFFF_FFFF_FFFF_FFFF
    return word ^ word >> 31


def _forget(values: object) -> None:
    """Let the system take back the pages of a mapped file that were just copied from.

    Only where nobody can have written to them: of a private copy, that would be lost.
    """
    mapped: Any = values
    while hasattr(mapped, "base"):
        mapped = mapped.base
    is_read_only = getattr(values, "mode", None) == "r"
    if is_read_only and isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)

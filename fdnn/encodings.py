"""Encodings: how the texts of a table become numbers, fitted once and saved with the model.

Each is a small frozen record of a pure function.  A column of numbers is one input; a column of
texts is one input for each of its categories, 1 where the text is that category and 0 elsewhere.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Self

import attrs
import numpy as np

from fdnn.axes import Dim
from fdnn.errors import ArgumentError, DataError, FileError, KindError
from fdnn.guards import require_kind
from fdnn.matrix import Array, Matrix, freeze, unchecked
from fdnn.tables import Table, number

DECIMAL_COMMA = re.compile(r"-?\d+,\d+")
"""What are numbers in many countries, and texts to everybody else."""

MOST_CATEGORIES = 50
"""How many different texts a column may hold: more of them are names or numbers gone wrong."""


class Encoding(ABC):
    """What every encoding offers: texts to rows of numbers."""

    name: ClassVar[str]

    @classmethod
    @abstractmethod
    def fitted_to(cls, cells: Sequence[str], /) -> Self:
        """The encoding that suits these texts."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many inputs there are for one cell."""

    @property
    @abstractmethod
    def expected(self) -> str:
        """What a cell must be, in words."""

    @abstractmethod
    def fits(self, cell: str, /) -> bool:
        """Whether a cell is of this kind."""

    @abstractmethod
    def encoded(self, cells: Sequence[str], /) -> Array:
        """What `apply` computes, on cells that have been checked, `(size, examples)`."""

    def apply(self, cells: Sequence[str], /) -> Matrix[Any, Any]:
        """The cells as numbers, `(size, examples)`, read-only; `DataError` for one that is none."""
        for i, cell in enumerate(cells):
            if not self.fits(cell):
                raise DataError(self.name, f"cell {i} is {cell!r}", self.expected)
        array = freeze(self.encoded(cells))
        return unchecked(array, Dim[Any](array.shape[0]), Dim[Any](array.shape[1]))


@attrs.frozen
class Number(Encoding):
    """A number as it is."""

    name: ClassVar[str] = "number"

    @classmethod
    def fitted_to(cls, cells: Sequence[str], /) -> Self:
        return cls()

    @property
    def size(self) -> int:
        """One input."""
        return 1

    @property
    def expected(self) -> str:
        """A number."""
        return "a number"

    def fits(self, cell: str, /) -> bool:
        return number(cell) is not None

    def encoded(self, cells: Sequence[str], /) -> Array:
        return np.array([[float(cell) for cell in cells]])


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        why = "its letters would be the categories"
        raise KindError("OneHot", f"categories is the text {given!r}", "a tuple of texts", why)
    return tuple(given)


@attrs.frozen
class OneHot(Encoding):
    """`x_ij = 1` where text j is category i, and 0 elsewhere.

    >>> OneHot.fitted_to(["red", "green", "red"])
    OneHot(categories=('green', 'red'))
    >>> OneHot(("green", "red")).apply(["red", "red", "green"])
    array([[0., 0., 1.],
           [1., 1., 0.]])
    """

    categories: tuple[str, ...] = attrs.field(converter=_texts)
    name: ClassVar[str] = "one_hot"

    def __attrs_post_init__(self) -> None:
        for category in self.categories:
            require_kind("OneHot", "a category", category, str)
        if not self.categories or len(set(self.categories)) != len(self.categories):
            came = f"categories is {self.categories}"
            raise ArgumentError("OneHot", came, "one text or more, each once")

    @classmethod
    def fitted_to(cls, cells: Sequence[str], /) -> Self:
        """The categories are the different texts, in the order of the alphabet."""
        texts = _texts(cells)
        for cell in texts:
            require_kind("OneHot", "a category", cell, str)
        return cls(tuple(sorted(set(texts))))

    @property
    def size(self) -> int:
        """As many inputs as there are categories."""
        return len(self.categories)

    @property
    def expected(self) -> str:
        """One of the categories."""
        more = f" and {self.size - 8} more" if self.size > 8 else ""
        return f"one of {', '.join(self.categories[:8])}{more}"

    def fits(self, cell: str, /) -> bool:
        return cell in self.categories

    def encoded(self, cells: Sequence[str], /) -> Array:
        place = {category: i for i, category in enumerate(self.categories)}
        places = np.array([place[cell] for cell in cells], np.intp)
        one_hot: Array = (np.arange(self.size)[:, np.newaxis] == places).astype(np.float64)
        return one_hot


ENCODINGS: Mapping[str, type[Encoding]] = MappingProxyType(
    {kind.name: kind for kind in (Number, OneHot)}
)
"""The kinds of encoding by their names."""


@attrs.frozen
class Column:
    """The name of a column and the encoding of its cells."""

    name: str
    encoding: Encoding

    def __attrs_post_init__(self) -> None:
        require_kind("Column", "name", self.name, str)
        require_kind("Column", "encoding", self.encoding, Encoding)


def _columns(given: Iterable[Column]) -> tuple[Column, ...]:
    return tuple(given)


@attrs.frozen
class Columns:
    """How the rows of a table become inputs: its columns, one after another, each encoded.

    `target` is the name of the column that is predicted; it need not be there.
    """

    columns: tuple[Column, ...] = attrs.field(converter=_columns)
    target: str = ""

    def __attrs_post_init__(self) -> None:
        require_kind("Columns", "target", self.target, str)
        names: set[str] = {self.target}
        for column in self.columns:
            require_kind("Columns", "a column", column, Column)
            if column.name in names:
                came = f"{column.name!r} is there twice"
                raise ArgumentError("Columns", came, "every column once, and none the target")
            names.add(column.name)
        if not self.columns:
            raise ArgumentError("Columns", "columns is empty", "a column beside the target")

    @property
    def inputs(self) -> int:
        """How many inputs there are for one row."""
        return sum(column.encoding.size for column in self.columns)

    @classmethod
    def fitted_to(cls, table: Table, target: str = "") -> Self:
        """The columns of a table but the target: numbers where every cell is one, else texts.

        Raises `FileError` where a value is missing, where a column of numbers holds a text, and
        where a column holds more than 50 different texts.
        """
        names = [name for name in table.names if name != target]
        if not names:
            came = f"{table.source} has no column but {target!r}"
            raise FileError("read", came, "a column beside the target", "a network needs inputs")
        return cls([Column(name, _encoding_of(table, name)) for name in names], target)

    def apply(self, table: Table) -> Matrix[Any, Any]:
        """The inputs, `(inputs, examples)`; columns are found by their names, in any order.

        Raises `FileError`, naming file, row and column, for a column that is not there, a value
        that is missing, and a text that is no number or none of the categories.
        """
        require_kind("columns", "table", table, Table)
        parts: list[Array] = []
        for column in self.columns:
            if column.name not in table.names:
                came = f"{table.source} has no column {column.name!r}"
                why = f"the model was trained with it; the columns are {', '.join(table.names[:8])}"
                raise FileError("columns", came, "one", why)
            cells = table.column("columns", column.name)
            for i, cell in enumerate(cells):
                if not column.encoding.fits(cell):
                    came = f"{table.cell(i, column.name)} is {cell!r}"
                    why = "those are what the model was trained on"
                    raise FileError("columns", came, column.encoding.expected, why)
            parts.append(column.encoding.encoded(cells))
        X = freeze(np.concatenate(parts))
        return unchecked(X, Dim[Any](X.shape[0]), Dim[Any](X.shape[1]))


def _encoding_of(table: Table, name: str) -> Encoding:
    cells = table.column("read", name)
    texts = [cell for cell in cells if number(cell) is None]
    if not texts:
        return Number.fitted_to(cells)
    if all(DECIMAL_COMMA.fullmatch(cell) for cell in cells):
        came = f"{table.cell(0, name)} is {cells[0]!r}"
        raise FileError("read", came, "a number with a point before its decimals")
    different = len(set(cells))
    if different > MOST_CATEGORIES:
        first = cells.index(texts[0])
        if 2 * len(texts) < len(cells):
            came = f"{table.cell(first, name)} is {texts[0]!r}"
            raise FileError("read", came, "a number", "most of that column are")
        came = f"column {name!r} of {table.source} holds {different} different texts"
        why = "are they names? Then leave the column out"
        raise FileError("read", came, f"at most {MOST_CATEGORIES}", why)
    return OneHot.fitted_to(cells)

"""Tables: a `.csv` file as texts in named columns, in which nothing is believed.

The first row names the columns; each row after it is an example.  Rows are counted as a
spreadsheet counts them: the header is row 1.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import attrs

from fdnn.array_files import damaged, require_file
from fdnn.choices import choice
from fdnn.errors import FileError

CSV = ".csv"

DELIMITERS = ",;\t"
"""What may stand between two cells: that which the header holds most of, commas if in doubt."""

MISSING = ("", "na", "n/a", "nan", "null", "?")
"""What a cell says where there is no value, in small letters or capitals."""


@attrs.frozen(repr=False)
class Table:
    """The cells of a file as texts, without the spaces around them.

    `numbers[i]` is the number of row `i` in the file at `source`.
    """

    source: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]

    def column(self, where: str, name: str) -> tuple[str, ...]:
        """The cells of a column; `FileError` where there is none, or where one has no value."""
        if name not in self.names:
            error = choice(where, "a column", name, self.names)
            came = f"{self.source} has no column {name!r}"
            raise FileError(where, came, error.expected, error.why)
        place = self.names.index(name)
        cells = tuple(row[place] for row in self.rows)
        for i, cell in enumerate(cells):
            if cell.lower() in MISSING:
                said = f"says {cell!r}" if cell else "is empty"
                came = f"{self.cell(i, name)} {said}"
                raise FileError(where, came, "a value", "an example must be whole to be used")
        return cells

    def cell(self, i: int, name: str) -> str:
        """Where a cell is, in words."""
        return f"{name!r} in row {self.numbers[i]} of {self.source}"

    def __repr__(self) -> str:
        return f"Table({self.source}, {len(self.names)} columns, {len(self.rows)} rows)"


def number(cell: str) -> float | None:
    """The number that a cell says, with a point before its decimals; None where it says none."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def read_table(where: str, path: str | Path) -> Table:
    """The table of a `.csv` file in UTF-8.

    Raises `FileError`, naming file and row, for what is no table: no header, a name twice or left
    out, rows of other lengths.
    """
    require_file(where, path)
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            file.seek(0)
            delimiter = max(DELIMITERS, key=header.count)
            lines = csv.reader(file, delimiter=delimiter, strict=True)
            cells = [tuple(cell.strip() for cell in line) for line in lines]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise damaged(where, path, "a .csv file in UTF-8", error) from None

    numbered = [(i, row) for i, row in enumerate(cells, start=1) if row]
    if not numbered:
        raise FileError(where, f"{path} is empty", "a header, and a row for each example")
    (_, names), *rows = numbered
    _require_header(where, path, names)
    for i, row in rows:
        if len(row) != len(names):
            came = f"row {i} of {path} has {len(row)} cells"
            raise FileError(where, came, f"{len(names)}", "the header names as many columns")
    if not rows:
        raise FileError(where, f"{path} has no row after its header", "a row for each example")
    return Table(str(path), names, tuple(row for _, row in rows), tuple(i for i, _ in rows))


def _require_header(where: str, path: str | Path, names: Sequence[str]) -> None:
    expected = "a header that names every column once"
    if all(number(name) is not None for name in names):
        why = "it holds numbers only: is it an example?"
        raise FileError(where, f"the first row of {path} is no header", expected, why)
    for i, name in enumerate(names, start=1):
        if not name:
            raise FileError(where, f"column {i} of {path} has no name", expected)
        if name in names[: i - 1]:
            raise FileError(where, f"{path} has two columns {name!r}", expected)

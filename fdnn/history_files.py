"""Histories as CSV files: one line for a step, which a cut-off run keeps.

The columns are `step`, `cost` and what was measured, by name.  As in a state, `cost` is what that
step found before it moved the parameters, and what was measured is of the parameters after it.  A
cell is empty where there is nothing.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

from fdnn.atomic_files import write_atomically
from fdnn.errors import FdnnError, FileError
from fdnn.guards import require_kind
from fdnn.history import COST, History, Measurement

STEP = "step"


def save_history(history: History, path: str | Path) -> None:
    """Write a history to a CSV file, in one piece.  Raises `FileError` where that fails."""
    require_kind("save_history", "history", history, History)
    names = [name for name in history.names if name != COST]
    costs = {step + 1: c for step, c in zip(history.cost_steps, history.costs, strict=True)}
    measured = {measurement.step: measurement for measurement in history.measurements}

    rows = [[STEP, COST, *names]]
    for step in sorted({*costs, *measured}):
        scores = measured[step].scores if step in measured else {}
        rows.append([str(step), cell(costs.get(step)), *(cell(scores.get(n)) for n in names)])
    write_atomically("save_history", path, "".join(map(line, rows)).encode())


def load_history(path: str | Path) -> History:
    """The history in a CSV file that `save_history` or `to_csv` wrote.

    A last line that is cut off is not read.  Raises `FileError` for a file that is missing or of
    something else.
    """
    try:
        text = Path(path).read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        expected = "a history that fdnn wrote"
        raise FileError("load_history", f"{path} cannot be read", expected, why) from None
    whole = text[: text.rfind("\n") + 1]
    try:
        return _history([*csv.reader(StringIO(whole, newline=""), strict=True)])
    except (FdnnError, ValueError, csv.Error) as error:
        why = str(error)
        expected = "a history that fdnn wrote"
        raise FileError("load_history", f"{path} is no history", expected, why) from None


def _history(rows: Sequence[Sequence[str]]) -> History:
    if not rows or [*rows[0][:2]] != [STEP, COST]:
        raise ValueError(f"its first columns are not {STEP} and {COST}")
    _, _, *names = rows[0]
    costs: dict[int, float] = {}
    measurements: list[Measurement] = []
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]):
            raise ValueError(f"line {number} has {len(row)} cells, not {len(rows[0])}")
        step, cost, *values = row
        scores = {n: float(value) for n, value in zip(names, values, strict=True) if value}
        if cost:
            costs[int(step) - 1] = float(cost)
        if scores:
            measurements.append(Measurement(int(step), scores))
    return History(costs.values(), measurements, costs)


def line(cells: Iterable[str]) -> str:
    """The cells as one line of the file, quoted where that is needed."""
    into = StringIO(newline="")
    csv.writer(into, lineterminator="\n").writerow(cells)
    return into.getvalue()


def cell(value: float | None) -> str:
    """A number with all its digits; infinity is no cost that any step has found."""
    return "" if value is None else repr(float(value))


def cost_cell(cost: float) -> str:
    """The cost of a state, which the one before the first step has none of."""
    return "" if cost == math.inf else cell(cost)

"""Combinators that tell the world of the states that pass: a bar, a log, a table, a checkpoint.

Like those of `fdnn.streams` each gives the stream that it takes, state for state.  A state is told
of before it is handed on.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from fdnn import checkpoint
from fdnn.axes import Axes
from fdnn.errors import ArgumentError, FileError, missing_extra
from fdnn.guards import require_kind
from fdnn.history import COST, Measurement
from fdnn.history_files import STEP, cell, cost_cell, line
from fdnn.keys import whole_number
from fdnn.streams import require_function, require_stream
from fdnn.training import State

if TYPE_CHECKING:
    from rich.console import Console

FRAME = 1.0 / 15.0
"""Seconds between two pictures of a running bar."""

LOGGER = logging.getLogger("fdnn.training")
"""Where `logged` writes to, unless told otherwise."""

Scores: TypeAlias = Mapping[str, float]


# ------------------------------------------------------------------------------------------ the bar


def progress(
    states: Iterable[State[*Axes]],
    total: int | None = None,
    *,
    facts: Callable[[State[*Axes]], str] | None = None,
    console: Console | None = None,
) -> Iterator[State[*Axes]]:
    """The same stream with a bar that runs along: how many steps, the cost, the time that is left.

    `total` is the number of the last step.  `facts` says what else stands beside the bar.  Nothing
    is printed where there is no terminal.  Raises `MissingExtraError` where rich is not installed.
    """
    require_stream("progress", states)
    if total is not None:
        total = whole_number("progress", "total", total, least=1)
    if facts is not None:
        require_function("progress", "facts", facts, "a function from a state to text")
    try:
        from rich.console import Console
    except ImportError:
        raise missing_extra("progress", "rich", "cli") from None
    to = Console(stderr=True) if console is None else console
    return _shown(states, total, facts, to) if to.is_terminal else iter(states)


def _shown(
    states: Iterable[State[*Axes]],
    total: int | None,
    facts: Callable[[State[*Axes]], str] | None,
    console: Console,
) -> Iterator[State[*Axes]]:
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    count = "{task.completed}" if total is None else "{task.completed}/{task.total}"
    bar = Progress(
        BarColumn(30),
        TextColumn(count),
        TextColumn("{task.fields[facts]}"),
        TimeElapsedColumn() if total is None else TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
        auto_refresh=False,
    )
    task = bar.add_task("training", total=total, facts="")

    def show(state: State[*Axes]) -> None:
        cost = f"cost {state.cost:#.4g}" if state.cost < math.inf else ""
        said = cost if facts is None else f"{cost}  {facts(state)}".strip()
        bar.update(task, completed=state.step, facts=said, refresh=True)

    shown_at, unshown = -math.inf, list[State[*Axes]]()
    with bar:
        for state in map(_state, states):
            now = time.monotonic()
            unshown[:] = [state]
            if now - shown_at >= FRAME or state.step == total:
                shown_at = now
                show(unshown.pop())
            yield state
        for state in unshown:  # it came too soon after the one before it
            show(state)


# ------------------------------------------------------------------------------------------ the log


def logged(
    states: Iterable[State[*Axes]],
    measure: Callable[[State[*Axes]], Scores] | None = None,
    *,
    every: int = 1,
    logger: logging.Logger = LOGGER,
    level: int = logging.INFO,
) -> Iterator[State[*Axes]]:
    """The same stream; every `every`-th state, beginning with the first, leaves a log record.

    The message is for people; for programs the record has the attributes `step`, `cost` and
    `metrics`, what `measure` gives.  Where the logger does not listen at that level, nothing is
    measured.
    """
    require_stream("logged", states)
    _require_measure("logged", measure)
    every = whole_number("logged", "every", every, least=1)
    require_kind("logged", "logger", logger, logging.Logger, "logging.getLogger(name) gives one")
    level = whole_number("logged", "level", level)
    return _logged(states, measure, every, logger, level)


def _logged(
    states: Iterable[State[*Axes]],
    measure: Callable[[State[*Axes]], Scores] | None,
    every: int,
    logger: logging.Logger,
    level: int,
) -> Iterator[State[*Axes]]:
    for place, state in enumerate(map(_state, states)):
        if place % every == 0 and logger.isEnabledFor(level):
            metrics = {} if measure is None else dict(measure(state))
            said = [f"step {state.step}"]
            said += [f"cost {state.cost:.6g}"] if state.cost < math.inf else []
            said += [f"{name} {value:.6g}" for name, value in metrics.items()]
            fields = {"step": state.step, "cost": state.cost, "metrics": metrics}
            logger.log(level, "%s", ", ".join(said), extra=fields)
        yield state


# ---------------------------------------------------------------------------------------- the table


def to_csv(
    states: Iterable[State[*Axes]],
    path: str | Path,
    measure: Callable[[State[*Axes]], Scores] | None = None,
    *,
    every: int = 1,
) -> Iterator[State[*Axes]]:
    """The same stream; every `every`-th state, beginning with the first, is a line of a CSV file.

    A line is in the file when its state is handed on, so a run that is cut off keeps its lines.
    `load_history` reads them, and `fdnn.history_files` says what they hold.  A file that was there
    is replaced.  Raises `FileError` where it cannot be written, and `ArgumentError` where `measure`
    gives a score that it did not give at first: that has no column.
    """
    require_stream("to_csv", states)
    _require_measure("to_csv", measure)
    every = whole_number("to_csv", "every", every, least=1)
    _require_folder("to_csv", path)
    return _to_csv(states, path, measure, every)


def _to_csv(
    states: Iterable[State[*Axes]],
    path: str | Path,
    measure: Callable[[State[*Axes]], Scores] | None,
    every: int,
) -> Iterator[State[*Axes]]:
    names: list[str] = []
    with _lines_of(path) as add:
        for place, state in enumerate(map(_state, states)):
            if place % every == 0:
                scores = {} if measure is None else Measurement(state.step, measure(state)).scores
                if place == 0:
                    names = [*scores]
                    add(STEP, COST, *names)
                for name in scores.keys() - {*names}:
                    came = f"step {state.step} has the new score {name!r}"
                    raise ArgumentError("to_csv", came, "the scores of the first state")
                values = (cell(scores.get(name)) for name in names)
                add(str(state.step), cost_cell(state.cost), *values)
            yield state


@contextmanager
def _lines_of(path: str | Path) -> Generator[Callable[..., None]]:
    """A new file, and what adds a line to it, which is on its way to the disk at once."""
    try:
        file = Path(path).open("w", encoding="utf-8", newline="")  # noqa: SIM115  # closed below
    except OSError as error:
        raise _not_writable("to_csv", path, error) from None

    def add(*cells: str) -> None:
        try:
            file.write(line(cells))
            file.flush()
        except OSError as error:
            raise _not_writable("to_csv", path, error) from None

    with file:
        yield add


def _not_writable(where: str, path: str | Path, error: OSError) -> FileError:
    why = error.strerror or str(error)
    return FileError(where, f"{path} cannot be written", "a file that can be written to", why)


def _require_folder(where: str, path: str | Path) -> None:
    """Refuse a path in a folder that is not there, before the first step."""
    if not Path(path).absolute().parent.is_dir():
        raise FileError(where, f"{path} cannot be written", "a path in a folder that is there")


# ---------------------------------------------------------------------------------- the checkpoints


def saved(
    states: Iterable[State[*Axes]], path: str | Path, *, every: int = 1
) -> Iterator[State[*Axes]]:
    """The same stream; the parameters of every `every`-th state, and of the last, are in a file.

    Each replaces the one before it in one piece (`fdnn.checkpoint.save`), so that the file always
    holds a whole model; `saved(best(states, score), path)` keeps the best one.  The last state is
    that of a stream that ends by itself.  Raises `FileError` where the file cannot be written.
    """
    require_stream("saved", states)
    every = whole_number("saved", "every", every, least=1)
    _require_folder("saved", path)
    return _saved(states, path, every)


def _saved(states: Iterable[State[*Axes]], path: str | Path, every: int) -> Iterator[State[*Axes]]:
    written: list[State[*Axes]] = []
    unwritten: list[State[*Axes]] = []
    for place, state in enumerate(map(_state, states)):
        unwritten[:] = [state]
        if place % every == 0:
            _save(state, path, written)
            unwritten.clear()
        yield state
    for state in unwritten:
        _save(state, path, written)


def _save(state: State[*Axes], path: str | Path, written: list[State[*Axes]]) -> None:
    """Write the parameters, unless that very state is there already, as in a stream of the best."""
    if not written or written[0] is not state:
        checkpoint.save(state.params, path)
        written[:] = [state]


def _state(state: State[*Axes]) -> State[*Axes]:
    require_kind("a stream", "a state", state, State, "learner.start(params) gives the first")
    return state


def _require_measure(where: str, measure: object) -> None:
    if measure is not None:
        require_function(where, "measure", measure, "a function from a state to scores")

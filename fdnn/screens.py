"""What the command shows: tables, progress and errors, in plain text where there is no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, JustifyMethod, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from fdnn.datasets import Dataset, Description
from fdnn.encodings import Column, Number
from fdnn.experiment import Experiment, Outcome, milestone
from fdnn.history import Measurement
from fdnn.optimizers import Optimizer
from fdnn.predictions import Prediction
from fdnn.records import Architecture
from fdnn.regularizers import Regularizer
from fdnn.training import State

FRAME = 1.0 / 15.0
"""Seconds between two pictures of a running progress bar."""

WIDE = 400
"""The columns of an output that is no terminal: no line is broken there."""

FACTS = 59
"""So many columns the facts beside a progress bar need."""

MOST = 66
"""So many letters has a title at most."""

MANY = 12
"""Up to so many classes have a line of their own in a table."""

SIDES = ("train", "test")
"""The two parts of a data set, as the history of an experiment names them."""


def console(*, errors: bool = False) -> Console:
    """The terminal, or plain text without control codes where the output is none."""
    made = Console(stderr=errors, highlight=False)
    return made if made.is_terminal else Console(stderr=errors, highlight=False, width=WIDE)


def say_error(sentence: str) -> None:
    """One sentence on the error stream, in red where that is a terminal."""
    to = console(errors=True)
    to.print(_text(sentence, "red"), soft_wrap=not to.is_terminal)


def show(to: Console, what: RenderableType) -> None:
    """Print it; where there is no terminal, without the spaces that fill the ends of lines."""
    if to.is_terminal:
        to.print(what)
        return
    with to.capture() as captured:
        to.print(what)
    lines = [line.rstrip() for line in captured.get().splitlines()]
    to.print(Text("\n".join(lines)), soft_wrap=True)


def _text(words: str, style: str = "") -> Text:
    """Words from outside, such as the names of files, with their control characters spelt out."""
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in words)
    return Text(shown, style)


def _table(*headings: str) -> Table:
    """A table with these headings; a `>` before one sets its column to the right."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for heading in headings:
        side: JustifyMethod = "right" if heading.startswith(">") else "left"
        table.add_column(heading.removeprefix(">"), justify=side, overflow="fold")
    return table


def _grid(facts: Sequence[tuple[str, Text]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, fact in facts:
        grid.add_row(name, fact)
    return grid


# ---------------------------------------------------------------------------------------- training


def plan(experiment: Experiment, replaced: Path | None = None) -> Table:
    """What is going to be trained on what, and how, and which earlier model gives way to it."""
    dataset, settings = experiment.dataset, experiment.settings
    optimizer = settings.optimizer
    seed = settings.rng if isinstance(settings.rng, int) else settings.rng.seed
    parts = [f"{optimizer.name}, {_settings(optimizer)}"]
    if settings.batch_size is not None:
        parts.append(f"batches of {settings.batch_size}")
    if settings.regularizer is not None:
        parts.append(f"{settings.regularizer.name} {_strength(settings.regularizer)}")
    learning = ", ".join([*parts, f"seed {seed}", str(dataset.train.dtype)])
    told = _listed(dataset.class_names)
    columns = [] if dataset.columns is None else [_column(each) for each in dataset.columns.columns]
    facts = [
        ("data", _text(f"{dataset.name}: {_examples(dataset)}")),
        *([("columns", _text(_listed(columns)))] if columns else []),
        ("classes", _text(told)) if told else ("task", Text(dataset.task)),
        ("network", Text(shape(experiment.architecture))),
        ("learning", Text(learning)),
    ]
    if experiment.choice.in_span:
        facts.append(("by", Text(f"the span of the data: {experiment.choice.why}")))
    if replaced is not None:
        facts.append(("replaces", _text(f"the model of {_written(replaced)}, {replaced}")))
    return _grid(facts)


def _column(column: Column) -> str:
    """A column of a table, and what became of it."""
    size = column.encoding.size
    kind = "number" if isinstance(column.encoding, Number) else f"{size} categories"
    return f"{column.name} ({kind})"


def _written(path: Path) -> str:
    """When a file was written, by the clock on this wall."""
    moment = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    return f"{moment:%Y-%m-%d %H:%M}"


def shape(architecture: Architecture[*tuple[Any, ...]]) -> str:
    """A network in one line: `625 >> 128 relu >> 64 relu >> 1 sigmoid`."""
    parts = [f"{layer.axes[1]} {layer.activation.name}" for layer in architecture.layers]
    return " >> ".join([str(architecture.axes[0]), *parts])


def title(experiment: Experiment) -> str:
    """The data and the network, where that is short enough to stand above a picture."""
    name = experiment.dataset.name
    whole = f"{name}: {shape(experiment.architecture)}"
    return whole if len(whole) <= MOST else name


def _examples(dataset: Dataset[Any, Any]) -> str:
    kind = f"{dataset.axes[0]:d} number{'' if dataset.axes[0] == 1 else 's'} each"
    if dataset.image_shape is not None:
        height, width, *channels = dataset.image_shape
        kind = f"{'colour' if channels else 'grey'} images of {height} x {width}"
    return f"{dataset.train.size} to learn from, {dataset.test.size} to be tested on, {kind}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:MANY]) + (f" and {len(names) - MANY} more" if len(names) > MANY else "")


def _settings(optimizer: Optimizer) -> str:
    """The rate; the other settings of the optimizers have defaults that nobody set."""
    rate = getattr(optimizer, "rate", None)
    return f"rate {rate:g}" if isinstance(rate, float) else repr(optimizer)


def _strength(regularizer: Regularizer) -> str:
    strength = getattr(regularizer, "strength", None)
    return f"{strength:g}" if isinstance(strength, float) else repr(regularizer)


Show = Callable[[State[*tuple[Any, ...]], Measurement], None]


@contextmanager
def progress(to: Console, iterations: int) -> Generator[Show]:
    """A live bar with cost and accuracy; where there is no terminal, ten lines on the way."""
    if not to.is_terminal:
        yield _lines(to, iterations)
        return

    # Room for two characters is left at the end of the line: `^C` must not break it.
    room = to.width - FACTS - 2 * len(str(iterations))
    bar = Progress(
        BarColumn(max(5, min(30, room))),
        MofNCompleteColumn(),
        TextColumn("{task.fields[facts]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=to,
        auto_refresh=False,
    )
    task = bar.add_task("training", total=iterations, facts="")
    shown_at = 0.0
    done, facts = 0, ""

    def show(state: State[*tuple[Any, ...]], measurement: Measurement) -> None:
        nonlocal shown_at, done, facts
        done, facts = state.step, _facts(measurement)
        now = time.monotonic()
        if now - shown_at >= FRAME:
            shown_at = now
            bar.update(task, completed=done, facts=facts, refresh=True)

    with bar:
        yield show
        # The last state may have come too soon after the one before it.
        bar.update(task, completed=done, facts=facts, refresh=True)


def _lines(to: Console, iterations: int) -> Show:
    def show(state: State[*tuple[Any, ...]], measurement: Measurement) -> None:
        if milestone(state.step, iterations):
            place = f"{state.step:>{len(str(iterations))}}/{iterations}"
            to.print(Text(f"{place}  {_facts(measurement)}"))

    return show


def _facts(measurement: Measurement) -> str:
    """The cost of the training examples and both accuracies, all of the same parameters."""
    metric = _metric(measurement)
    train, test = (_score(metric, measurement[f"{side} {metric}"]) for side in SIDES)
    return f"cost {cost(measurement['train cost']):<10} train {train}  test {test}"


def cost(J: float) -> str:
    """A cost with four digits, the zeros at its end too."""
    return f"{J:#.4g}".rstrip(".")


def _percent(share: float) -> str:
    return f"{100.0 * share:5.1f} %"


def _score(metric: str, value: float) -> str:
    """A share in percent, and any other score as a number."""
    return _percent(value) if metric == "accuracy" else f"{_called(metric)} {value:.4g}"


def _called(metric: str) -> str:
    """A metric as people write it."""
    return {"r2": "R^2"}.get(metric, metric.replace("_", " "))


def results_of_numbers(outcome: Outcome, dataset: Dataset[Any, Any]) -> Table:
    """All metrics of numbers that were learned, on the training and on the test examples."""
    batches = (dataset.train, dataset.test)
    table = _table("", ">train", ">test")
    table.add_row("examples", *(str(batch.size) for batch in batches))
    measured = [outcome.model.evaluate(batch) for batch in batches]
    for metric in measured[0]:
        shown = cost if metric == "cost" else "{:.4g}".format
        table.add_row(_called(metric), *(shown(found[metric]) for found in measured))
    return table


def results(outcome: Outcome, learned: Sequence[Prediction], tested: Sequence[Prediction]) -> Table:
    """The metrics on the training and on the test examples, side by side, and class by class."""
    measured = outcome.history.measurements[-1]
    sides = [*zip(SIDES, (learned, tested), strict=True)]
    table = _table("", ">train", ">test")

    table.add_row("examples", *(str(len(found)) for _, found in sides))
    table.add_row("cost", *(cost(measured[f"{side} cost"]) for side in SIDES))
    metric = _metric(measured)
    table.add_row(metric, *(_percent(measured[f"{side} {metric}"]) for side in SIDES))
    table.add_row("misclassified", *(str(sum(p.wrong for p in found)) for _, found in sides))

    names = outcome.model.class_names
    if len(names) <= MANY:
        table.add_section()
        for name in names:
            table.add_row(_text(name), *(_right(found, name) for _, found in sides))
    return table


def _right(found: Sequence[Prediction], name: str) -> str:
    there = [prediction for prediction in found if prediction.truth == name]
    return f"{sum(not prediction.wrong for prediction in there)} of {len(there)} right"


def files(written: Sequence[tuple[str, Path]]) -> Table:
    """What was written, and where."""
    return _grid([(what, _text(str(path), "cyan")) for what, path in written])


def hint(command: str) -> Text:
    """What can be done next."""
    return Text("\nNow try: ").append(_text(command, "cyan"))


def rose(rate: object, recipe: object) -> Text:
    """What may help where the training made the cost higher than it was.

    The rate of the recipe, where a larger one was chosen; else a tenth of the one that was taken.
    """
    such_as = ""
    if isinstance(rate, float):
        smaller = recipe if isinstance(recipe, float) and recipe < rate else rate / 10.0
        such_as = f", such as --rate {smaller:g}"
    return Text(f"\nThe cost rose: try a smaller rate{such_as}.")


# ------------------------------------------------------------------------- predictions and the data


def predicted(found: Sequence[Prediction], unread: Sequence[str] = ()) -> Table:
    """One line for each example: what it is said to be, and how sure the model is.

    Those that could not be read have their lines among them, by name.
    """
    labelled = any(prediction.truth is not None for prediction in found)
    is_sure = any(prediction.probability is not None for prediction in found)
    what = ("class", ">probability") if is_sure or not found else (">predicted",)
    table = _table("example", *what, *([">label" if not is_sure else "label"] if labelled else []))
    rows: list[tuple[str, list[Text]]] = []
    for prediction in found:
        sure = "" if prediction.probability is None else _percent(prediction.probability)
        style = "red" if prediction.wrong else ""
        label = [_text(prediction.truth or "", style)] if labelled else []
        said = [_text(prediction.predicted, style), *([Text(sure)] if is_sure else []), *label]
        rows.append((prediction.example, said))
    rows += [(name, [Text("cannot be read", "red")]) for name in unread]
    if unread:
        rows.sort(key=lambda row: row[0])

    for name, cells in rows:
        table.add_row(_text(name), *cells)
    return table


def how_good(found: Sequence[Prediction]) -> Text:
    """The share of the labelled examples that the model gets right, or how far its numbers are."""
    errors = [prediction.error for prediction in found if prediction.error is not None]
    if errors:
        return Text(f"mean absolute error {sum(errors) / len(errors):.4g} of {len(errors)}")
    right = sum(not prediction.wrong for prediction in found)
    return Text(f"accuracy {_percent(right / len(found)).strip()}: {right} of {len(found)} right")


def data(known: Sequence[Description]) -> Table:
    """The data sets that there are, and what each needs installed."""
    table = _table("name", "what it is", "examples", "needs")
    for description in known:
        needs = f"fdnn[{description.extra}]" if description.extra else ""
        table.add_row(
            Text(description.name, "bold"),
            Text(description.what).append(f"\n{description.source}", "dim"),
            Text(description.examples),
            Text(needs),
        )
    return table


def _metric(measurement: Measurement) -> str:
    """What was measured beside the cost."""
    names = [name.partition(" ")[2] for name in measurement.scores]
    return next(name for name in names if name != "cost")

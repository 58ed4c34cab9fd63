"""The command `fdnn`: train a network on images, use it, and see what data there are."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from fdnn import checkpoint, datasets, options, screens
from fdnn.batches import Batch
from fdnn.errors import ArgumentError, FileError
from fdnn.experiment import Experiment, Outcome, run
from fdnn.inputs import read_folder
from fdnn.interruption import interruptible
from fdnn.matrix import Matrix, to_numpy
from fdnn.metrics import classes
from fdnn.predictions import Prediction, predictions, read_labels, tells_numbers
from fdnn.refusals import INTERRUPTED, REFUSED, Command, Program, sentence

CURVE = "learning_curve.png"
MISTAKES = "misclassified.png"
AGREEMENT = "predicted.png"
MODEL = "model.safetensors"
DIVERGED = "diverged.safetensors"
"""The model of a run that made the cost rise, where it would replace an earlier one."""

FILES = MappingProxyType({"learning curve": CURVE, "misclassified": MISTAKES, "model": MODEL})
"""The files that `fdnn train` writes."""

FILES_OF_NUMBERS = MappingProxyType(
    {"learning curve": CURVE, "predicted": AGREEMENT, "model": MODEL}
)
"""Those that it writes where numbers are learned, and not classes."""

HELP = """Train deep dense networks on images and tables, in plain NumPy, and use them.

[bold]Examples[/bold]

[cyan]fdnn train[/cyan]
train on 200 images to tell faces from other things

[cyan]fdnn predict fdnn-faces/model.safetensors photo.jpg[/cyan]
ask that model what it sees in a picture

[cyan]fdnn train --help[/cyan]
all that can be chosen

Everything is computed on one core, so that the results do not depend on how many there are.
"""

app = typer.Typer(
    name="fdnn",
    cls=Program,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> bool:
    if asked:
        screens.console().print(f"fdnn {version('fdnn')}")
        raise typer.Exit
    return asked


@app.callback(help=HELP)
def fdnn(
    asked: Annotated[
        bool,
        typer.Option("--version", "-V", callback=_version, is_eager=True, help="Say which fdnn."),
    ] = False,
) -> None:
    """Options that stand before a command."""


@app.command("train", cls=Command)
def train(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A name that [cyan]fdnn data[/cyan] lists; a .npz, .h5 or .csv file; or a folder "
            "with a folder of images for each class.",
        ),
    ] = "faces",
    layers: Annotated[
        str | None,
        typer.Option(
            "--layers",
            "-l",
            metavar="SIZES",
            help="Hidden layers: [cyan]128,64[/cyan] is two of them, [cyan]none[/cyan] is none.",
            rich_help_panel="The network",
        ),
    ] = None,
    activation: Annotated[
        str | None,
        typer.Option(
            "--activation",
            "-a",
            metavar="NAMES",
            help="Of all hidden layers, [cyan]tanh[/cyan], or of each, [cyan]relu,tanh[/cyan].",
            rich_help_panel="The network",
        ),
    ] = None,
    optimizer: Annotated[
        str | None,
        typer.Option(
            "--optimizer",
            metavar="NAME",
            help="gradient_descent, momentum, nesterov, adam, adamw ...",
            rich_help_panel="The training",
        ),
    ] = None,
    rate: Annotated[
        str | None,
        typer.Option(
            "--rate",
            "-r",
            metavar="NUMBER",
            help="How far a step goes.",
            rich_help_panel="The training",
        ),
    ] = None,
    iterations: Annotated[
        str | None,
        typer.Option(
            "--iterations",
            "-n",
            metavar="N",
            help="How many steps, each an update of the parameters.",
            rich_help_panel="The training",
        ),
    ] = None,
    batch_size: Annotated[
        str | None,
        typer.Option(
            "--batch-size",
            "-b",
            metavar="N",
            help="How many examples a step learns from, in an order drawn anew for each epoch; "
            "[cyan]all[/cyan] of them.",
            rich_help_panel="The training",
        ),
    ] = None,
    l2: Annotated[
        str | None,
        typer.Option(
            "--l2",
            metavar="NUMBER",
            help="Keeps weights small: so much times half the sum of their squares is added to the "
            "cost; [cyan]0[/cyan] adds nothing.",
            rich_help_panel="The training",
        ),
    ] = None,
    seed: Annotated[
        str,
        typer.Option(
            "--seed",
            "-s",
            metavar="N",
            help="Draws the split and the first weights; the same seed gives the same model.",
            rich_help_panel="The training",
        ),
    ] = "0",
    dtype: Annotated[
        str,
        typer.Option(
            "--dtype",
            metavar="NAME",
            help="float64, or float32: half the memory, and faster where the span is not taken.",
            rich_help_panel="The training",
        ),
    ] = "float64",
    span: Annotated[
        bool | None,
        typer.Option(
            "--span/--no-span",
            help="Learn from the products of the examples in place of the examples: equal but for "
            "rounding, and faster with many more inputs than examples. By itself where it pays.",
            rich_help_panel="The training",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="COLUMN",
            help="What is learned of a .csv file; the last column unless you say so.",
            rich_help_panel="The data",
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            "--task",
            metavar="NAME",
            help="binary, multiclass, regression or counts, where a .csv file leaves it open.",
            rich_help_panel="The data",
        ),
    ] = None,
    image_size: Annotated[
        str | None,
        typer.Option(
            "--image-size",
            metavar="N",
            help="The side of the squares to which the images of a folder are resized.",
            rich_help_panel="The data",
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="Where the model and the pictures go, in the place of earlier ones; "
            "[cyan]fdnn-DATA[/cyan] unless you say so.",
            rich_help_panel="The results",
        ),
    ] = None,
) -> None:
    """Train a network, and keep it with its learning curve and its mistakes.

    What you do not choose comes with the data, and is shown at the start.
    For a .npz or .h5 file it is the course's: hidden layers 20,7,5,
    gradient_descent, rate 0.0075, 2500 iterations.
    Ctrl-C ends the training early and keeps what was learned.

    [bold]Examples[/bold]

    [cyan]fdnn train[/cyan]
    faces or no faces, as the data's own recipe says

    [cyan]fdnn train digits --layers 256,128 --activation tanh --iterations 300[/cyan]
    a larger network that reads digits

    [cyan]fdnn train houses.csv --target price[/cyan]
    a table of your own

    [cyan]fdnn train cats.h5 --optimizer gradient_descent --rate 0.0075 -n 2500[/cyan]
    your own images, trained as in the course
    """
    choices = options.Choices(
        hidden=options.optional(options.sizes, "--layers", layers),
        activations=options.optional(options.activations, "--activation", activation),
        optimizer=options.optional(options.optimizer, "--optimizer", optimizer),
        rate=options.optional(options.positive_number, "--rate", rate),
        iterations=options.optional(options.count, "--iterations", iterations),
        span=span,
        batch_size=options.optional(options.batch_size, "--batch-size", batch_size),
        l2=options.optional(options.strength, "--l2", l2),
    )
    rng = options.seed("--seed", seed)
    dataset = datasets.named(
        data,
        rng,
        options.precision("--dtype", dtype),
        target=target,
        task=options.optional(options.task, "--task", task),
        image_size=options.optional(options.count, "--image-size", image_size),
    )
    experiment = Experiment(dataset, choices.settings(dataset.recipe, rng))
    options.require_room(experiment.architecture, dataset.train.X.dtype)
    options.require_exact(experiment)

    if out == "":
        raise ArgumentError("fdnn train", "--out is ''", "the name of a folder")
    folder = Path(f"fdnn-{dataset.name}" if out is None else out)
    made = options.writable_folder("--out", folder)
    try:
        options.require_places("--out", [folder / name for name in _files(experiment).values()])
        _train(experiment, folder)
    finally:
        options.remove_empty(made)


def _train(experiment: Experiment, folder: Path) -> None:
    options.require_installed("matplotlib", "plots")
    options.require_installed("safetensors", "files")
    terminal = screens.console()
    model = folder / MODEL
    with interruptible() as interrupted:
        screens.show(terminal, screens.plan(experiment, model if model.is_file() else None))
        terminal.print()
        with (
            screens.progress(terminal, experiment.settings.iterations) as show,
            threadpool_limits(limits=1),
        ):
            outcome = run(experiment, show, interrupted)

    if model.is_file() and _rose(outcome):
        model = folder / DIVERGED
    # The model comes first: whatever happens while the pictures are drawn, it is there.
    checkpoint.save(outcome.model, model)
    with threadpool_limits(limits=1):
        learned, tested = (
            predictions(outcome.model, batch.X, _labels(experiment, batch))
            for batch in (experiment.dataset.train, experiment.dataset.test)
        )
    try:
        _draw(experiment, outcome, tested, folder)
    except FileError as error:
        why = f"{error.why}; the model is kept in {model}"
        raise FileError(error.where, error.came, error.expected, why) from None

    if tells_numbers(outcome.model):
        screens.show(terminal, screens.results_of_numbers(outcome, experiment.dataset))
    else:
        screens.show(terminal, screens.results(outcome, learned, tested))
    written = [(what, folder / name) for what, name in _files(experiment).items() if name != MODEL]
    screens.show(terminal, screens.files([*written, ("model", model)]))
    if _rose(outcome):
        optimizers = (experiment.settings.optimizer, experiment.dataset.recipe.optimizer)
        alike = type(optimizers[0]) is type(optimizers[1])
        rate, usual = (getattr(each, "rate", None) for each in optimizers)
        screens.show(terminal, screens.rose(rate, usual if alike else None))
    if outcome.divergence is not None:
        kept = f"the model after {outcome.steps} steps is kept in {model}"
        screens.say_error(f"{sentence('fdnn train', outcome.divergence)}; {kept}")
        raise typer.Exit(REFUSED)
    if interrupted():
        total = experiment.settings.iterations
        ended = f"fdnn train: interrupted after {outcome.steps} of {total} iterations"
        screens.say_error(f"{ended}: what was learned is kept in {model}")
        raise typer.Exit(INTERRUPTED)
    if outcome.model.image_shape is not None or outcome.model.columns is not None:
        program = called(sys.argv[0], sys.executable)
        screens.show(terminal, screens.hint(f"{program} predict {shlex.quote(str(model))} FILE"))


def _files(experiment: Experiment) -> Mapping[str, str]:
    return FILES if experiment.dataset.class_names else FILES_OF_NUMBERS


def _labels(experiment: Experiment, batch: Batch[Any, Any, Any]) -> NDArray[Any]:
    """The numbers of the classes, or the numbers themselves, `(examples,)`."""
    return classes(batch.Y) if experiment.dataset.class_names else to_numpy(batch.Y)[0]


def _rose(outcome: Outcome) -> bool:
    first, *_, last = (*(values := outcome.history["train cost"].values), values[-1])
    return outcome.divergence is not None or last > first


def called(program: str, python: str) -> str:
    """The command as it was called, in as few words as bring it about from this folder.

    `program` is the file that was run, `python` the one that ran it.
    """
    name = Path(program).name
    if name == "__main__.py":
        return f"{_typed(python)} -m fdnn"
    return _typed(program) if name == "fdnn" else "fdnn"


def _typed(program: str) -> str:
    """What to type for a program: its name where the shell finds it by that, else its path."""
    name = Path(program).name
    found = shutil.which(name)
    if found is not None and Path(found).absolute() == Path(program).absolute():
        return shlex.quote(name)
    here = Path.cwd()
    absolute = Path(program).absolute()
    path = absolute.relative_to(here) if absolute.is_relative_to(here) else Path(program)
    return shlex.quote(str(path) if len(path.parts) > 1 else f"./{path}")


def _draw(
    experiment: Experiment, outcome: Outcome, tested: Sequence[Prediction], folder: Path
) -> None:
    from fdnn import plots

    dataset = experiment.dataset
    plots.save(plots.learning_curve(outcome.history, screens.title(experiment)), folder / CURVE)
    if not dataset.class_names:
        A: Matrix[Any, Any] = outcome.model(dataset.test.X)
        plots.save(
            plots.agreement(A, dataset.test.Y, f"{dataset.name}: test examples"), folder / AGREEMENT
        )
        return
    if dataset.image_shape is None:
        mistakes = plots.confusion(tested, dataset.class_names, "test examples")
    else:
        mistakes = plots.misclassified(tested, dataset.test.X, dataset.image_shape, "test images")
    plots.save(mistakes, folder / MISTAKES)


@app.command("predict", cls=Command)
def predict(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A model that [cyan]fdnn train[/cyan] saved.")
    ],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="An image, a folder of images, or a .npz, .h5 or .csv file of examples.",
        ),
    ],
) -> None:
    """Say what a model sees in an image, in a folder of images, or in a file of examples.

    Images are turned grey or coloured, and resized, as the model needs them.
    The columns of a .csv file are found by their names.
    Where a file holds labels too, it is told how good the model is.

    [bold]Examples[/bold]

    [cyan]fdnn predict fdnn-faces/model.safetensors photo.jpg[/cyan]

    [cyan]fdnn predict fdnn-faces/model.safetensors holidays/[/cyan]

    [cyan]fdnn predict fdnn-cats/model.safetensors cats.h5[/cyan]
    """
    if str(file) in datasets.SHIPPED and not file.exists():
        expected = "an image, a folder of images, or a .npz, .h5 or .csv file"
        came = f"FILE is {str(file)!r}"
        raise ArgumentError("fdnn predict", came, expected, "that is the name of a data set")
    trained = checkpoint.load(model)
    shape, dtype = trained.image_shape, trained.params.dtype
    damaged: Mapping[str, FileError] = {}
    if file.is_dir():
        examples, X, damaged = read_folder(file, shape, dtype)
    else:
        examples, X = datasets.read_inputs(file, shape, dtype, trained.columns)
    labels = read_labels(file, len(examples), trained)
    with threadpool_limits(limits=1):
        found = predictions(trained, X, labels, examples)

    terminal = screens.console()
    screens.show(terminal, screens.predicted(found, [*damaged]))
    if labels is not None:
        screens.show(terminal, screens.how_good(found))
    if damaged:
        raise _unread(damaged)


def _unread(damaged: Mapping[str, FileError]) -> FileError:
    """The first of the refusals, and how many there are more."""
    first, *others = damaged.values()
    more = f", nor can {len(others)} more" if others else ""
    return FileError(first.where, f"{first.came}{more}", first.expected, first.why)


@app.command("data", cls=Command)
def data() -> None:
    """List the data sets that there are, and what each needs installed."""
    screens.show(screens.console(), screens.data(datasets.catalogue()))

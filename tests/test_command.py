"""The command: what it shows, what it writes, and how it refuses."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from io import StringIO
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from threadpoolctl import threadpool_info, threadpool_limits
from typer.testing import CliRunner

import fdnn
from fdnn import (
    Adam,
    GradientDescent,
    Learner,
    Momentum,
    Optimizer,
    activations,
    checkpoint,
    datasets,
    initialize,
    screens,
)
from fdnn.command import AGREEMENT, CURVE, DIVERGED, MISTAKES, MODEL, app, called
from fdnn.experiment import Experiment, Outcome, Settings, milestone, run
from fdnn.history import Measurement
from fdnn.interruption import interruptible
from fdnn.options import Choices
from fdnn.predictions import predictions
from fdnn.transforms import fit, transformed

SMALL = ["--layers", "3", "--iterations", "2"]
"""Options of a training that takes no time."""

WRITTEN = {CURVE, MISTAKES, MODEL}


class Ran:
    """What came of a command."""

    def __init__(self, *arguments: str | Path) -> None:
        result = CliRunner().invoke(app, [*map(str, arguments)])
        # A traceback would show as an exception that is not the end of the command.
        assert result.exception is None or isinstance(result.exception, SystemExit)
        self.status, self.out, self.err = result.exit_code, result.stdout, result.stderr

    @property
    def lines(self) -> list[str]:
        return [" ".join(line.split()) for line in self.out.splitlines()]


def help_of(command: str) -> str:
    """The words of a command's help, without the frames around them."""
    return " ".join(re.sub("[^ -~]", " ", Ran(command, "--help").out).split())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the command is run in, empty at first."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "")
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the faces that has hardly been trained."""
    out = tmp_path_factory.mktemp("trained")
    assert Ran("train", *SMALL, "--out", out).status == 0
    return out / MODEL


def small(**changes: Any) -> Experiment:
    """A training of the faces that takes no time."""
    chosen: dict[str, Any] = {
        "hidden": (3,),
        "activations": (activations.relu,),
        "optimizer": Adam(0.01),
        "iterations": 4,
        "transforms": ("center", "standardize"),
    }
    return Experiment(datasets.faces(), Settings(**{**chosen, **changes}))


# ---------------------------------------------------------------------------------------- training


def test_training_ends_with_a_table_two_pictures_and_a_model(folder: Path) -> None:
    ran = Ran("train", *SMALL)

    assert (ran.status, ran.err) == (0, "")
    assert names(folder) == {"fdnn-faces"}
    assert names(folder / "fdnn-faces") == WRITTEN  # and no temporary file
    for name in (CURVE, MISTAKES):
        with Image.open(folder / "fdnn-faces" / name) as image:
            image.load()
            assert image.format == "PNG"
            assert image.width >= 600
            assert image.height >= 350
        assert f"fdnn-faces/{name}" in ran.out

    model = checkpoint.load(folder / "fdnn-faces" / MODEL)
    assert model.class_names == ("no face", "face")
    assert [*map(int, model.axes)] == [625, 3, 1]


def test_the_table_is_of_the_model_that_was_saved(folder: Path) -> None:
    ran = Ran("train", *SMALL)
    model = checkpoint.load(folder / "fdnn-faces" / MODEL)
    data = datasets.faces()
    train, test = model.evaluate(data.train), model.evaluate(data.test)

    assert "examples 150 50" in ran.lines
    assert f"cost {train['cost']:#.4g} {test['cost']:#.4g}" in ran.lines
    expected = f"accuracy {100 * train['accuracy']:.1f} % {100 * test['accuracy']:.1f} %"
    assert expected in ran.lines
    wrong = [round((1 - m["accuracy"]) * n) for m, n in ((train, 150), (test, 50))]
    assert f"misclassified {wrong[0]} {wrong[1]}" in ran.lines


def test_cost_and_accuracy_are_told_on_the_way() -> None:
    number = r"\d+(\.\d+)?(e[+-]\d+)?"
    facts = rf"/2 cost {number} train {number} % test {number} %"

    told = [line for line in Ran("train", *SMALL).lines if re.fullmatch(rf"\d+{facts}", line)]
    assert [line[:3] for line in told] == ["1/2", "2/2"]


@pytest.mark.parametrize("iterations", [1, 12, 45])
def test_every_row_is_of_one_moment_and_the_last_agrees_with_the_table(iterations: int) -> None:
    experiment = small(iterations=iterations)
    rows: dict[int, Measurement] = {}

    def watch(state: Any, measurement: Measurement) -> None:
        if milestone(state.step, iterations):
            assert measurement.step == state.step
            rows[state.step] = measurement

    outcome = run(experiment, watch)
    assert rows[iterations] == outcome.history.measurements[-1]
    for step, row in rows.items():
        model = run(small(iterations=step)).model
        assert scores_on(row, "train").items() <= model.evaluate(experiment.dataset.train).items()
        assert scores_on(row, "test").items() <= model.evaluate(experiment.dataset.test).items()


def test_the_last_row_agrees_with_the_table_to_the_digit() -> None:
    lines = Ran("train", "--layers", "3", "-n", "11").lines
    row = next(line for line in lines if line.startswith("11/11"))
    _, cost, *_ = next(line for line in lines if line.startswith("cost")).split()
    _, train, _, test, _ = next(line for line in lines if line.startswith("accuracy")).split()

    assert row == f"11/11 cost {cost} train {train} % test {test} %"


@pytest.mark.parametrize(
    ("J", "shown"), [(1.1, "1.100"), (0.00021, "0.0002100"), (1234.5, "1234"), (2e6, "2.000e+06")]
)
def test_a_cost_has_four_digits(J: float, shown: str) -> None:
    assert screens.cost(J) == shown


def test_a_terminal_gets_a_live_bar_with_cost_and_accuracy() -> None:
    screen = StringIO()
    terminal = Console(file=screen, force_terminal=True, width=100)
    with screens.progress(terminal, 4) as show:
        run(small(), show)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())

    assert re.search(r"4/4 cost \S+ +train +\d+\.\d % +test +\d+\.\d % ", shown)


def test_a_bar_is_drawn_fifteen_times_a_second_however_fast_the_steps_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = Learner(datasets.faces().head.cost, Adam()).start(
        initialize(small().architecture, rng=0)
    )
    names = ("train cost", "train accuracy", "test cost", "test accuracy")
    measurement = Measurement(0, dict.fromkeys(names, 0.5))
    drawn: list[float] = []
    clock = [100.0]
    monkeypatch.setattr("fdnn.screens.Progress.update", lambda *_, **__: drawn.append(clock[0]))
    monkeypatch.setattr("fdnn.screens.time", SimpleNamespace(monotonic=lambda: clock[0]))

    terminal = Console(file=StringIO(), force_terminal=True, width=100)
    with screens.progress(terminal, 5000) as show:
        for _ in range(2000):
            show(start, measurement)
            clock[0] += 0.001

    assert 28 <= len(drawn) <= 32  # in two seconds, and at the end


def test_an_output_that_is_no_terminal_gets_no_control_codes(trained: Path) -> None:
    for arguments in (["train", *SMALL], ["data"], ["predict", trained, "nothing"], ["--help"]):
        ran = Ran(*arguments)
        assert not [c for c in ran.out + ran.err if not (c.isprintable() or c == "\n")]


def test_every_choice_reaches_the_model(folder: Path) -> None:
    chosen = {
        "--layers": "5,4",
        "--activation": "tanh,leaky_relu",
        "--optimizer": "momentum",
        "--rate": "0.02",
        "--iterations": "3",
        "--seed": "7",
        "--dtype": "float32",
        "--out": "deep/er",
    }
    ran = Ran("train", "digits", *(word for option in chosen.items() for word in option))
    model = checkpoint.load(folder / "deep" / "er" / MODEL)

    assert ran.status == 0
    assert [*map(int, model.axes)] == [64, 5, 4, 10]
    kinds = [layer.activation.name for layer in model.params.architecture.layers]
    assert kinds == ["tanh", "leaky_relu", "softmax"]
    assert model.params.dtype == np.float32
    assert "learning momentum, rate 0.02, batches of 32, seed 7, float32" in ran.lines
    assert any(line.startswith("3/3 cost") for line in ran.lines)


@pytest.mark.parametrize(
    ("name", "rate", "expected"),
    [
        (None, None, datasets.FACES.optimizer),
        (None, 0.5, Adam(0.5)),
        ("adam", None, datasets.FACES.optimizer),
        ("momentum", 0.5, Momentum(0.5)),
        ("momentum", None, Momentum(0.001)),
        ("gradient_descent", None, GradientDescent(0.0075)),
    ],
)
def test_an_optimizer_has_the_rate_of_the_recipe_the_chosen_one_or_its_own(
    name: str | None, rate: float | None, expected: Optimizer
) -> None:
    chosen = Choices(optimizer=name, rate=rate)
    assert chosen.settings(datasets.FACES, rng=0).optimizer == expected


def test_a_title_names_the_network_where_there_is_room() -> None:
    deep = small(hidden=(3,) * 9, activations=(activations.leaky_relu,) * 9)

    assert screens.title(small()) == "faces: 625 >> 3 relu >> 1 sigmoid"
    assert screens.title(deep) == "faces"


def test_a_network_without_hidden_layers_is_logistic_regression(folder: Path) -> None:
    assert Ran("train", "--layers", "none", "--iterations", "1").status == 0
    assert [*map(int, checkpoint.load(folder / "fdnn-faces" / MODEL).axes)] == [625, 1]


def test_the_same_seed_gives_the_same_model_and_another_seed_another(folder: Path) -> None:
    for out, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        assert Ran("train", *SMALL, "--seed", seed, "--out", out).status == 0
    first, again, other = ((folder / out / MODEL).read_bytes() for out in "abc")

    assert first == again
    assert first != other


def test_results_of_an_earlier_run_are_replaced(folder: Path) -> None:
    (folder / "out").mkdir()
    for name in (*WRITTEN, "notes.txt"):
        (folder / "out" / name).write_text("old")

    assert Ran("train", *SMALL, "--out", "out").status == 0
    assert names(folder / "out") == {*WRITTEN, "notes.txt"}
    assert (folder / "out" / "notes.txt").read_text() == "old"
    assert all((folder / "out" / name).read_bytes() != b"old" for name in WRITTEN)


def test_a_model_that_will_be_replaced_is_named(folder: Path) -> None:
    first, again = Ran("train", *SMALL), Ran("train", *SMALL)

    assert not [line for line in first.lines if line.startswith("replaces")]
    (line,) = [line for line in again.lines if line.startswith("replaces")]
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d"
    assert re.fullmatch(rf"replaces the model of {moment}, fdnn-faces/{MODEL}", line)
    assert "in the place of earlier ones" in help_of("train")


def test_where_the_cost_rose_a_smaller_rate_is_advised() -> None:
    too_far = ["--optimizer", "gradient_descent", "--rate", "30", "--activation", "tanh"]
    sentence = "The cost rose: try a smaller rate, such as --rate 3."

    assert sentence in Ran("train", *SMALL, *too_far).lines
    assert "The cost rose" not in Ran("train", *SMALL).out


def test_the_command_computes_on_one_thread(
    folder: Path, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def seen(function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any) -> Any:
            blas = [part for part in threadpool_info() if part["user_api"] == "blas"]
            threads.extend(part["num_threads"] for part in blas)
            return function(*arguments)

        return watched

    monkeypatch.setattr("fdnn.command.run", seen(run))
    monkeypatch.setattr("fdnn.command.predictions", seen(predictions))
    Image.fromarray(face(0)).save(folder / "photo.png")
    with threadpool_limits(limits=2):
        assert Ran("train", *SMALL).status == 0
        assert Ran("predict", trained, "photo.png").status == 0

    assert threads
    assert set(threads) == {1}


def test_the_program_is_named_as_it_can_be_typed_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = folder / "my venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("fdnn", "python"):
        (programs / name).write_text("")
        (programs / name).chmod(0o755)
    script, python = str(programs / "fdnn"), str(programs / "python")

    assert called(script, python) == called("my venv/bin/fdnn", python) == "'my venv/bin/fdnn'"
    assert called("/x/fdnn/__main__.py", python) == "'my venv/bin/python' -m fdnn"
    assert called("/elsewhere/bin/fdnn", python) == "/elsewhere/bin/fdnn"
    monkeypatch.setenv("PATH", str(programs))
    assert called(script, python) == "fdnn"
    assert called("/x/fdnn/__main__.py", python) == "python -m fdnn"
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(programs)
    assert called(script, python) == "./fdnn"


def test_the_next_command_is_told_in_words_that_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [str(folder / "venv" / "bin" / "fdnn")])
    ran = Ran("train", *SMALL, "--out", "a b")
    assert ran.lines[-1] == f"Now try: venv/bin/fdnn predict 'a b/{MODEL}' FILE"


def test_inputs_that_are_no_images_are_counted_and_a_file_has_the_courses_settings(
    folder: Path,
) -> None:
    X, Y = np.random.default_rng(0).normal(size=(6, 2)), [0, 1, 0, 1, 0, 1]
    np.savez(folder / "x.npz", train_x=X, train_y=Y, test_x=X, test_y=Y)
    lines = Ran("train", "x.npz", "-n", "1").lines

    assert "data x: 6 to learn from, 6 to be tested on, 2 numbers each" in lines
    assert "network 2 >> 20 relu >> 7 relu >> 5 relu >> 1 sigmoid" in lines
    assert "20,7,5, gradient_descent, rate 0.0075, 2500 iterations" in help_of("train")
    recipe = datasets.FILES
    assert (recipe.hidden, recipe.optimizer) == ((20, 7, 5), GradientDescent(0.0075))
    assert recipe.iterations == 2500


def test_the_commands_training_is_that_of_the_public_functions() -> None:
    experiment = small()
    data = experiment.dataset
    transform = fit(["center", "standardize"], data.train.X)
    params = initialize(experiment.architecture, rng=0)
    learner = Learner(data.head.cost, Adam(0.01))
    step = learner.step(params)(transformed(data.train, transform))
    *_, last = islice(fdnn.iterate(step)(learner.start(params)), 5)

    outcome = run(experiment)
    assert outcome.model.params == last.params
    assert outcome.model.transform == transform
    assert outcome.history.costs[-1] == last.cost
    assert (outcome.steps, len(outcome.history.costs)) == (4, 4)


def test_what_is_measured_is_what_the_model_of_that_step_gives() -> None:
    outcome = run(small())
    measured = {measurement.step: measurement for measurement in outcome.history.measurements}
    data = datasets.faces()

    assert [*measured] == [0, 1, 2, 3, 4]
    assert scores_on(measured[4], "train").items() <= outcome.model.evaluate(data.train).items()
    assert scores_on(measured[4], "test").items() <= outcome.model.evaluate(data.test).items()
    for step, cost in enumerate(outcome.history.costs):
        assert measured[step]["train cost"] == pytest.approx(cost, rel=1e-12)


def scores_on(measurement: Measurement, side: str) -> dict[str, float]:
    return {metric: measurement[f"{side} {metric}"] for metric in ("cost", "accuracy")}


# -------------------------------------------------------------------- numbers, tables, mini-batches


def houses(folder: Path, rows: int = 60) -> Path:
    """A table whose last column is a number that the others tell."""
    draw = np.random.default_rng(0)
    rooms, towns = draw.integers(1, 7, rows), draw.choice(["Bonn", "Jena", "Ulm"], rows)
    prices = 1000 * rooms * np.where(towns == "Ulm", 1.5, 1.0) + draw.normal(0.0, 50.0, rows)
    lines = [f"{r},{t},{p:.2f}" for r, t, p in zip(rooms, towns, prices, strict=True)]
    path = folder / "houses.csv"
    path.write_text("\n".join(["rooms,town,price", *lines]))
    return path


def test_a_regression_is_told_in_the_units_of_its_labels(folder: Path) -> None:
    """The table, the picture and the model agree with what the model itself says."""
    ran = Ran("train", "diabetes", "--iterations", "30")

    assert (ran.status, ran.err) == (0, "")
    assert names(folder / "fdnn-diabetes") == {CURVE, AGREEMENT, MODEL}
    assert "task regression" in ran.lines
    data, model = datasets.named("diabetes"), checkpoint.load(folder / "fdnn-diabetes" / MODEL)
    train, test = (model.evaluate(batch) for batch in (data.train, data.test))
    assert f"R^2 {train['r2']:.4g} {test['r2']:.4g}" in ran.lines
    error = "root mean squared error"
    assert f"root mean squared error {train[error]:.4g} {test[error]:.4g}" in ran.lines
    numbers = fdnn.to_numpy(model(data.test.X)) - fdnn.to_numpy(data.test.Y)
    assert test[error] == pytest.approx(float(np.sqrt(np.mean(np.square(numbers)))))


def test_a_table_is_learned_and_told_again(folder: Path) -> None:
    ran = Ran("train", houses(folder), "--iterations", "150")
    assert (ran.status, ran.err) == (0, "")
    assert "learning adam, rate 0.01, batches of 256, l2 0.01, seed 0, float64" in ran.lines

    told = Ran("predict", folder / "fdnn-houses" / MODEL, folder / "houses.csv")
    assert told.status == 0
    *_, last = told.lines
    assert last.startswith("mean absolute error ")
    assert last.endswith(" of 60")
    assert float(last.split()[3]) < 500.0

    (folder / "new.csv").write_text("town,rooms\nUlm,4\n")  # in another order, without the price
    new = Ran("predict", folder / "fdnn-houses" / MODEL, folder / "new.csv")
    row = [line for line in new.lines if line.startswith("row 2")]
    assert float(row[0].split()[-1]) == pytest.approx(6000.0, abs=600.0)


def test_the_classes_of_a_table_are_told_by_name(folder: Path) -> None:
    ran = Ran("train", houses(folder), "--target", "town", "--iterations", "2")
    assert "classes Bonn, Jena, Ulm" in ran.lines
    told = Ran("predict", folder / "fdnn-houses" / MODEL, folder / "houses.csv")
    assert re.fullmatch(r"accuracy [\d.]+ %: \d+ of 60 right", told.lines[-1])


def test_counts_are_learned_where_that_is_said(folder: Path) -> None:
    ran = Ran("train", houses(folder), "--target", "rooms", "--task", "counts", "-n", "2")
    assert "task counts" in ran.lines
    assert any(line.startswith("network ") and line.endswith("1 exponential") for line in ran.lines)


def test_batches_and_penalties_can_be_chosen_and_left_out(folder: Path) -> None:
    chosen = Ran("train", *SMALL, "--batch-size", "16", "--l2", "0.5")
    assert "learning adam, rate 0.001, batches of 16, l2 0.5, seed 0, float64" in chosen.lines
    data = houses(folder)
    neither = Ran("train", data, "--batch-size", "all", "--l2", "0", "-n", "2")
    assert "learning adam, rate 0.01, seed 0, float64" in neither.lines


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--batch-size", "0"], "--batch-size is '0', expected a whole number of at least 1"),
        (["--l2", "-1"], "--l2 is '-1', expected a number from 0 on, such as 0.001"),
        (["--task", "regresion"], "expected one of binary, counts, multiclass, regression: did "),
        (["--target", "cost"], "has no column 'cost', expected one of price, rooms, town"),
        (["--task", "counts", "--target", "town"], "is 'Ulm', expected a number from 0 on"),
        (["--image-size", "8"], "image_size is 8, expected none: "),
    ],
)
def test_what_a_table_has_no_use_for_is_refused(
    folder: Path, options: list[str], words: str
) -> None:
    ran = Ran("train", houses(folder), *options)
    assert ran.status == 2
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert names(folder) == {"houses.csv"}


# ------------------------------------------------------------------------------------------ Ctrl-C


def test_a_run_that_is_stopped_keeps_the_model_of_its_last_state() -> None:
    answers = iter([False, False, True])
    stopped = run(small(), stop=lambda: next(answers))

    assert stopped.steps == 2
    assert stopped.model.params == run(small(iterations=2)).model.params


def test_the_last_row_of_a_run_that_is_stopped_is_of_the_model_that_is_kept() -> None:
    seen: list[Measurement] = []
    answers = (step == 23 for step in range(24))  # where nothing would be measured otherwise
    stopped = run(
        small(iterations=1000),
        lambda state, measurement: seen.append(measurement),
        lambda: next(answers),
    )

    assert seen[-1].step == stopped.steps == 23
    assert seen[-1] == stopped.history.measurements[-1]


def test_the_first_interruption_only_asks_and_the_second_ends() -> None:
    handler = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with interruptible() as interrupted:
            assert not interrupted()
            signal.raise_signal(signal.SIGINT)
            assert interrupted()
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, handler)


def test_ctrl_c_keeps_what_was_learned_and_says_where(folder: Path) -> None:
    # A suite that runs in the background of a shell may have been told to ignore Ctrl-C.
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    program += "import fdnn.__main__ as m; m.main()"
    options = ["train", "--layers", "2", "-n", "1000000000"]
    with subprocess.Popen(
        [sys.executable, "-c", program, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while not process.stdout.readline().startswith("learning"):
            assert process.poll() is None, process.stderr.read()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert err.startswith("fdnn train: interrupted after ")
    assert err.endswith(f"what was learned is kept in fdnn-faces/{MODEL}\n")
    assert "Traceback" not in out + err
    assert names(folder / "fdnn-faces") == WRITTEN
    assert [*map(int, checkpoint.load(folder / "fdnn-faces" / MODEL).axes)] == [625, 2, 1]


# ----------------------------------------------------------------------------------- what diverges


def test_where_the_cost_becomes_infinite_the_last_finite_state_is_kept(folder: Path) -> None:
    options = ["--layers", "5", "--optimizer", "gradient_descent", "--rate", "1e6"]
    ran = Ran("train", *options, "--dtype", "float32", "-n", "30")

    assert ran.status == 2
    assert ran.err.startswith("fdnn train: the cost after step ")
    assert "expected finite numbers" in ran.err
    assert ran.err.endswith(f"steps is kept in fdnn-faces/{MODEL}\n")
    assert ran.err.count("\n") == 1
    assert names(folder / "fdnn-faces") == WRITTEN
    assert "The cost rose: try a smaller rate, such as --rate 100000." in ran.lines

    model = checkpoint.load(folder / "fdnn-faces" / MODEL)
    assert np.isfinite(model.evaluate(datasets.faces(dtype="float32").train)["cost"])


def test_parameters_that_the_very_last_step_made_infinite_are_not_kept() -> None:
    diverging = small(optimizer=GradientDescent(1e308), iterations=1, transforms=())
    outcome = run(diverging)

    assert outcome.divergence is not None
    assert outcome.steps == 0
    assert outcome.model.params == initialize(diverging.architecture, rng=0)
    assert [measurement.step for measurement in outcome.history.measurements] == [0]


# --------------------------------------------------------------------------------------- bad input

LATER = "expected a folder that can be written to"

REFUSED: Sequence[tuple[list[str], str]] = [
    (["train", "facs"], "data is 'facs', expected one of breast-cancer, diabetes, digits, faces"),
    (["train", "no.npz"], "no.npz does not exist, expected a file"),
    (["train", "--layers", "5,x"], "--layers is '5,x', expected the sizes of the hidden layers"),
    (["train", "--layers", "5,-1"], "--layers is '5,-1', expected the sizes"),
    (["train", "--layers", ""], "--layers is '', expected the sizes"),
    (["train", "--layers", "1" + "0" * 9], "GiB to train, expected at most"),
    (["train", "--activation", "rely"], "--activation is 'rely', expected one of elu, "),
    (["train", "-a", "relu,relu,tanh"], "--activation names 3, expected 1 or 2: there are 2"),
    (["train", "--optimizer", "adm"], "expected one of adagrad, adam, adamw, "),
    (["train", "--optimizer", "SGD"], "rmsprop: did you mean 'gradient_descent'?"),
    (["predict", "file", "digits"], "FILE is 'digits', expected an image, a folder of images"),
    (["train", "--rate", "fast"], "--rate is 'fast', expected a positive number"),
    (["train", "--rate", "-1"], "--rate is '-1', expected a positive number"),
    (["train", "--rate", "nan"], "--rate is 'nan', expected a positive number"),
    (["train", "--iterations", "0"], "--iterations is '0', expected a whole number of at least 1"),
    (["train", "--iterations", "1.5"], "--iterations is '1.5', expected a whole number"),
    (["train", "--seed", "-1"], "--seed is '-1', expected a whole number of at least 0"),
    (["train", "--dtype", "float16"], "--dtype is 'float16', expected one of float32, float64"),
    (["train", "--out", "file"], f"--out is 'file', {LATER}: file exists"),
    (["train", "--out", "file/in"], f"--out is 'file/in', {LATER}: not a directory"),
    (["train", "--out", "new/" + "x" * 999], f"{LATER}: file name too long"),
    (
        ["train", "--rat", "1"],
        "the option is '--rat', expected one of --activation, --batch-size, ",
    ),
    (["train", "--rate"], "--rate has no value, expected one after it"),
    (["train", "faces", "digits"], "got unexpected extra argument"),
    (["predict"], "MODEL is missing, expected one"),
    (["predict", "file"], "FILE is missing, expected one"),
    (["predict", "no", "no"], "no does not exist, expected a model that fdnn saved"),
    (["predict", "file", "file"], "file cannot be read, expected a model that fdnn saved"),
    (["tran"], "the command is 'tran', expected one of data, predict, train: did you mean"),
    (["train", "--bogus"], "--span, --target, --task\n"),
    (["predict", os.devnull, "file"], "is a device or a pipe, expected a model"),
    (["--vers"], "the option is '--vers', expected one of --"),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED, ids=lambda value: str(value)[:40])
def test_bad_input_gets_one_sentence_and_exit_status_2(
    arguments: list[str], sentence: str, folder: Path
) -> None:
    (folder / "file").write_text("not what you think")
    ran = Ran(*arguments)

    command = " ".join(["fdnn", *arguments[:1]]) if arguments[0] in ("train", "predict") else "fdnn"
    assert ran.err.startswith(f"{command}: ")
    assert sentence in ran.err
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert names(folder) == {"file"}  # nothing was made


def test_the_folder_is_checked_before_the_training(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> Outcome:
        raise AssertionError("the training began")

    monkeypatch.setattr("fdnn.command.run", never)
    (folder / "file").write_text("")
    assert Ran("train", *SMALL, "--out", "file").status == 2


@pytest.mark.parametrize("package", ["matplotlib", "safetensors"])
def test_a_package_that_the_end_needs_is_asked_for_at_the_beginning(
    package: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "fdnn.options.find_spec", lambda name: None if name == package else find_spec(name)
    )
    ran = Ran("train", *SMALL)

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"fdnn train: {package} is not installed, expected it to be: pip ")
    assert names(folder) == set()


def test_a_training_that_fails_leaves_no_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Outcome:
        raise MemoryError("Unable to allocate 9 GiB")

    monkeypatch.setattr("fdnn.command.run", fails)
    ran = Ran("train", *SMALL, "--out", "deep/er")

    assert ran.status == 2
    assert ran.err.startswith("fdnn train: it does not fit into the memory, expected less")
    assert names(folder) == set()


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_place_that_is_taken_is_found_before_the_training(folder: Path, name: str) -> None:
    (folder / "out" / name).mkdir(parents=True)
    ran = Ran("train", "--iterations", "1000000", "--out", "out")

    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.startswith(f"fdnn train: --out has {name} in it, which is no file, expected ")
    assert names(folder / "out") == {name}


def test_a_picture_that_cannot_be_written_does_not_hide_that_the_model_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise fdnn.FileError("save", "learning_curve.png cannot be written", "room", "disk is full")

    monkeypatch.setattr("fdnn.plots.save", fail)
    ran = Ran("train", *SMALL, "--out", "out")

    assert ran.status == 2
    assert ran.err.count("\n") == 1
    assert "disk is full; the model is kept in out/model.safetensors" in ran.err
    assert names(folder / "out") == {MODEL}


def test_an_output_without_a_name_is_refused(folder: Path) -> None:
    ran = Ran("train", *SMALL, "--out", "")

    assert (ran.status, ran.err) == (2, "fdnn train: --out is '', expected the name of a folder\n")
    assert names(folder) == set()


def test_a_sentence_is_one_line_whatever_a_file_is_called(trained: Path, folder: Path) -> None:
    ran = Ran("predict", trained, "a\nb\x1b[31m.png")

    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert r"a\nb\x1b[31m.png" in ran.err


# -------------------------------------------------------------------------------------- prediction


def face(row: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    pixels = np.asarray(datasets.faces().test.X)[:, row].reshape(25, 25)
    return np.rint(255.0 * pixels).astype(np.uint8)


def test_an_image_gets_its_class_and_the_probability(trained: Path, folder: Path) -> None:
    Image.fromarray(face(0)).save(folder / "photo.png")
    ran = Ran("predict", trained, "photo.png")

    X = datasets.read_inputs(folder / "photo.png", (25, 25))[1]
    (expected,) = predictions(checkpoint.load(trained), X)
    assert expected.probability is not None
    assert (ran.status, ran.err) == (0, "")
    assert f"photo.png {expected.predicted} {100 * expected.probability:.1f} %" in ran.lines
    assert "example class probability" in ran.lines


def test_the_probability_is_that_of_the_class_that_is_named(trained: Path) -> None:
    model, X = checkpoint.load(trained), datasets.faces().test.X
    found = predictions(model, X)
    outputs = np.asarray(model(X))[0]

    assert {prediction.predicted for prediction in found} == {"face", "no face"}
    for prediction, a in zip(found, outputs, strict=True):
        expected = a if prediction.predicted == "face" else 1.0 - a
        assert prediction.probability == expected >= 0.5


def test_every_image_of_a_folder_has_its_line(trained: Path, folder: Path) -> None:
    (folder / "photos").mkdir()
    for row in range(3):
        Image.fromarray(face(row)).save(folder / "photos" / f"{row}.png")
    ran = Ran("predict", trained, "photos")

    assert [line[:5] for line in ran.lines if ".png" in line] == ["0.png", "1.png", "2.png"]


def test_one_damaged_image_of_a_folder_does_not_hide_the_others(
    trained: Path, folder: Path
) -> None:
    (folder / "photos").mkdir()
    for row in (0, 2):
        Image.fromarray(face(row)).save(folder / "photos" / f"{row}.png")
    for name in ("1.png", "3.png"):
        (folder / "photos" / name).write_text("no image")
    ran = Ran("predict", trained, "photos")

    lines = [line for line in ran.lines if ".png" in line]
    assert [line[:5] for line in lines] == ["0.png", "1.png", "2.png", "3.png"]
    assert lines[1::2] == ["1.png cannot be read", "3.png cannot be read"]
    assert "cannot" not in lines[0] + lines[2]
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert ran.err.startswith(
        "fdnn predict: photos/1.png cannot be read, nor can 1 more, expected an image file"
    )

    for name in ("0.png", "2.png"):
        (folder / "photos" / name).unlink()
    none = Ran("predict", trained, "photos")
    assert (none.status, none.out, none.err.count("\n")) == (2, "", 1)


def write_npz(path: Path, X: Any, Y: Any) -> None:
    np.savez(path, x=X, **({} if Y is None else {"y": Y}))


def write_h5(path: Path, X: Any, Y: Any) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("test_set_x", data=X)
        if Y is not None:
            file.create_dataset("test_set_y", data=Y)


@pytest.mark.parametrize(("name", "write"), [("x.npz", write_npz), ("x.h5", write_h5)])
def test_where_a_file_carries_labels_the_accuracy_is_told(
    name: str, write: Callable[[Path, Any, Any], None], trained: Path, folder: Path
) -> None:
    test = datasets.faces().test
    X = np.asarray(test.X).T.reshape(50, 25, 25)
    share = checkpoint.load(trained).evaluate(test)["accuracy"]

    write(folder / name, X, np.asarray(test.Y).reshape(-1).astype(np.int64))
    labelled = Ran("predict", trained, name)
    assert f"accuracy {100 * share:.1f} %: {round(50 * share)} of 50 right" in labelled.lines

    write(folder / name, X, None)
    unlabelled = Ran("predict", trained, name)
    assert unlabelled.status == 0
    assert "accuracy" not in unlabelled.out
    assert len(unlabelled.lines) == len(labelled.lines) - 1


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([0, 2], "y of x.npz holds 2, expected labels from 0 to 1"),
        ([0, -1], "y of x.npz holds -1, expected labels from 0 to 1"),
        ([0.5, 1.0], "y of x.npz holds 0.5, expected labels from 0 to 1"),
        ([1], "y of x.npz has shape (1,) and holds numbers of dtype int64, expected 2 "),
        (["a", "b"], "y of x.npz has shape (2,) and holds text, expected 2 numbers"),
    ],
)
def test_labels_that_are_none_are_refused(
    labels: list[Any], sentence: str, trained: Path, folder: Path
) -> None:
    write_npz(folder / "x.npz", np.zeros((2, 25, 25)), np.array(labels))
    ran = Ran("predict", trained, "x.npz")

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"fdnn predict: {sentence}")


def test_data_that_the_model_does_not_fit_are_refused(trained: Path, folder: Path) -> None:
    np.savez(folder / "x.npz", x=np.zeros((2, 24, 25)))
    ran = Ran("predict", trained, "x.npz")

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(
        "fdnn predict: x of x.npz has shape (2, 24, 25), expected (m, 25, 25)"
    )


def test_half_a_model_is_refused(trained: Path, folder: Path) -> None:
    content = trained.read_bytes()
    for end in (0, 4, len(content) // 2, len(content) - 1):
        (folder / "half").write_bytes(content[:end])
        ran = Ran("predict", "half", "half")
        assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)


# ---------------------------------------------------------------------- the data, and what is shown


def test_every_data_set_is_listed_with_what_it_needs() -> None:
    ran = Ran("data")
    for description in datasets.catalogue():
        needs = f" fdnn[{description.extra}]" if description.extra else ""
        line = f"{description.name} {description.what} {description.examples}{needs}"
        assert line in ran.lines


def test_the_version_is_that_of_the_package() -> None:
    assert Ran("--version").out == f"fdnn {version('fdnn')}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["train", "-h"], ["predict", "--help"]])
def test_the_help_shows_examples(arguments: list[str]) -> None:
    ran = Ran(*arguments)
    assert ran.status == 0
    assert "Examples" in ran.out
    assert "fdnn train" in ran.out


# ------------------------------------------------------------------------------ in its own process


def python(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def test_ctrl_c_while_the_command_is_loaded_ends_it_quietly() -> None:
    ran = python(
        "import sys, fdnn.__main__ as m\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'rich': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "m.main()"
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "")


@pytest.mark.parametrize("package", ["typer", "rich", "threadpoolctl"])
def test_without_its_packages_the_command_says_what_to_install(package: str) -> None:
    ran = python(
        f"import sys; sys.modules[{package!r}] = None; import fdnn.__main__ as m; m.main()"
    )

    expected = f"fdnn: {package} is not installed, expected it to be: pip install 'fdnn[cli]'\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", expected)


def test_only_the_command_needs_its_packages() -> None:
    ran = python(
        "import sys, fdnn.experiment, fdnn.plots, fdnn.interruption\n"
        "print([name for name in ('typer', 'rich') if name in sys.modules])"
    )
    assert (ran.stdout, ran.stderr) == ("[]\n", "")


def test_a_terminal_that_knows_only_ascii_is_enough(trained: Path, folder: Path) -> None:
    Image.fromarray(face(0)).save(folder / "käse.png")
    arguments = ["fdnn", "predict", str(trained), "käse.png"]
    ran = python(
        f"import sys; sys.argv = {arguments!a}; import fdnn.__main__ as m; m.main()",
        PYTHONIOENCODING="ascii",
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "k\\xe4se.png" in ran.stdout


def test_a_model_whose_cost_rose_does_not_take_the_place_of_an_earlier_one(folder: Path) -> None:
    """The earlier one is left as it was; where there is none, it stands in its usual place."""
    too_far = ["--optimizer", "gradient_descent", "--rate", "30", "--activation", "tanh"]
    assert Ran("train", *SMALL, "--out", "good").status == 0
    before = (folder / "good" / MODEL).read_bytes()

    ran = Ran("train", *SMALL, *too_far, "--out", "good")
    assert names(folder / "good") == {*WRITTEN, DIVERGED}
    assert (folder / "good" / MODEL).read_bytes() == before
    assert f"model good/{DIVERGED}" in ran.lines
    assert checkpoint.load(folder / "good" / DIVERGED) != checkpoint.load(folder / "good" / MODEL)

    assert Ran("train", *SMALL, *too_far, "--out", "first").status == 0
    assert names(folder / "first") == WRITTEN


def test_what_became_of_the_columns_of_a_table_is_shown_at_the_start(folder: Path) -> None:
    ran = Ran("train", houses(folder), "-n", "2")
    place = next(i for i, line in enumerate(ran.lines) if line.startswith("columns "))
    assert ran.lines[place] == "columns rooms (number), town (3 categories)"
    assert place < next(i for i, line in enumerate(ran.lines) if line.startswith("network "))
    assert not [line for line in Ran("train", *SMALL).lines if line.startswith("columns ")]

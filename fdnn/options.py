"""Options of the command: from the text that was typed to a value, or one sentence why not."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import Any, TypeVar

import attrs
import numpy as np

from fdnn.activations import Activation
from fdnn.choices import choice
from fdnn.dataset import TASKS, Task
from fdnn.datasets import Recipe
from fdnn.errors import ArgumentError, FileError, missing_extra
from fdnn.experiment import Experiment, Settings
from fdnn.names import ACTIVATIONS, OPTIMIZERS, optimizer_named
from fdnn.optimizers import Optimizer
from fdnn.records import Architecture
from fdnn.regularizers import L2

TRAIN = "fdnn train"
COPIES = 8  # parameters, gradient, moments, and what is on the way between two states
PRECISIONS = ("float32", "float64")


RATES = MappingProxyType(
    {
        "gradient_descent": 0.0075,
        "momentum": 0.001,
        "nesterov": 0.001,
        "adagrad": 0.01,
        "rmsprop": 0.001,
        "adam": 0.001,
        "adamw": 0.001,
        "nadam": 0.001,
        "lion": 0.0001,
        "lbfgs": 1.0,
    }
)
"""The rate of an optimizer that is chosen without one; the first is the course's."""

ALSO_CALLED: Mapping[str, str] = MappingProxyType(
    {"sgd": "gradient_descent", "gd": "gradient_descent", "bgd": "gradient_descent"}
)
"""What others call an optimizer: a step on all examples, too, goes down the gradient."""

T = TypeVar("T")


def optional(read: Callable[[str, str], T], option: str, text: str | None) -> T | None:
    """What `read` makes of an option; None where it was not given."""
    return None if text is None else read(option, text)


def _whole_number(option: str, text: str, least: int) -> int:
    expected = f"a whole number of at least {least}"
    try:
        number = int(text)
    except ValueError:
        raise ArgumentError(TRAIN, f"{option} is {text!r}", expected) from None
    if number < least:
        raise ArgumentError(TRAIN, f"{option} is {text!r}", expected)
    return number


def count(option: str, text: str) -> int:
    """A whole number of at least 1."""
    return _whole_number(option, text, 1)


def seed(option: str, text: str) -> int:
    """A whole number of at least 0."""
    return _whole_number(option, text, 0)


def positive_number(option: str, text: str) -> float:
    """A number above 0 that is not infinite."""
    number = math.nan
    with suppress(ValueError):
        number = float(text)
    if not 0.0 < number < math.inf:
        raise ArgumentError(TRAIN, f"{option} is {text!r}", "a positive number, such as 0.001")
    return number


def sizes(option: str, text: str) -> tuple[int, ...]:
    """The sizes of the hidden layers, `128,64`; of none, `none`."""
    if text.strip().lower() == "none":
        return ()
    found: list[int] = []
    for part in text.split(","):
        with suppress(ArgumentError):
            found.append(count(option, part))
    if len(found) != len(text.split(",")):
        expected = "the sizes of the hidden layers, such as 128,64, or none"
        raise ArgumentError(TRAIN, f"{option} is {text!r}", expected)
    return tuple(found)


def activations(option: str, text: str) -> tuple[Activation, ...]:
    """One activation for all hidden layers, `relu`, or one for each, `relu,tanh`."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in ACTIVATIONS:
            raise choice(TRAIN, option, name, ACTIVATIONS)
    return tuple(ACTIVATIONS[name] for name in names)


def optimizer(option: str, name: str) -> str:
    """The name of an optimizer."""
    if name not in OPTIMIZERS:
        error = choice(TRAIN, option, name, OPTIMIZERS)
        if name.lower() in ALSO_CALLED:
            why = f"did you mean {ALSO_CALLED[name.lower()]!r}?"
            raise ArgumentError(TRAIN, error.came, error.expected, why)
        raise error
    return name


def precision(option: str, name: str) -> str:
    """The dtype of all numbers."""
    if name not in PRECISIONS:
        raise choice(TRAIN, option, name, PRECISIONS)
    return name


def batch_size(option: str, text: str) -> int:
    """A whole number of at least 1, or 0 for `all`."""
    return 0 if text.strip().lower() == "all" else count(option, text)


def strength(option: str, text: str) -> float:
    """A number from 0 on that is not infinite."""
    number = math.nan
    with suppress(ValueError):
        number = float(text)
    if not 0.0 <= number < math.inf:
        raise ArgumentError(TRAIN, f"{option} is {text!r}", "a number from 0 on, such as 0.001")
    return number


def task(option: str, name: str) -> Task:
    """What is learned of a table."""
    for known in TASKS:
        if name == known:
            return known
    raise choice(TRAIN, option, name, TASKS)


@attrs.frozen
class Choices:
    """What was chosen; None where the recipe of the data decides."""

    hidden: tuple[int, ...] | None = None
    activations: tuple[Activation, ...] | None = None
    optimizer: str | None = None
    rate: float | None = None
    iterations: int | None = None
    span: bool | None = None
    batch_size: int | None = None
    l2: float | None = None

    def settings(self, recipe: Recipe, rng: int) -> Settings:
        """The recipe, changed by the choices.

        Other activations bring their own initialisers, another optimizer its own rate.
        """
        hidden = recipe.hidden if self.hidden is None else self.hidden
        chosen = (recipe.activation,) if self.activations is None else self.activations
        if len(chosen) not in (1, len(hidden)):
            came = f"--activation names {len(chosen)}"
            due = "1" if len(hidden) == 1 else f"1 or {len(hidden)}"
            why = f"there {'is' if len(hidden) == 1 else 'are'} {len(hidden)} hidden layers"
            why = why.removesuffix("s") if len(hidden) == 1 else why
            raise ArgumentError(TRAIN, came, due, why)
        return Settings(
            hidden=hidden,
            activations=chosen * len(hidden) if len(chosen) == 1 else chosen,
            optimizer=self._optimizer(recipe),
            iterations=recipe.iterations if self.iterations is None else self.iterations,
            transforms=recipe.transforms,
            initializer=recipe.initializer if self.activations is None else None,
            rng=rng,
            span=self.span,
            batch_size=(recipe.batch_size if self.batch_size is None else self.batch_size) or None,
            regularizer=recipe.regularizer if self.l2 is None else L2(self.l2) if self.l2 else None,
        )

    def _optimizer(self, recipe: Recipe) -> Optimizer:
        given = recipe.optimizer
        name = given.name if self.optimizer is None else self.optimizer
        if name == given.name and self.rate is None:
            return given
        return optimizer_named(name, RATES[name] if self.rate is None else self.rate)


def require_room(architecture: Architecture[*tuple[Any, ...]], dtype: np.dtype[Any]) -> None:
    """Refuse a network whose training does not fit into the memory of this machine."""
    try:
        room = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return
    needed = COPIES * architecture.size * dtype.itemsize
    if needed > room:
        came = f"--layers makes {architecture.size} parameters, {needed / 2**30:.0f} GiB to train"
        raise ArgumentError(TRAIN, came, f"at most {room / 2**30:.0f} GiB", "this machine's memory")


def require_exact(experiment: Experiment) -> None:
    """Refuse `--span` where training does not stay in the span of the data."""
    try:
        _ = experiment.choice
    except ArgumentError as error:
        expected = "gradient_descent or momentum, float64"
        raise ArgumentError(TRAIN, "--span was given", expected, error.why) from None


def require_installed(package: str, extra: str) -> None:
    """Refuse to begin what could not be ended for want of a package."""
    if find_spec(package) is None:
        raise missing_extra(TRAIN, package, extra)


def writable_folder(option: str, path: Path) -> Sequence[Path]:
    """Make a folder where it is missing, and see that it can be written to, before hours of work.

    Returns the folders that were made, the innermost first, so that they can be taken away again.
    """
    missing: list[Path] = []
    try:
        missing = [folder for folder in (path, *path.parents) if not os.path.lexists(folder)]
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):
            pass
    except OSError as error:
        remove_empty(missing)
        why = (error.strerror or str(error)).lower()
        expected = "a folder that can be written to"
        raise FileError(TRAIN, f"{option} is {os.fspath(path)!r}", expected, why) from None
    return missing


def require_places(option: str, paths: Iterable[Path]) -> None:
    """See that nothing stands where the files will go that is no file, before hours of work."""
    for path in paths:
        if path.exists() and not path.is_file():
            came = f"{option} has {path.name} in it, which is no file"
            raise FileError(TRAIN, came, "a place for a file", os.fspath(path))


def remove_empty(folders: Sequence[Path]) -> None:
    """Take away those of the folders, the innermost first, that hold nothing."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()

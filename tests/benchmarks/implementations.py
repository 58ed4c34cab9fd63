"""What takes part in the table, and what a participant offers."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Protocol

import attrs

from tests.benchmarks import (
    textbook,
    with_fdnn,
    with_jax,
    with_sklearn,
    with_thinc,
    with_torch,
    with_torch_compiled,
)
from tests.benchmarks.workloads import Array, Problem


class Form(Protocol):
    """What a module of a participant offers; it raises `UnableError` where it has no such form."""

    def training(self, given: Problem, /) -> Callable[[], float]:
        """Prepare all that a user prepares before the loop.

        One call of what it gives is one step, and returns the cost that the step found.
        """
        ...

    def inference(self, given: Problem, /) -> Callable[[], object]:
        """Prepare a prediction; one call returns its outputs, as arrays of the package's own."""
        ...

    def to_columns(self, outputs: Any, /) -> Array:
        """Such outputs for NumPy, `(outputs, examples)`."""
        ...


@attrs.frozen
class Implementation:
    """A participant: its name in the table, the package it is imported from, and its form."""

    name: str
    package: str
    distribution: str
    form: Form

    @property
    def is_installed(self) -> bool:
        """Whether its package is here."""
        return find_spec(self.package) is not None

    @property
    def version(self) -> str:
        """The version of its package."""
        return version(self.distribution)


FDNN = Implementation("fdnn", "fdnn", "fdnn", with_fdnn)
PEERS = [
    Implementation("torch", "torch", "torch", with_torch),
    Implementation("compile", "torch", "torch", with_torch_compiled),
    Implementation("jax", "jax", "jax", with_jax),
    Implementation("sklearn", "sklearn", "scikit-learn", with_sklearn),
    Implementation("thinc", "thinc", "thinc", with_thinc),
    Implementation("textbook", "numpy", "numpy", textbook),
]

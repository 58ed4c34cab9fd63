"""PyTorch with `torch.compile`: of model and cost together, and of the update where that pays."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from tests.benchmarks import with_torch
from tests.benchmarks.workloads import Array, Problem, UnableError


def training(given: Problem) -> Callable[[], float]:
    """One call is a step."""
    _require_compiler()
    return with_torch.step_of(given, compiled=True)


def inference(given: Problem) -> Callable[[], object]:
    """One call is a prediction under `torch.inference_mode()`."""
    _require_compiler()
    return with_torch.prediction_of(given, compiled=True)


def to_columns(outputs: Any) -> Array:
    """The outputs with examples as columns."""
    return with_torch.to_columns(outputs)


def _require_compiler() -> None:
    if not _can_compile():
        raise UnableError("cannot compile here: torch.compile needs a C++ compiler")


@cache
def _can_compile() -> bool:
    """Whether something very small can be compiled."""
    import torch

    def successor(x: torch.Tensor) -> torch.Tensor:
        return x + 1

    try:
        torch.compile(successor)(torch.from_numpy(np.zeros(2)))
    except RuntimeError:  # of several kinds: no compiler, or one that fails
        return False
    return True

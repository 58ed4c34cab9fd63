"""PyTorch as its users write it: examples are rows."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import numpy as np

from tests.benchmarks import machine
from tests.benchmarks.workloads import Array, Problem, Workload, problem

Way = Literal["as it is", "foreach", "fused", "compiled"]


def training(given: Problem) -> Callable[[], float]:
    """One call is a step, with the fastest of the ways that PyTorch has to update here."""
    return step_of(given, compiled=False)


def inference(given: Problem) -> Callable[[], object]:
    """One call is a prediction under `torch.inference_mode()`."""
    return prediction_of(given, compiled=False)


def to_columns(outputs: Any) -> Array:
    """The outputs with examples as columns."""
    columns: Array = outputs.numpy().T
    return columns


def step_of(given: Problem, compiled: bool) -> Callable[[], float]:
    """A step, of the model as it is or compiled."""
    return _step(given, compiled, _fastest(given.workload, compiled))


def prediction_of(given: Problem, compiled: bool) -> Callable[[], object]:
    """A prediction, by the model as it is or compiled."""
    import torch
    from torch import nn

    model, X, _ = _prepare(given)
    if given.workload.task == "probabilities":
        model = nn.Sequential(model, nn.Sigmoid() if given.workload.is_binary else nn.Softmax(1))
    model.eval()
    run = torch.compile(model, dynamic=False) if compiled else model

    def predict() -> object:
        with torch.inference_mode():
            return run(X)

    return predict


def _step(given: Problem, compiled: bool, way: Way) -> Callable[[], float]:
    import torch
    from torch.nn import functional

    model, X, Y = _prepare(given)
    options: dict[str, Any] = {way: True} if way in ("foreach", "fused") else {}
    kind = torch.optim.Adam if given.workload.update == "adam" else torch.optim.SGD
    optimizer = kind(model.parameters(), lr=given.workload.rate, **options)
    loss_of: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = functional.cross_entropy
    if given.workload.is_binary:
        loss_of = functional.binary_cross_entropy_with_logits

    def cost(X: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
        return loss_of(model(X), Y)

    cost_of = torch.compile(cost, dynamic=False) if compiled else cost
    update = torch.compile(optimizer.step) if way == "compiled" else optimizer.step

    def step() -> float:
        optimizer.zero_grad(set_to_none=True)
        loss = cost_of(X, Y)
        loss.backward()
        update()
        return loss.item()

    return step


def _prepare(given: Problem) -> tuple[Any, Any, Any]:
    """The model up to its logits, with the problem's parameters, and the data."""
    import torch
    from torch import nn

    torch.set_num_threads(machine.threads())
    torch.compiler.reset()
    logging.getLogger("torch").setLevel(logging.ERROR)

    dtype = torch.float64 if given.workload.dtype == "float64" else torch.float32
    parts: list[nn.Module] = []
    for W, b in zip(given.W, given.b, strict=True):
        linear = nn.Linear(W.shape[1], W.shape[0], dtype=dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(W))
            linear.bias.copy_(torch.from_numpy(b[:, 0]))
        parts += [linear, nn.ReLU()]
    model = nn.Sequential(*parts[:-1])

    X = torch.from_numpy(np.ascontiguousarray(given.X.T))
    labels = given.Y.T.copy() if given.workload.is_binary else given.labels
    return model, X, torch.from_numpy(labels)


@cache
def _fastest(workload: Workload, compiled: bool) -> Way:
    """Which way to update is the fastest here: the shortest of twenty steps decides."""
    given = problem(workload)

    def seconds(way: Way) -> float:
        step = _step(given, compiled, way)
        for _ in range(3):
            step()
        times: list[float] = []
        for _ in range(20):
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        return min(times)

    ways: list[Way] = ["as it is", "foreach", "fused"]
    return min([*ways, "compiled"] if compiled else ways, key=seconds)

"""Thinc on NumPy, as its users write it, in float32, which is all it has: examples are rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.workloads import Array, Problem, UnableError


def training(problem: Problem) -> Callable[[], float]:
    """One call is a step."""
    from thinc import api

    workload = problem.workload
    model, X, Y = _prepare(problem)
    plain: dict[str, Any] = {"L2": 0.0, "grad_clip": 0.0, "use_averages": False}
    make = api.Adam if workload.update == "adam" else api.SGD
    optimizer = make(workload.rate, **plain)
    m = workload.m

    def binary() -> float:
        A, backprop = model.begin_update(X)
        cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
        backprop((A - Y) / (A * (1 - A)) / m)  # the derivative by A: `Logistic` goes on from it
        model.finish_update(optimizer)
        return float(cost)

    def categorical() -> float:
        A, backprop = model.begin_update(X)
        cost = -np.sum(Y * np.log(A)) / m
        backprop((A - Y) / m)  # the derivative by the logits: so `Softmax` wants it
        model.finish_update(optimizer)
        return float(cost)

    return binary if workload.is_binary else categorical


def inference(problem: Problem) -> Callable[[], object]:
    """One call is `predict`."""
    model, X, _ = _prepare(problem)
    return lambda: model.predict(X)


def to_columns(outputs: Any) -> Array:
    """The outputs with examples as columns."""
    columns: Array = outputs.T
    return columns


def _prepare(problem: Problem) -> tuple[Any, Array, Array]:
    """The model with the problem's parameters, and the data."""
    from thinc import api

    workload = problem.workload
    if workload.dtype != "float32":
        raise UnableError
    api.set_current_ops(api.NumpyOps())

    *hidden, outputs = workload.sizes[1:]
    layers: list[Any] = [api.Relu(n) for n in hidden]
    if workload.is_binary:
        layers += [api.Linear(outputs), api.Logistic()]
    else:
        layers += [api.Linear(outputs) if workload.task == "logits" else api.Softmax(outputs)]

    model = api.chain(*layers)
    X, Y = np.ascontiguousarray(problem.X.T), np.ascontiguousarray(problem.Y.T)
    model.initialize(X=X, Y=Y)
    for layer, W, b in zip(layers, problem.W, problem.b, strict=False):  # `Logistic` has none
        layer.set_param("W", W.copy())
        layer.set_param("b", b[:, 0].copy())
    return model, X, Y

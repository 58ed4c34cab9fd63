"""scikit-learn's `MLPClassifier`, one `partial_fit` a step: examples are rows.

`partial_fit` checks its data at every call; a loop cannot be entered in any other way that shows
single steps.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.workloads import Array, Problem, UnableError


def training(problem: Problem) -> Callable[[], float]:
    """One call is a `partial_fit` on the one batch."""
    model, X = _prepare(problem)
    labels = problem.labels

    def step() -> float:
        model.partial_fit(X, labels)
        return float(model.loss_)

    return step


def inference(problem: Problem) -> Callable[[], object]:
    """One call is `predict_proba`."""
    if problem.workload.task == "logits":
        raise UnableError
    model, X = _prepare(problem)
    return lambda: model.predict_proba(X)


def to_columns(outputs: Any) -> Array:
    """The outputs with examples as columns; of two classes, the second."""
    columns: Array = outputs.T
    return columns[1:] if len(columns) == 2 else columns


def _prepare(problem: Problem) -> tuple[Any, Array]:
    """The model with the problem's parameters, and the examples."""
    from sklearn.neural_network import MLPClassifier

    workload = problem.workload
    X = np.ascontiguousarray(problem.X.T)
    model = MLPClassifier(
        workload.sizes[1:-1],
        solver="adam" if workload.update == "adam" else "sgd",
        alpha=0.0,
        batch_size=workload.m,
        learning_rate_init=workload.rate,
        momentum=0.0,
        nesterovs_momentum=False,
        shuffle=False,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.partial_fit(X, problem.labels, classes=np.arange(max(2, workload.sizes[-1])))
    for coefs, W in zip(model.coefs_, problem.W, strict=True):
        coefs[...] = W.T
    for intercepts, b in zip(model.intercepts_, problem.b, strict=True):
        intercepts[...] = b[:, 0]
    del model._optimizer  # it remembers the step that made the arrays; the next makes a new one
    return model, X

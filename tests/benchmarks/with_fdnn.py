"""fdnn through its public interface: typed records, guards on, every state valid for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fdnn import (
    Adam,
    Architecture,
    Batch,
    Cost,
    Dim,
    GradientDescent,
    Learner,
    Matrix,
    Params,
    Predictor,
    Step,
    batch_from_columns,
    binary_cross_entropy,
    categorical_cross_entropy,
    from_numpy,
    iterate,
    to_numpy,
)
from tests.benchmarks.workloads import Array, Problem, Workload

Prediction = Callable[[Matrix[Any, Any]], Matrix[Any, Any]]


def plain_step(
    learner: Learner,
    network: Architecture[*tuple[Any, ...]] | Params[*tuple[Any, ...]],
    batch: Batch[Any, Any, Any],
) -> Step[*tuple[Any, ...]]:
    """The step on the ordinary path."""
    return learner.step(network)(batch, span=False)


def training(problem: Problem) -> Callable[[], float]:
    """One call is the next state of the stream."""
    workload, params = problem.workload, problem.params
    optimizer = Adam(workload.rate) if workload.update == "adam" else GradientDescent(workload.rate)
    learner = Learner(cost_of(workload), optimizer)

    states = iterate(plain_step(learner, params, batch_of(problem)))(learner.start(params))
    next(states)

    def step() -> float:
        return next(states).cost

    return step


def inference(problem: Problem) -> Callable[[], object]:
    """One call is a prediction through a prepared predictor."""
    inputs, m = problem.X.shape
    X = from_numpy(problem.X, Dim[Any](inputs), Dim[Any](m))
    predictor = Predictor(problem.params)
    predict: Prediction = predictor.logits if problem.workload.task == "logits" else predictor

    return lambda: predict(X)


def to_columns(outputs: Any) -> Array:
    """The outputs with examples as columns."""
    return to_numpy(outputs)


def batch_of(problem: Problem) -> Batch[Any, Any, Any]:
    """The problem's data, as fdnn has them."""
    sizes = problem.workload.sizes
    return batch_from_columns(problem.X, problem.Y, Dim[Any](sizes[0]), Dim[Any](sizes[-1]))


def cost_of(workload: Workload) -> Cost:
    """Cross-entropy, of one output or of several."""
    return binary_cross_entropy if workload.is_binary else categorical_cross_entropy

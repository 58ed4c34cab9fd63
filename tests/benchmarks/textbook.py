"""The textbook way: a dictionary of `W` and `b`, and plain NumPy as one writes it by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.workloads import Array, Problem

Parameters = dict[str, Array]
Cache = tuple[Array, Array, Array, Array]

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def relu(Z: Array) -> Array:
    return np.maximum(0, Z)


def sigmoid(Z: Array) -> Array:
    return 1 / (1 + np.exp(-Z))


def softmax(Z: Array) -> Array:
    E = np.exp(Z - Z.max(axis=0, keepdims=True))
    A: Array = E / E.sum(axis=0, keepdims=True)
    return A


def model_forward(
    X: Array, parameters: Parameters, last: Callable[[Array], Array]
) -> tuple[Array, list[Cache]]:
    """The output, and of every layer what the way back needs."""
    L = len(parameters) // 2
    caches = []
    A = X
    for l in range(1, L + 1):
        A_prev, W, b = A, parameters[f"W{l}"], parameters[f"b{l}"]
        Z = np.dot(W, A_prev) + b
        A = relu(Z) if l < L else last(Z)
        caches.append((A_prev, W, b, Z))
    return A, caches


def model_backward(AL: Array, Y: Array, caches: list[Cache]) -> Parameters:
    """`dW` and `db` of every layer, from `dZ = A - Y` of the last."""
    m = Y.shape[1]
    grads: Parameters = {}
    dZ = AL - Y
    for l in range(len(caches), 0, -1):
        A_prev, W, _, _ = caches[l - 1]
        grads[f"dW{l}"] = np.dot(dZ, A_prev.T) / m
        grads[f"db{l}"] = np.sum(dZ, axis=1, keepdims=True) / m
        if l > 1:
            dA = np.dot(W.T, dZ)
            dZ = np.array(dA, copy=True)
            dZ[caches[l - 2][3] <= 0] = 0
    return grads


def compute_cost(AL: Array, Y: Array) -> float:
    """Cross-entropy, of one output or of several."""
    m = Y.shape[1]
    if len(Y) == 1:
        return float(-np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m)
    return float(-np.sum(Y * np.log(AL)) / m)


def training(problem: Problem) -> Callable[[], float]:
    """One call is a step."""
    X, Y, parameters = problem.X, problem.Y, _parameters(problem)
    last = sigmoid if problem.workload.is_binary else softmax
    rate = problem.workload.rate
    v = {f"d{name}": np.zeros_like(value) for name, value in parameters.items()}
    s = {f"d{name}": np.zeros_like(value) for name, value in parameters.items()}
    t = 0

    def descend(grads: Parameters) -> None:
        for name in parameters:
            parameters[name] = parameters[name] - rate * grads[f"d{name}"]

    def adapt(grads: Parameters) -> None:
        nonlocal t
        t += 1
        for name in parameters:
            g = grads[f"d{name}"]
            v[f"d{name}"] = BETA1 * v[f"d{name}"] + (1 - BETA1) * g
            s[f"d{name}"] = BETA2 * s[f"d{name}"] + (1 - BETA2) * g**2
            v_corrected = v[f"d{name}"] / (1 - BETA1**t)
            s_corrected = s[f"d{name}"] / (1 - BETA2**t)
            update = rate * v_corrected / (np.sqrt(s_corrected) + EPSILON)
            parameters[name] = parameters[name] - update

    update_parameters = adapt if problem.workload.update == "adam" else descend

    def step() -> float:
        AL, caches = model_forward(X, parameters, last)
        cost = compute_cost(AL, Y)
        update_parameters(model_backward(AL, Y, caches))
        return cost

    return step


def inference(problem: Problem) -> Callable[[], object]:
    """One call is a prediction."""
    X, parameters = problem.X, _parameters(problem)
    if problem.workload.task == "logits":
        return lambda: model_forward(X, parameters, lambda Z: Z)[0]
    last = sigmoid if problem.workload.is_binary else softmax
    return lambda: model_forward(X, parameters, last)[0]


def to_columns(outputs: Any) -> Array:
    """The outputs with examples as columns, which they are."""
    columns: Array = outputs
    return columns


def _parameters(problem: Problem) -> Parameters:
    parameters: Parameters = {}
    for l, (W, b) in enumerate(zip(problem.W, problem.b, strict=True), start=1):
        parameters[f"W{l}"] = W
        parameters[f"b{l}"] = b
    return parameters

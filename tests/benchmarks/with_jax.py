"""JAX as its users write it: one compiled step that gives its memory back; examples are rows."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks import machine
from tests.benchmarks.workloads import Array, Problem, Workload

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def training(problem: Problem) -> Callable[[], float]:
    """One call is a step; reading its cost waits for all of it."""
    jax = _jax(problem.workload)
    value_and_grad = jax.value_and_grad(_cost_of(problem.workload))
    rate = problem.workload.rate

    def descend(params: Any, X: Any, Y: Any) -> Any:
        cost, grads = value_and_grad(params, X, Y)
        return jax.tree_util.tree_map(lambda p, g: p - rate * g, params, grads), cost

    def adapt(state: Any, X: Any, Y: Any) -> Any:
        params, first, second, t = state
        cost, grads = value_and_grad(params, X, Y)
        t = t + 1
        first = jax.tree_util.tree_map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, grads)
        second = jax.tree_util.tree_map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, grads)
        scale1, scale2 = 1 / (1 - BETA1**t), 1 / (1 - BETA2**t)

        def moved(p: Any, m: Any, v: Any) -> Any:
            return p - rate * (m * scale1) / (jax.numpy.sqrt(v * scale2) + EPSILON)

        return (jax.tree_util.tree_map(moved, params, first, second), first, second, t), cost

    X, Y, state = _prepare(problem)
    is_adam = problem.workload.update == "adam"
    if is_adam:
        zeros = jax.tree_util.tree_map(jax.numpy.zeros_like, state)
        also_zeros = jax.tree_util.tree_map(jax.numpy.zeros_like, state)
        state = (state, zeros, also_zeros, jax.numpy.zeros((), problem.workload.dtype))
    advance = jax.jit(adapt if is_adam else descend, donate_argnums=0)

    def step() -> float:
        nonlocal state
        state, cost = advance(state, X, Y)
        return float(cost)

    return step


def inference(problem: Problem) -> Callable[[], object]:
    """One call is a prediction, waited for."""
    jax = _jax(problem.workload)
    X, _, params = _prepare(problem)

    def outputs(params: Any, X: Any) -> Any:
        Z = _logits(params, X)
        if problem.workload.task == "logits":
            return Z
        return jax.nn.sigmoid(Z) if problem.workload.is_binary else jax.nn.softmax(Z, axis=1)

    run = jax.jit(outputs)
    return lambda: run(params, X).block_until_ready()


def to_columns(outputs: Any) -> Array:
    """The outputs with examples as columns."""
    return np.asarray(outputs).T


def _jax(workload: Workload) -> Any:
    """The package, in the precision of the workload and with as many threads as NumPy's BLAS."""
    os.environ.setdefault("NPROC", str(machine.threads()))  # the size of XLA's pool of threads
    import jax

    jax.config.update("jax_platforms", "cpu")
    # A step whose cost is read at once gains nothing from being handed to another thread, and on
    # small networks that alone would double its time.
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    jax.config.update("jax_enable_x64", workload.dtype == "float64")
    return jax


def _prepare(problem: Problem) -> tuple[Any, Any, Any]:
    """The data and the parameters, as arrays of JAX."""
    from jax import numpy as jnp

    params = [
        (jnp.array(W.T), jnp.array(b[:, 0])) for W, b in zip(problem.W, problem.b, strict=True)
    ]
    return jnp.array(problem.X.T), jnp.array(problem.Y.T), params


def _logits(params: Any, X: Any) -> Any:
    import jax

    A = X
    for W, b in params[:-1]:
        A = jax.nn.relu(A @ W + b)
    W, b = params[-1]
    return A @ W + b


def _cost_of(workload: Workload) -> Callable[[Any, Any, Any], Any]:
    import jax
    from jax import numpy as jnp

    def binary(params: Any, X: Any, Y: Any) -> Any:
        Z = _logits(params, X)
        return jnp.mean(jax.nn.softplus(Z) - Y * Z)

    def categorical(params: Any, X: Any, Y: Any) -> Any:
        return -jnp.mean((Y * jax.nn.log_softmax(_logits(params, X), axis=1)).sum(axis=1))

    return binary if workload.is_binary else categorical

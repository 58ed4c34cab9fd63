"""PyTorch's activations and their derivatives: what tests/oracles/torch_activations.json holds.

It was written by `python -m tests.oracles.torch_activations`, which needs PyTorch (2.x).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

RECORD = Path(__file__).with_suffix(".json")

Z = [-40.0, -9.5, -3.25, -2.75, -1.5, -1.0625, -0.7, -0.1, -1e-9]
Z += [1e-9, 0.1, 0.7, 0.9, 1.5, 2.75, 3.25, 9.5, 40.0]
"""No kink is among them."""


def activations(nn: Any) -> dict[str, Callable[[Any], Any]]:
    """PyTorch's functions by our names."""
    return {
        "elu": nn.elu,
        "selu": nn.selu,
        "softplus": lambda z: nn.softplus(z, threshold=1000.0),
        "silu": nn.silu,
        "gelu": nn.gelu,
        "gelu_tanh": lambda z: nn.gelu(z, approximate="tanh"),
        "hard_sigmoid": nn.hardsigmoid,
        "hard_tanh": nn.hardtanh,
        "hard_swish": nn.hardswish,
        "softsign": nn.softsign,
        "exponential": lambda z: z.exp(),
        "leaky_relu": nn.leaky_relu,
        "relu": nn.relu,
        "sigmoid": nn.sigmoid,
        "tanh": nn.tanh,
    }


def recorded() -> dict[str, dict[str, list[float]]]:
    """Of each activation the values and the derivatives at `Z`."""
    import importlib

    torch: Any = importlib.import_module("torch")
    found: dict[str, dict[str, list[float]]] = {}
    for name, g in activations(torch.nn.functional).items():
        z = torch.tensor(Z, dtype=torch.float64, requires_grad=True)
        a = g(z)
        a.sum().backward()
        found[name] = {"A": a.tolist(), "dZ": z.grad.tolist()}
    return found


if __name__ == "__main__":
    RECORD.write_text(json.dumps(recorded(), indent=1) + "\n")

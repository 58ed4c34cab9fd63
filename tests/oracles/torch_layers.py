"""PyTorch's normalisations and a residual block: what tests/oracles/torch_layers.json holds.

It was written by `python -m tests.oracles.torch_layers`, which needs PyTorch (2.x, in float64).
For each: `Z` of the inputs `A`, `(units, examples)`, and from `dZ` the gradients by autograd.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

RECORD = Path(__file__).with_suffix(".json")

A = [
    [0.3, -1.7, 2.9, -0.04, 5.5, -12.0],
    [1.2, 0.8, -2.2, 0.06, -5.0, 0.5],
    [-0.9, 2.4, 0.1, -0.02, 1.0, 9.0],
    [4.0, 4.0, 4.25, 3.75, 4.0, 4.5],
]
"""Four units of six examples."""

DZ = [
    [0.5, -0.25, 1.0, 0.0, 2.0, -1.5],
    [1.0, 1.0, -1.0, 0.5, 0.25, 0.75],
    [-0.5, 0.0, 3.0, 1.5, -2.0, 0.125],
    [0.1, 0.2, 0.3, 0.4, 0.5, -0.6],
]
GAIN = [1.5, -0.5, 1.0, 2.0]
SHIFT = [0.1, 0.2, -0.3, 0.0]
W1 = [[0.5, -1.0, 0.25, 0.1], [1.5, 0.0, -0.75, 0.2], [0.3, 0.3, 0.3, -0.4]]
B1 = [0.1, -0.2, 0.3]
W2 = [[1.0, -0.5, 0.25], [0.0, 0.75, -1.0], [0.5, 0.5, 0.5], [-0.25, 1.0, 0.1]]
B2 = [0.0, 0.5, -0.5, 0.25]


def record() -> dict[str, Any]:
    """By name: `Z`, `dA`, and the gradients of the parameters."""
    torch: Any = importlib.import_module("torch")

    def numbers(values: Any) -> Any:
        return torch.tensor(values, dtype=torch.float64)

    def passed(layer: Any, parameters: dict[str, Any]) -> dict[str, Any]:
        given = numbers(A).T.clone().requires_grad_()
        Z = layer(given)
        Z.backward(numbers(DZ).T)
        found = {"Z": Z.T.tolist(), "dA": given.grad.T.tolist()}
        grads = {f"d{name}": value.grad.tolist() for name, value in parameters.items()}
        return {**found, **grads}

    def normalisation(layer: Any) -> Any:
        layer = layer.double()
        layer.weight.data, layer.bias.data = numbers(GAIN), numbers(SHIFT)
        return layer

    batch = normalisation(torch.nn.BatchNorm1d(4))
    used = normalisation(torch.nn.BatchNorm1d(4)).eval()
    used.running_mean = numbers(A).mean(1)
    used.running_var = numbers(A).var(1, unbiased=False)
    layer = normalisation(torch.nn.LayerNorm(4))
    first, second = torch.nn.Linear(4, 3).double(), torch.nn.Linear(3, 4).double()
    first.weight.data, first.bias.data = numbers(W1), numbers(B1)
    second.weight.data, second.bias.data = numbers(W2), numbers(B2)

    return {
        "batch_norm": passed(batch, {"gain": batch.weight, "shift": batch.bias}),
        "batch_norm in inference": passed(used, {"gain": used.weight, "shift": used.bias}),
        "layer_norm": passed(layer, {"gain": layer.weight, "shift": layer.bias}),
        "residual": passed(
            lambda a: a + second(torch.tanh(first(a))),
            {"W1": first.weight, "b1": first.bias, "W2": second.weight, "b2": second.bias},
        ),
    }


if __name__ == "__main__":
    RECORD.write_text(json.dumps(record(), indent=1) + "\n", encoding="utf-8")

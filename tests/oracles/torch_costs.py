"""PyTorch's and scikit-learn's costs and gradients: what tests/oracles/torch_costs.json holds.

It was written by `python -m tests.oracles.torch_costs`, which needs PyTorch (2.x, in float64) and
scikit-learn.  The focal costs are the formulas of torchvision's `sigmoid_focal_loss` and of its
softmax counterpart, made of PyTorch's cross-entropies.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

RECORD = Path(__file__).with_suffix(".json")

Z = [
    [0.3, -1.7, 2.9, -0.04, 5.5, -12.0],
    [1.2, 0.8, -2.2, 0.06, -5.0, 0.5],
    [-0.9, 2.4, 0.1, -0.02, 1.0, 9.0],
]
"""Logits, three outputs of six examples."""

WEIGHTS = [0.5, 2.0, 0.0, 1.0, 3.25, 0.75]

LABELS = {
    "numbers": [
        [0.1, -1.5, 2.0, 0.7, -3.0, 0.2],
        [1.0, 3.0, -2.5, 0.1, 0.9, 0.4],
        [0.0, 2.6, 0.3, -0.6, 8.0, 9.1],
    ],
    "counts": [[0, 1, 7, 2, 250, 0], [3, 2, 0, 1, 0, 1], [0, 12, 1, 4, 2, 8000]],
    "binary": [[0, 1, 1, 0, 0, 1], [1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 1]],
    "classes": [[1, 0, 0, 0, 0, 1], [0, 0, 0, 1, 1, 0], [0, 1, 1, 0, 0, 0]],
    "soft": [
        [0.7, 0.1, 0.25, 0.0, 0.5, 1.0],
        [0.2, 0.1, 0.25, 0.5, 0.25, 0.0],
        [0.1, 0.8, 0.5, 0.5, 0.25, 0.0],
    ],
}

Losses = Callable[[Any, Any, Any], Any]


def binary_focal(nn: Any, z: Any, y: Any, gamma: float) -> Any:
    """torchvision's: `ce * (1 - p_t)^gamma`."""
    p = z.sigmoid()
    ce = nn.binary_cross_entropy_with_logits(z, y, reduction="none")
    return ce * (1.0 - (p * y + (1.0 - p) * (1.0 - y))) ** gamma


def categorical_focal(nn: Any, z: Any, y: Any, gamma: float) -> Any:
    """The same of the class that is right."""
    log_p = nn.log_softmax(z, dim=0)
    return -y * (1.0 - log_p.exp()) ** gamma * log_p


COSTS: dict[str, tuple[str, Losses]] = {
    "absolute_error": ("numbers", lambda nn, z, y: nn.l1_loss(z, y, reduction="none")),
    "huber": ("numbers", lambda nn, z, y: nn.huber_loss(z, y, reduction="none")),
    "huber 0.3": ("numbers", lambda nn, z, y: nn.huber_loss(z, y, reduction="none", delta=0.3)),
    "poisson": ("counts", lambda nn, z, y: nn.poisson_nll_loss(z, y, reduction="none")),
    "hinge": (
        "binary",
        lambda nn, z, y: nn.margin_ranking_loss(
            z, 0.0 * z, 2.0 * y - 1.0, margin=1.0, reduction="none"
        ),
    ),
    "binary_focal": ("binary", lambda nn, z, y: binary_focal(nn, z, y, 2.0)),
    "binary_focal 0.5": ("binary", lambda nn, z, y: binary_focal(nn, z, y, 0.5)),
    "categorical_focal": ("classes", lambda nn, z, y: categorical_focal(nn, z, y, 2.0)),
    "categorical_focal 3.5": ("soft", lambda nn, z, y: categorical_focal(nn, z, y, 3.5)),
    "kl_divergence": (
        "soft",
        lambda nn, z, y: nn.kl_div(nn.log_softmax(z, dim=0), y, reduction="none"),
    ),
    "squared_error": ("numbers", lambda nn, z, y: nn.mse_loss(z, y, reduction="none") / 2.0),
    "binary_cross_entropy": (
        "soft",
        lambda nn, z, y: nn.binary_cross_entropy_with_logits(z, y, reduction="none"),
    ),
    "categorical_cross_entropy": (
        "soft",
        lambda nn, z, y: nn.cross_entropy(z.T, y.T, reduction="none"),
    ),
}
"""PyTorch's losses by our names, and what labels they are for."""


def by_torch() -> dict[str, dict[str, Any]]:
    """`J` and `dJ/dZ` of each cost, without weights and with."""
    torch: Any = importlib.import_module("torch")
    found: dict[str, dict[str, Any]] = {}
    for name, (labels, losses) in COSTS.items():
        found[name] = {"labels": labels}
        for given, w in (("plain", [1.0] * len(WEIGHTS)), ("weighted", WEIGHTS)):
            z = torch.tensor(Z, dtype=torch.float64, requires_grad=True)
            y, weights = (torch.tensor(a, dtype=torch.float64) for a in (LABELS[labels], w))
            J = (losses(torch.nn.functional, z, y) * weights).sum() / len(WEIGHTS)
            J.backward()
            found[name][given] = {"J": J.item(), "dZ": z.grad.tolist()}
    return found


def by_sklearn() -> dict[str, float]:
    """Weighted means, divided by the sum of the weights, and hinge and Poisson by other hands."""
    metrics: Any = importlib.import_module("sklearn.metrics")
    z, w = np.array(Z), np.array(WEIGHTS)
    of = {name: np.array(y, float) for name, y in LABELS.items()}
    binary, counts = of["binary"][0], of["counts"][:1].T
    mean = {"sample_weight": w, "multioutput": "uniform_average"}
    probabilities = np.exp(z) / np.exp(z).sum(axis=0)
    return {
        "hinge": metrics.hinge_loss(binary, z[0], sample_weight=w),
        "poisson deviance": metrics.mean_poisson_deviance(counts, np.exp(z[:1].T), sample_weight=w),
        "absolute_error": metrics.mean_absolute_error(of["numbers"].T, z.T, **mean),
        "squared_error": metrics.mean_squared_error(of["numbers"].T, z.T, **mean),
        "categorical_cross_entropy": metrics.log_loss(
            of["classes"].argmax(axis=0), probabilities.T, sample_weight=w
        ),
    }


if __name__ == "__main__":
    RECORD.write_text(json.dumps({"torch": by_torch(), "sklearn": by_sklearn()}, indent=1) + "\n")

"""The problems that the oracles solve, without a random number.

Most take a network of 17 parameters, `2 -> 3 (tanh) -> 2 (sigmoid)`, under binary cross-entropy, on
six examples; weights and biases are far enough from zero that decay of the biases would be seen.

L-BFGS takes a convex one, `2 -> 2 (sigmoid)` under soft labels: it divides by differences of
gradients, so that elsewhere 60 steps multiply the last digit by more than 1e6, in any program.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SIZES = (2, 3, 2)
STEPS = 60
PLACES = (1, 2, 3, 5, 10, 20, 30, 40, 50, 60)
"""The numbers of steps after which the parameters are recorded."""

X: Floats = np.sin(1.0 + 2.0 * np.arange(12.0)).reshape(2, 6) * 2.0
Y: Floats = np.array([[1.0, 0.0, 0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 1.0, 1.0, 0.0, 1.0]])
START: Floats = np.cos(1.0 + np.arange(17.0) ** 1.5)
"""`[W1 | b1]`, then `[W2 | b2]`, row by row."""

CONVEX_SIZES = (2, 2)
CONVEX_START: Floats = START[:6]
SOFT: Floats = np.abs(Y - 0.1)


def parts(vector: Any) -> tuple[Any, Any, Any, Any]:
    """`W1, b1, W2, b2` of a vector, by slices that every library has."""
    first, second = vector[:9].reshape(3, 3), vector[9:].reshape(2, 4)
    return first[:, :2], first[:, 2:], second[:, :3], second[:, 3:]


def whole(W1: Floats, b1: Floats, W2: Floats, b2: Floats) -> Floats:
    """The vector of these parts."""
    first, second = np.hstack([W1, b1]), np.hstack([W2, b2])
    return np.concatenate([first.reshape(-1), second.reshape(-1)])

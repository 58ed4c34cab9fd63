"""Recipes: how a network is trained on some data unless one says otherwise.

Those of the shipped data were chosen by experiment, on splits of other seeds (100 to 109) than
those that `tests/benchmarks/quality.py` reports (0 to 9).
"""

from __future__ import annotations

import attrs

from fdnn.activations import Activation, relu, tanh
from fdnn.adaptive import Adam
from fdnn.initializers import Initializer, glorot, he, lecun
from fdnn.optimizers import GradientDescent, Optimizer
from fdnn.regularizers import L2, Regularizer


@attrs.frozen
class Recipe:
    """How a network is trained on some data unless one says otherwise.

    `iterations` counts the updates of the parameters.  Each is on `batch_size` examples, in an
    order that the seed draws anew for every epoch, or on all examples where that is None.
    """

    hidden: tuple[int, ...]
    optimizer: Optimizer
    iterations: int
    transforms: tuple[str, ...] = ()
    activation: Activation = relu
    initializer: Initializer | None = None
    batch_size: int | None = None
    regularizer: Regularizer | None = None


FACES = Recipe(
    transforms=("center", "standardize"),
    hidden=(128, 64),
    initializer=he,
    optimizer=Adam(0.001),
    iterations=100,
)
DIGITS = Recipe(
    transforms=("center",),
    hidden=(128, 64),
    initializer=he,
    optimizer=Adam(0.003),
    iterations=50 * 43,
    batch_size=32,
)
"""Fifty epochs."""

MNIST = Recipe(
    hidden=(128, 64), initializer=he, optimizer=Adam(0.003), iterations=30 * 59, batch_size=64
)
"""Thirty epochs."""

BREAST_CANCER = Recipe(
    transforms=("standardize",),
    hidden=(16,),
    initializer=he,
    optimizer=Adam(0.01),
    iterations=200,
    regularizer=L2(0.01),
)
WINE = Recipe(
    transforms=("standardize",),
    hidden=(16,),
    initializer=he,
    optimizer=Adam(0.01),
    iterations=150,
    regularizer=L2(0.03),
)
IRIS = Recipe(
    transforms=("standardize",),
    hidden=(32,),
    activation=tanh,
    initializer=glorot,
    optimizer=Adam(0.01),
    iterations=200,
    regularizer=L2(0.003),
)
DIABETES = Recipe(
    transforms=("standardize",),
    hidden=(32, 16),
    activation=tanh,
    initializer=glorot,
    optimizer=Adam(0.003),
    iterations=200,
    regularizer=L2(0.03),
)

FILES = Recipe(
    hidden=(20, 7, 5), initializer=lecun, optimizer=GradientDescent(0.0075), iterations=2500
)
"""The course's own network and settings, for images like its cats."""

TABLES = Recipe(
    transforms=("standardize",),
    hidden=(32, 16),
    initializer=he,
    optimizer=Adam(0.01),
    iterations=300,
    batch_size=256,
    regularizer=L2(0.01),
)
"""For the rows of a `.csv` file: much as for the shipped tables, but in mini-batches."""

FOLDERS = FACES
"""For a folder of images: what does well on the faces."""

"""Axes that are known at run time only: never an obstacle, and an annotation brings them back.

The last part states what the checkers cannot see, so that a change there does not go unnoticed.
"""

from itertools import pairwise
from typing import Any, assert_type

import numpy as np

from fdnn import (
    Architecture,
    Dim,
    Grads,
    Layer,
    Matrix,
    Params,
    categorical_cross_entropy,
    chain,
    dense,
    from_numpy,
    initialize,
    mlp,
    relu,
    softmax,
    to_numpy,
)
from tests.typing.scene import W1, Cat, Hidden, Pixel, X, Y, numbers, raw

# From a list of sizes.
sizes = [12, 7, 3]
assert_type(mlp(sizes, relu, softmax), Architecture[*tuple[Any, ...]])
free = initialize(mlp(sizes, relu, softmax), rng=0)
assert_type(free, Params[*tuple[Any, ...]])
assert_type(free.forward(X).cost(Y, categorical_cross_entropy), float)

# From layers that are made in a loop.
layers: list[Layer[Any, Any]] = []
for inputs, outputs in pairwise(sizes):
    layers.append(dense(Dim[Any](inputs), Dim[Any](outputs), relu))
assert_type(chain(*layers), Architecture[*tuple[Any, ...]])
assert_type(chain(layers[0]) >> layers[1], Architecture[Any, Any, Any])

# An annotation restores the axes, without a cast.
net: Architecture[Pixel, Hidden, Cat] = mlp(sizes, relu, softmax)
params: Params[Pixel, Hidden, Cat] = free
assert_type(initialize(net, rng=0), Params[Pixel, Hidden, Cat])
assert_type(params.forward(X).gradient(Y, categorical_cross_entropy), Grads[Pixel, Hidden, Cat])

# An unknown axis goes with every other.
some = from_numpy(numbers(7, 5), Dim[Any](7), Dim[Any](5))
assert_type(some, Matrix[Any, Any])
assert_type(W1.T @ some, Matrix[Pixel, Any])

# ------------------------------------------------------------------- what the checkers cannot see

# NumPy's own stubs give up the dtype in `np.exp`, and let an array of objects meet anything.
assert_type(W1 @ np.exp(raw), Any)
assert_type(to_numpy(W1) @ X, Any)

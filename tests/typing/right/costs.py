"""Costs, the activations that they follow, and weights of examples."""

from typing import assert_type

from fdnn import (
    ONE,
    AbsoluteError,
    Batch,
    BinaryFocal,
    CategoricalFocal,
    Cost,
    Exponential,
    Grads,
    Hinge,
    Huber,
    KLDivergence,
    Poisson,
    absolute_error,
    batch_from_columns,
    batch_from_rows,
    binary_cross_entropy,
    binary_focal,
    categorical_cross_entropy,
    categorical_focal,
    cost,
    exponential,
    gradient,
    hinge,
    huber,
    identity,
    kl_divergence,
    poisson,
    relu,
    sigmoid,
    softmax,
    squared_error,
    tanh,
)
from fdnn.matrix import ones
from tests.typing.scene import Cat, Deep, Example, Hidden, Pixel, X, Y, cat, example, pixel, trace

assert_type(absolute_error, AbsoluteError)
assert_type(huber, Huber)
assert_type(poisson, Poisson)
assert_type(hinge, Hinge)
assert_type(binary_focal, BinaryFocal)
assert_type(categorical_focal, CategoricalFocal)
assert_type(kl_divergence, KLDivergence)
with_parameters: list[Cost] = [Huber(0.5), BinaryFocal(1), CategoricalFocal(gamma=1.0)]

# What each is meant to follow.
squared_error.follows(softmax)
absolute_error.follows(relu)
huber.follows(tanh)
poisson.follows(exponential)
poisson.follows(Exponential())
hinge.follows(identity)
binary_cross_entropy.follows(sigmoid)
binary_focal.follows(sigmoid)
categorical_cross_entropy.follows(softmax)
categorical_focal.follows(softmax)
kl_divergence.follows(softmax)

# Weights of the examples.
weights = ones(ONE, example)
assert_type(Batch(X, Y, pixel, cat, weights), Batch[Pixel, Cat, Example])
assert_type(trace.cost(Y, kl_divergence, weights), float)
assert_type(trace.gradient(Y, huber, weights=weights), Grads[Pixel, Hidden, Deep, Cat])
assert_type(cost(trace, Y, categorical_focal, weights), float)
assert_type(gradient(trace, Y, absolute_error, weights), Grads[Pixel, Hidden, Deep, Cat])
x, y = [[0.0, 1.0]] * 12, [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
columns = batch_from_columns(x, y, pixel, cat, weights=[1, 2])
rows = batch_from_rows([[0.0] * 12] * 3, [[1.0, 0.0, 0.0]] * 3, pixel, cat, weights=[0.5, 2, 1])

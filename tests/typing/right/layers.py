"""Dropout, normalisation, residual blocks and calibration, with their axes in the type."""

from typing import assert_type

from fdnn import (
    Architecture,
    BatchNorm,
    Dropout,
    LayerNorm,
    Params,
    Residual,
    batch_norm,
    calibrate,
    dense,
    dropout,
    initialize,
    layer_norm,
    relu,
    residual,
    run,
    softmax,
    tanh,
)
from tests.typing.scene import Cat, Deep, Hidden, Pixel, batch, cat, deep, hidden, learner, pixel

assert_type(dropout(hidden, 0.2), Dropout[Hidden])
assert_type(batch_norm(hidden, relu), BatchNorm[Hidden])
assert_type(layer_norm(hidden, epsilon=1e-6), LayerNorm[Hidden])

bottleneck = dense(hidden, deep, relu) >> batch_norm(deep, tanh) >> dense(deep, hidden)
assert_type(bottleneck, Architecture[Hidden, Deep, Deep, Hidden])
assert_type(residual(hidden)(bottleneck), Residual[Hidden])
assert_type(residual(hidden)(layer_norm(hidden)), Residual[Hidden])
nested = residual(hidden, relu)(residual(hidden)(bottleneck) >> dropout(hidden))
assert_type(nested, Residual[Hidden])

net = dense(pixel, hidden, relu) >> nested >> dense(hidden, cat, softmax)
assert_type(net, Architecture[Pixel, Hidden, Hidden, Cat])

start = learner.start(initialize(net, rng=0))
trained = run(learner.step(net)(batch), start, 2).params
assert_type(calibrate(trained, batch), Params[Pixel, Hidden, Hidden, Cat])
assert_type(calibrate(trained, [batch, batch]), Params[Pixel, Hidden, Hidden, Cat])

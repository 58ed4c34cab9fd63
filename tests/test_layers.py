"""Dropout, normalisation and residual blocks: their laws, their derivatives, and calibration."""

from __future__ import annotations

import copy
import json
import math
import pickle
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, assert_type

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typeguard import suppress_type_checks

import fdnn
from fdnn import (
    INFERENCE,
    Adam,
    Architecture,
    Batch,
    BatchNorm,
    Context,
    Dim,
    Key,
    KindError,
    Layer,
    Learner,
    Params,
    Residual,
    batch_norm,
    calibrate,
    categorical_cross_entropy,
    chain,
    dense,
    dropout,
    identity,
    initialize,
    iterate,
    layer_norm,
    params_of,
    residual,
    run,
    softmax,
    tanh,
)
from fdnn.checkpoint import load, save
from fdnn.layers.dropout import DropoutCache
from fdnn.layers.normalization import BatchNormCache
from fdnn.matrix import Array
from tests.oracles import torch_layers
from tests.strategies import (
    LAW,
    Cat,
    Edge,
    Pixel,
    array_of,
    cat,
    cat_batch,
    edge,
    matrix,
    normal,
    part,
    pixel,
)

STEP = 1e-30
TRAINING = Context(training=True, key=Key(4))
STATISTICS = ("mean", "variance")

AnyParams = Params[*tuple[Any, ...]]


def five() -> Dim[Any]:
    return Dim[Any](5)


KINDS: dict[str, Callable[[], Layer[Any, Any]]] = {
    "dropout": lambda: dropout(five(), 0.3),
    "dropout and tanh": lambda: dropout(five(), 0.3, tanh),
    "batch_norm": lambda: batch_norm(five()),
    "batch_norm and tanh": lambda: batch_norm(five(), tanh, 0.1),
    "layer_norm": lambda: layer_norm(five()),
    "layer_norm and tanh": lambda: layer_norm(five(), tanh, 0.1),
    "residual of one layer": lambda: residual(five())(dense(five(), five(), tanh)),
    "residual": lambda: residual(five(), tanh)(
        dense(five(), Dim[Any](3), tanh) >> layer_norm(Dim[Any](3)) >> dense(Dim[Any](3), five())
    ),
    "residual of all kinds": lambda: residual(five())(
        batch_norm(five(), tanh) >> dropout(five(), 0.4) >> dense(five(), five(), tanh)
    ),
    "residual of residuals": lambda: residual(five())(
        residual(five())(dropout(five()))
        >> residual(five(), tanh)(residual(five())(batch_norm(five())) >> dense(five(), five()))
    ),
}
EACH_KIND = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


def moved(params: AnyParams, seed: int = 0) -> AnyParams:
    """Parameters off the start, but for the statistics."""
    noise = np.random.default_rng(seed).normal(0.0, 0.3, params.vector.shape)
    return params.with_vector(params.vector + noise * ~statistics_of(params.architecture))


def statistics_of(architecture: Architecture[*tuple[Any, ...]]) -> Array:
    """Where the statistics of batch normalisation stand in the vector."""
    return np.concatenate([np.zeros(0, bool), *map(_statistics, architecture.layers)])


def _statistics(layer: Layer[Any, Any]) -> Array:
    if isinstance(layer, Residual):
        return statistics_of(layer.block)
    names = layer.parameter_names
    sizes = [array_of(array).size for array in layer.arrays]
    parts = [np.full(n, name in STATISTICS) for name, n in zip(names, sizes, strict=True)]
    return np.concatenate([np.zeros(0, bool), *parts])


def network(make: Callable[[], Layer[Any, Any]]) -> AnyParams:
    """The layer with a dense one on either side, and numbers off their start."""
    layers = dense(Dim[Any](4), five(), tanh), make(), dense(five(), Dim[Any](2), softmax)
    return moved(initialize(chain(*layers), rng=1))


def batch_of(params: AnyParams, m: int = 6, seed: int = 0) -> Batch[Any, Any, Any]:
    first, last = params.axes[0], params.axes[-1]
    random = np.random.default_rng(seed)
    y = np.eye(int(last))[:, random.integers(int(last), size=m)]
    return fdnn.batch_from_columns(random.standard_normal((int(first), m)), y, first, last)


# -------------------------------------------------------------------------------------- derivatives


@EACH_KIND
@pytest.mark.parametrize(("m", "context"), [(2, TRAINING), (4, TRAINING), (3, INFERENCE)])
def test_the_way_back_is_the_derivative(
    make: Callable[[], Layer[Any, Any]], m: int, context: Context
) -> None:
    """By complex step, of `<dA, network(X)>`, along every parameter and every input.

    Along the statistics of batch normalisation the gradient is zero by decision.
    """
    params = network(make)
    if not context.training:
        params = calibrate(params, batch_of(params, 9, seed=3))
    X, dA = array_of(normal(4, m)), array_of(normal(2, m, 1))
    grads, dX = params.forward(matrix(X), context).pullback(matrix(dA))

    def slope(vector: Array, x: Array) -> float:
        there = params.astype(complex).with_vector(vector.astype(complex))
        with suppress_type_checks():  # which saw the same forward above
            out = array_of(there.forward(matrix(x, complex), context).output)
        return float(np.imag((dA * out).sum()) / STEP)

    is_statistic = statistics_of(params.architecture)
    for k in range(params.vector.size):
        vector = params.vector.astype(complex)
        vector[k] += 1j * STEP
        expected = 0.0 if is_statistic[k] else slope(vector, X)
        assert grads.vector[k] == pytest.approx(expected, rel=1e-11, abs=1e-11)
    for place in np.ndindex(X.shape):
        x = X.astype(complex)
        x[place] += 1j * STEP
        assert array_of(dX)[place] == pytest.approx(slope(params.vector, x), rel=1e-11, abs=1e-11)


@EACH_KIND
def test_the_gradient_alone_is_that_of_the_way_back(make: Callable[[], Layer[Any, Any]]) -> None:
    layer = moved(initialize(make(), rng=2)).layers[0]
    Z, cache = layer.forward(normal(5, 6), TRAINING)
    whole, _ = cache.backward(Z)

    assert cache.gradient(Z) == whole


@EACH_KIND
def test_the_gradient_is_the_slope_of_the_cost(make: Callable[[], Layer[Any, Any]]) -> None:
    """Central differences along a direction, of what a training step sees."""
    params = network(make)
    batch = batch_of(params)
    grads = params.forward(batch.X, TRAINING).gradient(batch.Y, categorical_cross_entropy)
    along = np.random.default_rng(3).standard_normal(params.vector.shape)
    h = 1e-5

    def cost(t: float) -> float:
        there = params.with_vector(params.vector + t * along)
        return there.forward(batch.X, TRAINING).cost(batch.Y, categorical_cross_entropy)

    assert (cost(h) - cost(-h)) / (2 * h) == pytest.approx(float(grads.vector @ along), rel=1e-6)


# ----------------------------------------------------------------------------------- golden numbers

GOLDEN: dict[str, dict[str, Any]] = json.loads(torch_layers.RECORD.read_text(encoding="utf-8"))


def column(values: Sequence[float]) -> Any:
    return matrix(np.array(values)[:, np.newaxis])


def torch_block() -> Any:
    first = params_of(
        fdnn.dense_of(matrix(torch_layers.W1), column(torch_layers.B1), tanh)
    ) >> fdnn.dense_of(matrix(torch_layers.W2), column(torch_layers.B2))
    arrays = tuple(array for layer in first.layers for array in layer.arrays)
    return Residual(Dim[Any](4), first.architecture, identity, arrays)


def test_they_are_what_pytorch_says() -> None:
    A, dZ = matrix(torch_layers.A), matrix(torch_layers.DZ)
    n, gain, shift = Dim[Any](4), column(torch_layers.GAIN), column(torch_layers.SHIFT)
    over_batch: Any = BatchNorm(n, gain, shift, shift, shift)
    cases: dict[str, tuple[Any, Context]] = {
        "batch_norm": (over_batch, TRAINING),
        "batch_norm in inference": (over_batch.calibrated([A]), INFERENCE),
        "layer_norm": (fdnn.LayerNorm(n, gain, shift), TRAINING),
        "residual": (torch_block(), TRAINING),
    }
    assert set(cases) == set(GOLDEN)
    for name, (layer, context) in cases.items():
        expected = GOLDEN[name]
        Z, cache = layer.forward(A, context)
        gradient, dA = cache.backward(dZ)
        close(array_of(Z), expected["Z"])
        close(array_of(dA), expected["dA"])
        if name == "residual":
            one, two = gradient.layers
            close(array_of(one.Wb), np.column_stack([expected["dW1"], expected["db1"]]))
            close(array_of(two.Wb), np.column_stack([expected["dW2"], expected["db2"]]))
        else:
            close(array_of(gradient.gain)[:, 0], expected["dgain"])
            close(array_of(gradient.shift)[:, 0], expected["dshift"])


def close(found: Array, expected: Any) -> None:
    np.testing.assert_allclose(found, np.array(expected), rtol=1e-10, atol=1e-11)


# ------------------------------------------------------------------------------------------ dropout


@LAW
@given(rate=st.floats(0.0, 0.99), seed=st.integers(0, 999))
def test_dropout_keeps_the_mean(rate: float, seed: int) -> None:
    """Of `N` ones each becomes `s = 1 / (1 - rate)` with probability `1 / s`, and else 0.

    The mean of all has variance `(s - 1) / N`; five deviations and a jump are never exceeded here.
    """
    n = Dim[Any](60)
    thin = dropout(n, rate)
    Z, _ = thin.forward(matrix(np.ones((60, 60))), Context(True, Key(seed)))
    found, scale = array_of(Z), 1.0 / (1.0 - rate)

    assert set(np.unique(found)) <= {0.0, scale}
    assert abs(found.mean() - 1.0) <= 5.0 * math.sqrt((scale - 1.0) / 3600) + scale / 3600


@LAW
@given(rate=st.floats(0.0, 1.0, exclude_max=True), seed=st.integers(0, 999))
def test_dropout_in_inference_is_the_identity(rate: float, seed: int) -> None:
    thin, A, dZ = dropout(edge, rate), normal(3, 4, seed), normal(3, 4, seed + 1)
    for context in (INFERENCE, Context(False, Key(seed))):
        Z, cache = thin.forward(A, context)
        gradient, dA = cache.backward(dZ)
        assert array_of(Z).tobytes() == array_of(A).tobytes()
        assert array_of(dA).tobytes() == array_of(dZ).tobytes()
        assert gradient == thin


def test_dropout_at_a_rate_of_zero_is_the_identity() -> None:
    Z, _ = dropout(edge, 0).forward(normal(3, 4), TRAINING)
    assert array_of(Z).tobytes() == array_of(normal(3, 4)).tobytes()


def masks_in(caches: Sequence[Any]) -> list[bytes]:
    """The masks of all dropout layers, within blocks too."""
    found: list[bytes] = []
    for cache in caches:
        if isinstance(cache.linear, DropoutCache):
            found.append(array_of(cache.linear.mask).tobytes())
        found += masks_in(getattr(cache.linear, "caches", ()))
    return found


def test_each_place_draws_its_own_mask_within_blocks_too() -> None:
    n = Dim[Any](30)
    block = residual(n)(dropout(n) >> residual(n)(dropout(n) >> dropout(n)))
    params = initialize(dropout(n) >> block >> block >> dropout(n), rng=0)

    def masks(key: Key) -> list[bytes]:
        return masks_in(params.forward(normal(30, 5), Context(True, key)).caches)

    assert len(masks(Key(4))) == 8
    assert masks(Key(4)) == masks(Key(4))
    assert len({*masks(Key(4).at(0)), *masks(Key(4).at(1)), *masks(Key(5).at(0))}) == 24


# ------------------------------------------------------------------------------------ normalisation


scales = st.floats(0.1, 10.0)
shifts = st.floats(-10.0, 10.0)


@LAW
@given(scale=scales, shift=shifts, seed=st.integers(0, 99))
def test_layer_normalisation_does_not_see_the_shift_and_scale_of_an_example(
    scale: float, shift: float, seed: int
) -> None:
    """But for epsilon, which is 1e-12 here; the others are not touched at all."""
    layer = moved(initialize(layer_norm(five(), epsilon=1e-12), rng=0)).layers[0]
    A = array_of(normal(5, 4, seed))
    other = A.copy()
    other[:, 1] = scale * A[:, 1] + shift
    Z, Z_other = (array_of(layer.forward(matrix(a), INFERENCE)[0]) for a in (A, other))

    np.testing.assert_allclose(Z_other[:, 1], Z[:, 1], rtol=1e-8, atol=1e-8)
    assert Z_other[:, [0, 2, 3]].tobytes() == Z[:, [0, 2, 3]].tobytes()


@LAW
@given(scale=scales, shift=shifts, seed=st.integers(0, 99))
def test_batch_normalisation_does_not_see_the_shift_and_scale_of_a_unit(
    scale: float, shift: float, seed: int
) -> None:
    layer = moved(initialize(batch_norm(five(), epsilon=1e-12), rng=0)).layers[0]
    A = array_of(normal(5, 7, seed))
    other = A.copy()
    other[1] = scale * A[1] + shift
    Z, Z_other = (array_of(layer.forward(matrix(a), TRAINING)[0]) for a in (A, other))

    np.testing.assert_allclose(Z_other[1], Z[1], rtol=1e-8, atol=1e-8)
    assert Z_other[[0, 2, 3, 4]].tobytes() == Z[[0, 2, 3, 4]].tobytes()


@pytest.mark.parametrize("m", [2, 7])
def test_normalised_numbers_have_mean_zero_and_deviation_one(m: int) -> None:
    A = matrix(3.0 + 2.0 * array_of(normal(5, m)))
    for make, axis in ((batch_norm, 1), (layer_norm, 0)):
        layer = initialize(make(five(), epsilon=1e-14), rng=0).layers[0]
        Z = array_of(layer.forward(A, TRAINING)[0])
        np.testing.assert_allclose(Z.mean(axis=axis), 0.0, atol=1e-12)
        np.testing.assert_allclose(Z.std(axis=axis), 1.0, rtol=1e-9)


def test_training_on_one_example_is_refused_by_hand_and_in_a_stream() -> None:
    """Seven examples by three leave one, unless the last mini-batch is left out."""
    network = initialize(dense(pixel, edge) >> batch_norm(edge, tanh) >> dense(edge, cat), rng=0)
    learner = Learner(fdnn.squared_error, fdnn.GradientDescent(0.01))
    start = learner.start(network)
    sentence = (
        "BatchNorm: the batch has 1 example, expected 2 or more in training: one alone is its own "
        "mean; drop_last=True leaves out what is left of an epoch"
    )

    def refuses(train: Callable[[], object]) -> bool:
        with pytest.raises(fdnn.ShapeError) as refusal:
            train()
        return str(refusal.value) == sentence

    step = learner.step(network)(cat_batch(7), size=3)
    stream = iterate(step)(start)
    third = [next(stream) for _ in range(3)][-1]
    assert refuses(lambda: next(stream))
    assert refuses(lambda: step(third))
    assert refuses(lambda: learner.step(network)(cat_batch(1))(start))
    assert refuses(lambda: network.forward(cat_batch(1).X, TRAINING))
    assert refuses(lambda: list(learner.step(network).feed([cat_batch(1)])(start)))
    assert run(learner.step(network)(cat_batch(7), size=3, drop_last=True), start, 6).step == 6
    assert array_of(calibrate(network, cat_batch(7))(cat_batch(1).X)).shape == (2, 1)


def test_training_leaves_the_statistics_alone_and_inference_refuses_fresh_ones() -> None:
    params = initialize(dense(pixel, edge) >> batch_norm(edge) >> dense(edge, cat, softmax), rng=0)
    learner, batch = Learner(categorical_cross_entropy, Adam(0.05)), cat_batch()
    trained = run(learner.step(params)(batch), learner.start(params), 3).params
    norm = trained.layers[1]

    assert isinstance(norm, BatchNorm)
    assert array_of(norm.mean).tolist() == [[0.0]] * 3
    assert array_of(norm.variance).tolist() == [[-1.0]] * 3
    for use in (trained, fdnn.Predictor(trained)):
        with pytest.raises(KindError) as refusal:
            use(batch.X)
        assert str(refusal.value) == (
            "forward: BatchNorm(Edge=3 -> Edge=3, identity) has no mean and variance for inference "
            "yet, expected those of the data: calibrate(params, batch) finds them"
        )
    assert calibrate(trained, batch)(batch.X).shape == (2, 6)


# -------------------------------------------------------------------------------------- calibration


def calibrated_network() -> AnyParams:
    n = five()
    net = chain(
        dense(Dim[Any](4), n, tanh),
        batch_norm(n, tanh),
        residual(n)(
            dense(n, Dim[Any](3), tanh) >> batch_norm(Dim[Any](3)) >> dense(Dim[Any](3), n)
        ),
        dropout(n),
        batch_norm(n),
        dense(n, Dim[Any](2), softmax),
    )
    return moved(initialize(net, rng=3))


@LAW
@given(cuts=st.sets(st.integers(1, 22), max_size=6), seed=st.integers(0, 9))
def test_calibration_does_not_depend_on_how_the_data_are_cut(cuts: set[int], seed: int) -> None:
    params = calibrated_network()
    whole = batch_of(params, 23, seed)
    X, Y = array_of(whole.X), array_of(whole.Y)
    edges = [0, *sorted(cuts), 23]
    parts = [
        fdnn.batch_from_columns(X[:, a:b], Y[:, a:b], Dim[Any](4), Dim[Any](2))
        for a, b in pairwise(edges)
    ]

    at_once, in_parts = calibrate(params, whole), calibrate(params, parts)
    np.testing.assert_allclose(in_parts.vector, at_once.vector, rtol=1e-12, atol=1e-13)


def test_calibrated_on_its_batch_a_network_does_in_inference_what_it_does_in_training() -> None:
    """Without dropout: the statistics are those of the batch, layer by layer."""
    n = five()
    inner = batch_norm(n) >> dense(n, n, tanh)
    net = dense(Dim[Any](4), n) >> batch_norm(n, tanh) >> residual(n)(inner) >> batch_norm(n)
    params = moved(initialize(net, rng=0))
    batch = batch_of(params)
    found, expected = calibrate(params, batch)(batch.X), params.forward(batch.X, TRAINING).output

    np.testing.assert_allclose(array_of(found), array_of(expected), rtol=1e-12, atol=1e-13)


def test_calibration_changes_the_statistics_alone() -> None:
    params = calibrated_network()
    after = calibrate(params, batch_of(params))
    is_statistic = statistics_of(params.architecture)

    assert (after.vector != params.vector)[is_statistic].all()
    assert np.array_equal(after.vector[~is_statistic], params.vector[~is_statistic])
    assert calibrate(after, batch_of(params)) == after


def test_calibration_in_single_precision_is_added_up_in_double() -> None:
    n = Dim[Any](1)
    params = initialize(batch_norm(n), rng=0, dtype="float32")
    x = (1000.0 + np.random.default_rng(0).standard_normal((1, 20000))).astype("float32")
    batch = Batch(matrix(x), matrix(x))
    norm = calibrate(params, batch).layers[0]

    assert isinstance(norm, BatchNorm)
    assert norm.mean.dtype == np.float32
    assert norm.mean[0, 0] == np.float32(x.astype(float).mean())
    assert norm.variance[0, 0] == pytest.approx(x.astype(float).var(), rel=1e-7)


def test_a_network_without_statistics_is_calibrated_already() -> None:
    params = initialize(dense(pixel, edge) >> dropout(edge), rng=0)
    batch = fdnn.batch_from_columns(np.ones((4, 2)), np.ones((3, 2)), pixel, edge)
    assert calibrate(params, batch) == params


# ---------------------------------------------------------------------------------- residual blocks


@LAW
@given(seed=st.integers(0, 999))
def test_a_residual_layer_of_a_zero_block_is_the_identity(seed: int) -> None:
    zero = dense(edge, part, tanh) >> dense(part, edge, identity, fdnn.all_zeros)
    params = initialize(residual(edge)(zero), rng=seed)
    A = normal(3, 4, seed)
    trace = params.forward(A)
    _, dX = trace.pullback(normal(3, 4, seed + 1))

    assert array_of(trace.output).tobytes() == array_of(A).tobytes()
    assert array_of(dX).tobytes() == array_of(normal(3, 4, seed + 1)).tobytes()


def test_a_residual_layer_is_its_input_and_what_its_block_says() -> None:
    inner = dense(edge, part, tanh) >> dense(part, edge, tanh)
    params = initialize(residual(edge)(inner), rng=3)
    alone, A = params.with_vector(params.vector), normal(3, 4)
    by_itself = initialize(inner, rng=Key(3).at(0))

    assert np.array_equal(by_itself.vector, alone.vector)
    assert np.array_equal(array_of(params(A)), array_of(A) + array_of(by_itself(A)))


def test_axes_are_in_the_type() -> None:
    inner = dense(edge, part, tanh) >> dense(part, edge)
    block = residual(edge)(inner)
    assert_type(block, Residual[Edge])
    net = dense(pixel, edge) >> block >> batch_norm(edge) >> dense(edge, cat, softmax)
    assert_type(net, Architecture[Pixel, Edge, Edge, Edge, Cat])

    assert [axis.name for axis in net.axes] == ["Pixel", "Edge", "Edge", "Edge", "Cat"]
    assert net.size == 15 + (20 + 18) + 12 + 8
    assert block.weight_columns == (3, 5)
    assert int(net.weights.sum()) == 12 + 15 + 15 + 6


# ------------------------------------------------------------------------------------------ records


@EACH_KIND
@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_layers_survive_pickle_and_copy(
    make: Callable[[], Layer[Any, Any]], again: Callable[[Any], Any]
) -> None:
    blank, params = make(), initialize(make(), rng=1)
    layer = params.layers[0]

    assert again(blank) == blank == make()
    assert hash(again(blank)) == hash(blank)
    assert all(fdnn.matrix.is_blank(array) for array in again(blank).arrays)
    assert again(layer) == layer
    assert (again(layer) == blank) == (not layer.arrays)
    assert again(params) == params
    assert not any(array_of(array).flags.writeable for array in again(layer).arrays)
    assert layer.replace(layer.arrays) == layer == layer.over(layer.arrays)


def test_layers_compare_and_print_as_layers_do() -> None:
    assert dropout(edge, 0.4) == dropout(edge, 0.4) != dropout(edge, 0.3)
    assert batch_norm(edge) != layer_norm(edge) != layer_norm(edge, epsilon=0.1)
    assert residual(edge)(dropout(edge, 0.4)) != residual(edge)(dropout(edge, 0.3))
    assert residual(edge)(dropout(edge)) != residual(edge, tanh)(dropout(edge))
    assert repr(batch_norm(edge, tanh)) == "BatchNorm(Edge=3 -> Edge=3, tanh)"
    assert repr(residual(edge)(dropout(edge))) == "Residual(Edge=3 -> Edge=3, identity)"


@EACH_KIND
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_checkpoint_knows_the_kinds(
    make: Callable[[], Layer[Any, Any]], dtype: str, tmp_path: Path
) -> None:
    params = calibrate(network(make), batch_of(network(make))).astype(dtype)
    save(params, tmp_path / "model.safetensors")
    loaded = load(tmp_path / "model.safetensors").params

    assert loaded == params
    assert load(tmp_path / "model.safetensors", like=params.architecture).params == params
    other = chain(*params.architecture.layers[:1], dropout(five()), params.architecture.layers[2])
    with pytest.raises(fdnn.FdnnError, match=r"layer 2 of .* is "):
        load(tmp_path / "model.safetensors", like=other)


@EACH_KIND
def test_a_predictor_gives_what_the_parameters_give(make: Callable[[], Layer[Any, Any]]) -> None:
    for dtype in ("float32", "float64"):
        params = calibrate(network(make), batch_of(network(make))).astype(dtype)
        predict: Any = fdnn.Predictor(params)
        for m in (1, 5, 40, 600):
            X = matrix(array_of(normal(4, m)), dtype)
            limit = 200 * float(np.finfo(dtype).eps)
            np.testing.assert_allclose(
                array_of(predict(X)), array_of(params(X)), rtol=limit, atol=limit
            )


@EACH_KIND
def test_a_layer_that_comes_first_predicts_and_trains_too(
    make: Callable[[], Layer[Any, Any]],
) -> None:
    params = initialize(make() >> dense(five(), Dim[Any](2), softmax), rng=1)
    batch = batch_of(params, 9)
    learner = Learner(categorical_cross_entropy, Adam(0.01))
    step = learner.step(params)(batch)
    start = learner.start(params, rng=2)
    planned, expected = _third(step, start), step(step(step(start)))

    np.testing.assert_allclose(planned.params.vector, expected.params.vector, rtol=1e-9, atol=1e-9)
    ready = calibrate(expected.params, batch)
    np.testing.assert_allclose(
        array_of(fdnn.Predictor(ready)(batch.X)), array_of(ready(batch.X)), rtol=1e-11
    )


def _third(step: Any, start: Any) -> Any:
    stream = iterate(step)(start)
    return [next(stream) for _ in range(4)][-1]


def test_training_with_all_kinds_learns_and_a_run_resumes_in_its_middle() -> None:
    n = edge
    block = residual(n)(batch_norm(n, tanh) >> dropout(n, 0.2) >> dense(n, n))
    params = initialize(dense(pixel, n, tanh) >> block >> dense(n, cat, softmax), rng=1)
    learner, batch = Learner(categorical_cross_entropy, Adam(0.05)), cat_batch(40)
    step, start = learner.step(params)(batch), learner.start(params, rng=7)

    def cost_of(at: Params[Pixel, Edge, Edge, Cat]) -> float:
        return calibrate(at, batch).forward(batch.X).cost(batch.Y, categorical_cross_entropy)

    assert cost_of(run(step, start, 60).params) < 0.6 * cost_of(params)
    resumed = pickle.loads(pickle.dumps(run(step, start, 2)))
    assert run(step, resumed, 2) == run(step, start, 4)


@EACH_KIND
def test_each_parameter_has_a_name_by_which_a_diagnosis_calls_it(
    make: Callable[[], Layer[Any, Any]],
) -> None:
    """Also within a block: a number that is none is found in its place, and named by a sentence."""
    params = network(make)
    batch = batch_of(params)
    spoiled = params.vector.copy()
    spoiled[-1] = np.nan
    learner = Learner(categorical_cross_entropy, Adam())
    bad = params.with_vector(spoiled)
    with (
        np.errstate(all="ignore"),
        pytest.raises(fdnn.DivergenceError, match="of layer 3 has 1 of"),
    ):
        run(learner.step(params)(batch), learner.start(bad), 1)

    for layer in params.layers:
        assert len(layer.parameter_names) == len(set(layer.parameter_names)) == len(layer.arrays)


def test_batch_norm_cache_is_left_in_training_alone() -> None:
    layer = initialize(batch_norm(edge), rng=0).layers[0]
    assert isinstance(layer.forward(normal(3, 4), TRAINING)[1], BatchNormCache)

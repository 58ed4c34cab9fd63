"""The contract for kinds of layer, proved by two kinds that the library does not have."""

from __future__ import annotations

import ast
import copy
import pickle
from pathlib import Path
from typing import Any, assert_type

import attrs
import numpy as np
import pytest
from typeguard import suppress_type_checks

import fdnn
from fdnn import (
    INFERENCE,
    Adam,
    Architecture,
    ArgumentError,
    AxisError,
    Context,
    Dim,
    Key,
    Learner,
    Params,
    ShapeError,
    State,
    binary_cross_entropy,
    categorical_cross_entropy,
    chain,
    dense,
    initialize,
    run,
    softmax,
    tanh,
)
from fdnn.matrix import astype, blank
from tests import own_layers
from tests.own_layers import Dropout, LayerNorm, layer_norm
from tests.strategies import Cat, Edge, Pixel, array_of, cat, cat_batch, edge, matrix, normal, pixel

STEP = 1e-30
TRAINING = Context(training=True, key=Key(4))


def architecture() -> Architecture[Pixel, Edge, Edge, Edge, Cat]:
    """Dense, normalised, thinned out, dense."""
    return (
        dense(pixel, edge, tanh)
        >> layer_norm(edge)
        >> Dropout(edge, 0.4)
        >> dense(edge, cat, softmax)
    )


def learner() -> Learner:
    return Learner(categorical_cross_entropy, Adam(0.05))


def start() -> State[Pixel, Edge, Edge, Edge, Cat]:
    return learner().start(initialize(architecture(), rng=1), rng=7)


# ----------------------------------------------------------------------------------------- in types


def test_foreign_kinds_compose_with_all_their_axes_in_the_type() -> None:
    net = architecture()
    assert_type(net, Architecture[Pixel, Edge, Edge, Edge, Cat])
    assert_type(initialize(net, rng=0), Params[Pixel, Edge, Edge, Edge, Cat])

    assert [axis.name for axis in net.axes] == ["Pixel", "Edge", "Edge", "Edge", "Cat"]
    assert net.size == (3 * 4 + 3) + (3 + 3) + 0 + (2 * 3 + 2)


def test_the_two_kinds_are_written_from_public_names() -> None:
    source = ast.parse(Path(own_layers.__file__).read_text(encoding="utf-8"))
    imports = {
        (node.module, alias.name)
        for node in ast.walk(source)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fdnn")
        for alias in node.names
    }

    assert {module for module, _ in imports} <= {"fdnn", "fdnn.axes", "fdnn.matrix"}
    assert not [name for _, name in imports if name.startswith("_")]


def test_a_kind_is_refused_beside_another_axis() -> None:
    with suppress_type_checks(), pytest.raises(ShapeError) as size:
        dense(pixel, edge) >> layer_norm(pixel)  # type: ignore[arg-type]  # mypy sees it too
    assert str(size.value) == (
        ">>: layer 2 takes (Pixel=4), expected (Edge=3): that is what layer 1 gives"
    )
    with suppress_type_checks(), pytest.raises(AxisError) as name:
        dense(pixel, edge) >> Dropout(Dim[Cat](3))  # type: ignore[arg-type]  # mypy sees it too
    assert str(name.value) == (
        ">>: layer 2 takes (Cat=3), expected (Edge=3): that is what layer 1 gives"
    )


def test_a_kind_checks_its_own_arrays() -> None:
    with pytest.raises(ShapeError) as refusal:
        LayerNorm(edge, matrix(np.ones((4, 1))), matrix(np.ones((3, 1))))
    assert str(refusal.value) == (
        "LayerNorm: gain has shape (4, 1), expected (Edge=3, One=1): as its axes say"
    )


# ---------------------------------------------------------------------------------------- gradients


def require_gradient_of_kind(params: Params[*tuple[Any, ...]], context: Context) -> None:
    """`dW` and `dX` of `<dA, network(X)>` along every parameter and every input."""
    rows = int(params.axes[0])
    X, dA = array_of(normal(rows, 5)), array_of(normal(int(params.axes[-1]), 5, 1))
    grads, dX = params.forward(matrix(X), context).pullback(matrix(dA))

    def paired(vector: Any, x: Any) -> float:
        moved = params.astype(complex).with_vector(vector.astype(complex))
        out = array_of(moved.forward(matrix(x, complex), context).output)
        return float(np.imag((dA * out).sum()) / STEP)

    for k in range(params.vector.size):
        moved = params.vector.astype(complex)
        moved[k] += 1j * STEP
        assert paired(moved, X) == pytest.approx(grads.vector[k], rel=1e-12, abs=1e-12)
    for place in np.ndindex(X.shape):
        x = X.astype(complex)
        x[place] += 1j * STEP
        assert paired(params.vector, x) == pytest.approx(dX[place], rel=1e-12, abs=1e-12)


def moved_off_the_start(params: Params[*tuple[Any, ...]]) -> Params[*tuple[Any, ...]]:
    noise = np.random.default_rng(0).normal(0.0, 0.3, params.vector.shape)
    return params.with_vector(params.vector + noise)


def test_layer_normalisation_goes_back_as_its_derivative() -> None:
    params = initialize(chain(layer_norm(Dim[Any](4))), rng=0)
    require_gradient_of_kind(moved_off_the_start(params), INFERENCE)


def test_dropout_goes_back_as_its_derivative() -> None:
    params = initialize(chain(Dropout(Dim[Any](4))), rng=0)
    require_gradient_of_kind(params, TRAINING)
    require_gradient_of_kind(params, INFERENCE)


def test_a_network_of_both_goes_back_as_its_derivative() -> None:
    params = moved_off_the_start(initialize(architecture(), rng=0))
    require_gradient_of_kind(params, TRAINING)


# -------------------------------------------------------------------------------- what they compute


def test_layer_normalisation_gives_mean_zero_and_deviation_one() -> None:
    params = initialize(chain(LayerNorm(edge, blank3(), blank3(), 1e-12)), rng=0)
    Z = array_of(params(normal(3, 6)))

    np.testing.assert_allclose(Z.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(Z.std(axis=0), 1.0, rtol=1e-9)


def blank3() -> Any:
    return blank(edge, fdnn.ONE)


def test_dropout_keeps_the_share_it_says_and_the_mean() -> None:
    n = Dim[Any](200)
    params = initialize(chain(Dropout(n, 0.25)), rng=0)
    Z = array_of(params.forward(matrix(np.ones((200, 200))), TRAINING).output)

    assert set(np.unique(Z)) == {0.0, 1.0 / 0.75}
    assert (Z > 0).mean() == pytest.approx(0.75, abs=0.01)
    assert Z.mean() == pytest.approx(1.0, abs=0.02)


def test_inference_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    params = initialize(architecture(), rng=0)
    monkeypatch.setattr(Key, "generator", None)  # whoever asks for one now fails

    trace = params.forward(normal(4, 5))
    assert np.array_equal(array_of(trace.caches[2].A), array_of(trace.caches[1].A))


def test_a_draw_is_a_function_of_key_step_and_layer() -> None:
    thin = Dropout(Dim[Any](9), 0.5)
    params = initialize(thin >> Dropout(Dim[Any](9), 0.5), rng=0)

    def masks(context: Context) -> list[bytes]:
        caches = params.forward(matrix(np.ones((9, 9))), context).caches
        masks = [cache.linear for cache in caches]
        return [array_of(m.mask).tobytes() for m in masks if isinstance(m, own_layers.Mask)]

    first, second = masks(Context(True, Key(4).at(0)))
    assert [first, second] == masks(Context(True, Key(4).at(0)))
    others = [*masks(Context(True, Key(4).at(1))), *masks(Context(True, Key(5).at(0)))]
    assert len({first, second, *others}) == 6


@pytest.mark.parametrize("rate", [1.0, -0.1, 2.0])
def test_a_kind_refuses_its_own_settings(rate: float) -> None:
    with pytest.raises(ArgumentError) as refusal:
        Dropout(edge, rate)
    assert str(refusal.value) == f"Dropout: rate is {rate}, expected a number in [0, 1)"


# ----------------------------------------------------------------------------------------- training


def test_a_network_of_foreign_kinds_learns() -> None:
    state, batch = start(), cat_batch(12)
    step = learner().step(state.params)(batch)

    def cost_of(at: State[Pixel, Edge, Edge, Edge, Cat]) -> float:
        return at.params.forward(batch.X).cost(batch.Y, categorical_cross_entropy)

    assert cost_of(run(step, state, 40)) < 0.7 * cost_of(state)


def test_the_same_state_takes_the_same_step_and_a_run_resumes_in_its_middle() -> None:
    state = start()
    step = learner().step(state.params)(cat_batch())

    assert step(state) == step(state)
    resumed = pickle.loads(pickle.dumps(run(step, state, 2)))
    assert run(step, resumed, 2) == run(step, state, 4)


def test_every_step_drops_other_units() -> None:
    params = initialize(Dropout(pixel, 0.5) >> dense(pixel, cat, softmax), rng=0)
    step = Learner(categorical_cross_entropy, fdnn.GradientDescent(1e-300)).step(params)(
        cat_batch()
    )
    first = step(learner_start(params))

    assert step(first).cost != first.cost  # a rate of 1e-300 moves nothing: the masks differ


def learner_start(params: Params[Pixel, Pixel, Cat]) -> State[Pixel, Pixel, Cat]:
    return Learner(categorical_cross_entropy, fdnn.GradientDescent(1e-300)).start(params, rng=3)


def test_training_mode_without_a_key_is_refused() -> None:
    params = initialize(architecture(), rng=0)
    with pytest.raises(ArgumentError) as refusal:
        params.forward(normal(4, 5), Context(training=True))
    assert str(refusal.value) == (
        "Context: key is None, expected a key, Context(True, Key(0)): "
        "a layer that draws numbers in training needs one"
    )


def test_foreign_kinds_keep_float32() -> None:
    batch = cat_batch(dtype="float32")
    params = initialize(architecture(), rng=0, dtype="float32")
    state = learner().step(params)(batch)(learner().start(params))
    trace = state.params.forward(batch.X, TRAINING)

    assert state.params.dtype == np.float32
    assert {array_of(c.A).dtype.name for c in trace.caches} == {"float32"}
    assert {array_of(c.Z).dtype.name for c in trace.caches} == {"float32"}


# ------------------------------------------------------------------------------------------ records


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_foreign_kinds_survive_pickle_and_copy(again: Any) -> None:
    params = initialize(architecture(), rng=0)
    twin = again(params)

    assert twin == params
    assert again(architecture()) == architecture()
    assert [axis.name for axis in twin.axes] == [axis.name for axis in params.axes]
    assert not any(array_of(a).flags.writeable for layer in twin.layers for a in layer.arrays)

    layer = params.layers[1]
    assert again(layer) == layer
    assert again(layer).axes[0].name == "Edge"
    mask = params.forward(normal(4, 5), TRAINING).caches[2].linear
    assert isinstance(mask, own_layers.Mask)
    assert array_of(again(mask).mask).tobytes() == array_of(mask.mask).tobytes()
    assert not array_of(again(mask).mask).flags.writeable


def test_foreign_kinds_compare_and_print_as_layers_do() -> None:
    assert Dropout(edge, 0.4) == Dropout(edge, 0.4) != Dropout(edge, 0.3)
    assert hash(layer_norm(edge)) == hash(layer_norm(edge))
    assert repr(layer_norm(edge)) == "LayerNorm(Edge=3 -> Edge=3, identity)"
    assert attrs.fields(Dropout)[1].name == "rate"


def test_a_cost_of_another_kind_is_still_refused() -> None:
    params = initialize(dense(pixel, edge, softmax) >> layer_norm(edge), rng=0)
    with pytest.raises(ArgumentError, match="the last activation, identity, gives values in"):
        params.forward(normal(4, 5)).cost(matrix(np.ones((3, 5))), binary_cross_entropy)


@attrs.frozen
class Coarse(fdnn.Tanh):
    """An activation that computes in half the precision."""

    def __call__(self, Z: Any, /) -> Any:
        return fdnn.tanh(astype(Z, "float32"))


@attrs.frozen
class CoarseLayer(LayerNorm[Any]):
    """A layer that does."""

    def forward(self, A: Any, context: Context, /) -> Any:
        Z, cache = super().forward(A, context)
        return astype(Z, "float32"), cache


@pytest.mark.parametrize(
    ("network", "Z"),
    [
        (dense(pixel, edge, Coarse()), "float64"),
        (CoarseLayer(pixel, blank(pixel, fdnn.ONE), blank(pixel, fdnn.ONE)), "float32"),
    ],
)
def test_a_kind_that_lowers_the_precision_is_refused(network: Any, Z: str) -> None:
    """All that follows would be coarse, and nobody would know."""
    params = initialize(chain(network), rng=0)
    sentence = (
        f"forward: from A_prev of float64 came Z of {Z} and A of float32, "
        "expected no lower precision than float64"
    )
    with pytest.raises(fdnn.DtypeError, match=sentence):
        params(normal(4, 5))

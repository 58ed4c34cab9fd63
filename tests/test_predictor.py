"""The prepared predictor: what `params(X)` gives, from buffers that nobody else sees."""

from __future__ import annotations

import pickle
import tracemalloc
import warnings
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typeguard import suppress_type_checks

import fdnn
from fdnn import (
    Activation,
    DataError,
    Dim,
    DtypeError,
    KindError,
    Matrix,
    Params,
    Predictor,
    ShapeError,
    dense,
    initialize,
    mlp,
    relu,
    softmax,
    tanh,
)
from fdnn.axes import C, R
from fdnn.matrix import Array, is_frozen, to_numpy
from fdnn.names import ACTIVATIONS
from fdnn.predictor import FEW, PART
from tests.own_layers import Dropout, LayerNorm
from tests.strategies import LAW, matrix

ACTIVATION = st.sampled_from(list(ACTIVATIONS.values()))


def network(
    sizes: list[int],
    hidden: Activation = relu,
    output: Activation = softmax,
    dtype: Any = "float64",
) -> Params[*tuple[Any, ...]]:
    return initialize(mlp(sizes, hidden, output), rng=3, dtype=dtype)


def inputs(n: int, m: int, dtype: Any = "float64", seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal((n, m)).astype(dtype)


def require_close(given: Any, expected: Any) -> None:
    """Within 100 eps of the largest number that there is."""
    ours, theirs = to_numpy(given), to_numpy(expected)
    assert ours.dtype == theirs.dtype
    scale = max(1.0, float(np.abs(theirs).max()))
    assert np.abs(ours - theirs).max() <= 100 * np.finfo(ours.dtype).eps * scale


@LAW
@given(
    sizes=st.lists(st.integers(1, 40), min_size=2, max_size=4),
    hidden=ACTIVATION,
    output=ACTIVATION,
    dtype=st.sampled_from(["float32", "float64"]),
    m=st.sampled_from([1, 2, FEW, FEW + 1, PART, PART + 1, 2 * PART + 3]),
    order=st.sampled_from("CF"),
)
def test_a_predictor_gives_what_the_parameters_give(
    sizes: list[int], hidden: Activation, output: Activation, dtype: str, m: int, order: Any
) -> None:
    params = network(sizes, hidden, output, dtype)
    predict = Predictor(params)
    X = matrix(np.array(inputs(sizes[0], m, dtype), order=order))
    trace = params.forward(X)

    for _ in range(2):  # in buffers that are new, and in the same again
        require_close(predict(X), trace.output)
        require_close(predict.logits(X), trace.logits)


def test_sizes_may_change_from_call_to_call() -> None:
    params = network([5, 7, 3])
    predict = Predictor(params)
    for m in (1, 30, 1, PART + 5, 2, 30, PART):
        X = matrix(inputs(5, m, seed=m))
        require_close(predict(X), params(X))


def test_what_was_predicted_does_not_change() -> None:
    """It is no buffer: later predictions leave it as it was, and nobody can write to it."""
    predict = Predictor(network([5, 7, 3]))
    for m in (1, 30, PART + 5):
        first = predict(matrix(inputs(5, m)))
        kept = to_numpy(first).copy()
        predict(matrix(inputs(5, m, seed=1)))
        predict.logits(matrix(inputs(5, m, seed=2)))
        again = predict(matrix(inputs(5, m)))
        predict(matrix(inputs(5, m, seed=3)))

        assert np.array_equal(to_numpy(again), kept)
        assert is_frozen(to_numpy(again))
        assert is_frozen(to_numpy(first))
        assert np.array_equal(to_numpy(first), kept)


def test_few_buffers_are_kept_however_many_sizes_come() -> None:
    predict: Any = Predictor(network([50, 70, 3]))
    predict(inputs(50, PART))
    predict(inputs(50, 17))
    tracemalloc.start()
    for m in range(18, 60):
        predict(inputs(50, m))
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert grown < 4 * 8 * (50 + 70 + 3) * 60 + 65536


def test_large_logits_are_no_matter() -> None:
    params = network([5, 7, 3])
    predict = Predictor(params)
    for m in (1, 40):
        X = matrix(inputs(5, m) * 1e4)
        require_close(predict(X), params(X))
        assert np.isfinite(to_numpy(predict(X))).all()


def test_complex_numbers_go_by_the_equations() -> None:
    """For derivatives by complex step."""
    params = network([5, 7, 3], hidden=tanh).astype("complex128")
    X: Any = inputs(5, 4).astype("complex128")

    assert np.array_equal(to_numpy(Predictor(params)(X)), to_numpy(params(X)))


def test_a_predictor_is_what_it_was_made_of() -> None:
    predict: Any = Predictor(network([5, 7, 3]))
    again = pickle.loads(pickle.dumps(predict))

    assert again.params == predict.params
    require_close(again(inputs(5, 1)), predict(inputs(5, 1)))
    with pytest.raises(AttributeError):
        predict.params = network([5, 7, 3])


def test_a_predictor_is_refused_to_a_second_thread_by_a_sentence() -> None:
    @attrs.frozen
    class Nested(Activation):
        name = "nested"

        def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
            outer[0](matrix(inputs(5, 1)))
            return Z

        def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
            return dA

    outer: list[Any] = [Predictor(network([5, 7, 3], hidden=Nested()))]
    with pytest.raises(KindError, match="expected one thread at a time: each needs one"):
        outer[0](matrix(inputs(5, 1)))


def test_a_predictor_leaves_its_input_alone() -> None:
    X = inputs(5, 3)
    kept = X.copy()
    predict: Any = Predictor(network([5, 7, 3]))
    predict(X)

    assert np.array_equal(X, kept)
    assert X.flags.writeable


def test_kinds_of_ones_own_predict_too() -> None:
    n = Dim[Any](6)
    norm = LayerNorm(n, fdnn.matrix.blank(n, fdnn.ONE), fdnn.matrix.blank(n, fdnn.ONE))
    net = dense(n, n, relu) >> norm >> Dropout(n) >> dense(n, Dim[Any](2), softmax)
    params = initialize(net, rng=0)
    X = matrix(inputs(6, 9))

    require_close(Predictor(params)(X), params(X))


@attrs.frozen
class Transposing(Activation):
    """An activation whose author mixed up the axes."""

    name = "transposing"

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return Z.T  # type: ignore[return-value]  # the mistake

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        return dA


@pytest.mark.parametrize("m", [1, 40])
def test_a_kind_that_gives_another_shape_is_refused_by_the_equations_sentence(m: int) -> None:
    params = network([5, 7, 3], hidden=Transposing())
    X = matrix(inputs(5, m))
    with suppress_type_checks(), pytest.raises(ShapeError) as plainly:
        params(X)
    with suppress_type_checks(), pytest.raises(ShapeError) as prepared:
        Predictor(params)(X)

    assert str(prepared.value) == str(plainly.value)


@pytest.mark.parametrize("m", [1, 40, PART + 1])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_refused_without_a_warning(m: int, bad: float) -> None:
    """At the last place too, and in a buffer that has been used before."""
    predict: Any = Predictor(network([5, 7, 3]))
    X = inputs(5, m)
    predict(X)
    X[-1, -1] = bad

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataError, match="Predictor: X has 1 values that are NaN or infinite"):
            predict(X)
        with pytest.raises(DataError):
            predict.logits(X)


def test_what_does_not_fit_is_refused_by_a_sentence() -> None:
    predict: Any = Predictor(network([5, 7, 3]))
    predict(inputs(5, 1))
    empty, flat = inputs(5, 1)[:, :0], inputs(5, 1)[:, 0]

    def refused(kind: type[Exception], words: str, given: Any, by: Any = predict) -> None:
        with suppress_type_checks(), pytest.raises(kind) as caught:
            by(given)
        assert str(caught.value).startswith(f"Predictor: {words}")

    refused(ShapeError, "X has shape (4, 1), expected (5, m)", inputs(4, 1))
    refused(ShapeError, "X has shape (5,)", flat)
    refused(ShapeError, "X has shape (5, 0)", empty)
    refused(DtypeError, "X has dtype float32, expected float64", inputs(5, 1, "float32"))
    refused(KindError, "X is a list", [[1.0]] * 5)
    refused(KindError, "params is an Architecture, expected Params", mlp([5, 3]), Predictor)

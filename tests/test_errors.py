"""What bad input gets: one sentence, from rings 2 and 3 alone, before anything has changed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest
from typeguard import suppress_type_checks

import fdnn
from fdnn import DivergenceError, GradientDescent, Learner, iterate, run, squared_error
from tests import bad_input
from tests.strategies import array_of, cat, cat_batch, cat_network, matrix, network, normal, pixel

GRAMMAR = re.compile(r"^[^:\n]+: [^\n]+, expected [^\n]+$")


@pytest.fixture(autouse=True)
def ring_4_is_off() -> Iterator[None]:
    with suppress_type_checks():
        yield


@pytest.mark.parametrize(
    ("call", "kind", "sentence"), bad_input.CASES, ids=range(len(bad_input.CASES))
)
def test_bad_input_gets_one_sentence(
    call: Callable[[], object], kind: type[fdnn.FdnnError], sentence: str
) -> None:
    with pytest.raises(fdnn.FdnnError) as refusal:
        call()

    assert type(refusal.value) is kind
    assert str(refusal.value) == sentence


def test_every_sentence_keeps_to_the_grammar() -> None:
    for _, _, sentence in bad_input.CASES:
        assert GRAMMAR.match(sentence)
        assert not re.search(r"broadcast|ufunc|operand|<class|0x|np\.", sentence)


def test_an_error_keeps_the_facts_of_its_sentence() -> None:
    error = fdnn.ShapeError("forward", "X has shape (3,)", "(Pixel=4, m)", "a matrix has two axes")

    assert (error.where, error.came) == ("forward", "X has shape (3,)")
    assert (error.expected, error.why) == ("(Pixel=4, m)", "a matrix has two axes")
    assert str(error) == ("forward: X has shape (3,), expected (Pixel=4, m): a matrix has two axes")
    assert str(fdnn.KindError("step", "it is a list", "a Batch")) == (
        "step: it is a list, expected a Batch"
    )


@pytest.mark.parametrize(
    ("kind", "family"),
    [
        (fdnn.ShapeError, ValueError),
        (fdnn.AxisError, fdnn.ShapeError),
        (fdnn.DtypeError, TypeError),
        (fdnn.DataError, ValueError),
        (fdnn.ArgumentError, ValueError),
        (fdnn.KindError, TypeError),
        (fdnn.FileError, ValueError),
        (fdnn.MissingExtraError, ImportError),
        (DivergenceError, ArithmeticError),
    ],
)
def test_an_error_is_of_pythons_own_family_too(
    kind: type[Exception], family: type[Exception]
) -> None:
    assert issubclass(kind, family)
    assert issubclass(kind, fdnn.FdnnError)


def test_a_refused_call_has_changed_nothing() -> None:
    trace = repr(bad_input.trace)
    before = bad_input.params.vector.tobytes(), bad_input.batch.X.tobytes()
    for call, _, _ in bad_input.CASES:
        with pytest.raises(fdnn.FdnnError):
            call()

    assert (bad_input.params.vector.tobytes(), bad_input.batch.X.tobytes()) == before
    assert repr(bad_input.trace) == trace


# -------------------------------------------------------------------------------------- divergence


def exploding() -> tuple[Any, Any]:
    """A step far too long for a linear model, and where it starts."""
    params = network(1, fdnn.identity)
    batch = fdnn.Batch(normal(4, 5), normal(3, 5, 1))
    learner = Learner(squared_error, GradientDescent(1e60))
    return learner.step(params)(batch), learner.start(params)


def test_divergence_hands_back_the_last_state_whose_cost_was_finite() -> None:
    step, start = exploding()
    seen: list[Any] = []
    with pytest.raises(DivergenceError) as refusal:
        seen.extend(islice(iterate(step, start), 50))
    last = refusal.value.state
    assert last == seen[-2]

    def cost_of(state: Any) -> float:
        with np.errstate(all="ignore"):
            trace = state.params.forward(step.batch.X)
            return float(squared_error.value(trace.caches[-1], step.batch.Y))

    assert math.isfinite(cost_of(last))
    assert not math.isfinite(cost_of(seen[-1]))
    assert np.isfinite(last.params.vector).all()


def test_divergence_says_at_which_step_and_what_to_do() -> None:
    step, start = exploding()
    with pytest.raises(DivergenceError) as refusal:
        run(step, start, 50)

    steps = refusal.value.state.step + 2
    assert str(refusal.value) == (
        f"step: at step {steps}, the cost is inf, expected finite numbers: "
        "the weights are as large as 5.94e+180: try a smaller rate than 1e+60"
    )


def test_the_state_of_a_divergence_can_be_trained_on() -> None:
    step, start = exploding()
    with pytest.raises(DivergenceError) as refusal:
        run(step, start, 50)
    last = refusal.value.state

    gentle = Learner(squared_error, GradientDescent(1e-3)).step(last.params)(step.batch)
    assert gentle(last).step == last.step + 1


def test_complex_numbers_are_for_derivatives_and_do_not_train() -> None:
    batch = cat_batch()
    X, Y = array_of(batch.X).astype(complex), array_of(batch.Y).astype(complex)
    step = Learner(fdnn.categorical_cross_entropy, GradientDescent(0.1)).step(cat_network())
    with pytest.raises(fdnn.DtypeError, match="dtype is complex128, expected float64 or float32"):
        step(fdnn.batch_from_columns(X, Y, pixel, cat))


@pytest.mark.parametrize(("missing", "is_label"), [(3.0, True), (6.0, False)])
def test_labels_sum_to_one_as_closely_as_the_gradient_needs(missing: float, is_label: bool) -> None:
    """`A - Y` is the gradient for a sum of one; each eps that is missing shows in it."""
    Y = np.array([[0.5], [0.5 - missing * np.finfo(float).eps]])
    labels = fdnn.matrix.unchecked(Y, fdnn.Dim[Any](2), fdnn.Dim[Any](1))
    if is_label:
        fdnn.categorical_cross_entropy.require_labels("cost", labels)
    else:
        with pytest.raises(fdnn.DataError):
            fdnn.categorical_cross_entropy.require_labels("cost", labels)


def test_infinite_parameters_are_refused_by_the_next_step() -> None:
    params = cat_network()
    broken = params.with_vector(np.full(params.vector.shape, np.inf))
    learner = Learner(fdnn.categorical_cross_entropy, GradientDescent(0.1))
    with pytest.raises(DivergenceError) as refusal:
        learner.step(params)(cat_batch())(learner.start(broken))

    assert str(refusal.value) == (
        "step: at step 1, [W | b] of layer 1 has 15 of 15 numbers that are NaN or infinite, "
        "expected finite numbers: it was so before"
    )
    assert refusal.value.state.params == broken


def test_a_sure_and_wrong_output_off_the_link_is_a_divergence_and_no_nan() -> None:
    """Softmax before the binary cost has no logits to fall back on: `log 0` is infinite."""
    layer = fdnn.dense_of(matrix([[1e4], [-1e4]]), matrix([[0.0], [0.0]]), fdnn.softmax)
    params = fdnn.params_of(layer)
    batch = fdnn.Batch(matrix([[1.0]]), matrix([[0.0], [1.0]]))
    learner = Learner(fdnn.binary_cross_entropy, GradientDescent(0.1))
    with pytest.raises(DivergenceError, match=r"the cost is inf, .* such as the log of 0"):
        learner.step(params)(batch)(learner.start(params))

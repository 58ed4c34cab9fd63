"""A step of a stream does no more than it must: counts that no busy machine can change.

What `tests/operations.py` counts is counted in a process of its own, where ring 4 is off as it is
for a user.  The numbers in the laws follow from the mathematics: relu is one pass on the way there
and two on the way back (a mask, and the product with it), gradient descent one subtraction.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import attrs
import pytest

from tests.benchmarks import profile, with_fdnn
from tests.benchmarks.workloads import WORKLOADS, problem
from tests.operations import ALIKE, CASES, CHAINS, OPTIMIZERS, SPANS, Case, Counts

ROOT = Path(__file__).parent.parent

TRAINING = [name for name in CASES if name not in SPANS and not CASES[name].predicts]
LARGE = [*ALIKE, *OPTIMIZERS, "mini-batches"]

ITEMSIZE = 8
RELU = 3
"""Passes over the activations of a hidden layer: there `max(Z, 0)`, back `dA * (A > 0)`."""

MOMENTS = {"gradient_descent": 0, "momentum": 1, "adam": 2}
UPDATE = {"gradient_descent": 1, "momentum": 4, "adam": 11}
"""Passes over the parameters, one for each operation of the formula."""

LOOK = {"gradient_descent": 1, "momentum": 1, "adam": 2}
"""Passes that see whether the new parameters, and moments of squares, are finite."""


def objects(case: Case) -> int:
    """Bytes that a state's records may take, and the views of one vector as arrays of layers."""
    return 2048 + 256 * case.layers


@cache
def all_counts() -> dict[str, Counts]:
    command = [sys.executable, "-m", "tests.operations"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return {name: Counts(**found) for name, found in json.loads(ran.stdout).items()}


def counts(name: str) -> Counts:
    return all_counts()[name]


def head(case: Case) -> int:
    """Numbers that softmax or sigmoid, the cost and `dZ` go over together.

    Sigmoid, of few labels of 0 or 1: `(1 - 2y) z`, `L`, its sum, whether the logits are finite, and
    three for `dZ`.  Softmax: twelve over the classes, and seven over one number an example.
    """
    return 7 * case.outputs if case.sizes[-1] == 1 else 12 * case.outputs + 7 * case.m


def inside(case: Case) -> int:
    """Numbers that a step must go over besides its parameters."""
    return RELU * case.hidden + head(case)


# --------------------------------------------------------------------------------------- the arrays


@pytest.mark.parametrize("name", TRAINING)
def test_the_products_of_a_step_are_those_that_it_cannot_do_without(name: str) -> None:
    case, found = CASES[name], counts(name)
    assert found.products == 3 * case.layers - 1
    assert found.multiplications == case.multiplications


@pytest.mark.parametrize("name", ALIKE)
def test_gradient_descent_passes_twice_over_its_parameters_and_thrice_over_its_activations(
    name: str,
) -> None:
    """Over the parameters for the update, and to see whether they are finite."""
    case = CASES[name]
    assert 2 * case.parameters < counts(name).elements <= 2 * case.parameters + inside(case)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_passes_over_the_parameters_once_for_each_operation_of_its_formula(
    name: str,
) -> None:
    case = CASES[name]
    passes = UPDATE[name] + LOOK[name]
    assert counts(name).elements <= passes * case.parameters + inside(case)


def test_few_parameters_are_copied_once_and_nothing_else_is() -> None:
    case, found = CASES["tiny"], counts("tiny")
    assert found.elements <= 3 * case.parameters + inside(case)
    assert found.passes <= 3 + RELU * (case.layers - 1) + head(case) // case.m


def test_a_mini_batch_is_gathered_in_one_pass() -> None:
    case = CASES["mini-batches"]
    gathered = (case.sizes[0] + 1 + case.sizes[-1]) * case.m
    assert counts("mini-batches").elements <= gathered + 2 * case.parameters + inside(case)


def test_a_step_in_the_span_of_the_data_does_the_same_for_however_many_inputs() -> None:
    few, many = map(counts, SPANS)
    assert few == many


def test_a_step_in_the_span_of_the_data_multiplies_examples_and_not_inputs() -> None:
    for name in SPANS:
        case = CASES[name]
        m, (_, h, *rest) = case.m, case.sizes
        in_place_of_inputs = Case((m + 1, h, *rest), m)  # D of all examples, and C of W0
        gradient = (m + 1 + 1) * h * m  # dD is dZ itself
        found = counts(name)
        assert found.products == 3 * case.layers - 2
        assert found.multiplications == in_place_of_inputs.multiplications - gradient


def test_a_prediction_is_a_product_and_a_pass_for_each_layer() -> None:
    case, found = CASES["prediction"], counts("prediction")
    inputs = case.sizes[0] + case.sizes[0] + 1  # brought to their place, and looked at for NaN
    softmax_and_copy = 6 * case.outputs
    assert found.products == case.layers
    assert found.multiplications == case.parameters
    assert found.elements <= inputs + case.hidden + softmax_and_copy


# ---------------------------------------------------------------------------------------- the bytes


@pytest.mark.parametrize("name", TRAINING)
def test_a_step_makes_no_array_but_its_new_state(name: str) -> None:
    case = CASES[name]
    assert counts(name).made == case.parameters * (1 + MOMENTS[case.optimizer.name])


@pytest.mark.parametrize("name", TRAINING)
def test_a_step_allocates_its_new_state_and_nothing_more(name: str) -> None:
    case = CASES[name]
    state = ITEMSIZE * case.parameters * (1 + MOMENTS[case.optimizer.name])
    converted = ITEMSIZE * case.outputs  # NumPy makes numbers of a mask
    assert state <= counts(name).allocated <= state + converted + objects(case)


@pytest.mark.parametrize("name", LARGE)
def test_a_stream_whose_states_nobody_keeps_does_not_grow(name: str) -> None:
    case = CASES[name]
    assert counts(name).grown <= ITEMSIZE * case.outputs + objects(case)


# ---------------------------------------------------------------------------------------- of Python


@pytest.mark.parametrize("name", [name for name in CASES if name != "prediction"])
def test_a_stream_checks_nothing_again(name: str) -> None:
    assert counts(name).checks == 0


def test_the_work_of_a_step_is_linear_in_the_layers() -> None:
    eight, sixteen, more = (attrs.asdict(counts(name)) for name in CHAINS)
    for what in ("products", "passes", "calls", "lines"):
        assert more[what] - sixteen[what] == 2 * (sixteen[what] - eight[what]), what


def test_a_layer_more_is_three_products_three_passes_and_five_calls() -> None:
    """Two calls on the way there, the product and relu; three back, relu, `dA` and `[dW | db]`."""
    eight, sixteen, _ = map(counts, CHAINS)
    assert sixteen.products - eight.products == 3 * 8
    assert sixteen.passes - eight.passes <= RELU * 8
    assert sixteen.calls - eight.calls <= 5 * 8
    assert sixteen.lines - eight.lines <= 14 * 8


@pytest.mark.parametrize(("name", "calls", "lines"), [("tiny", 32, 101), ("chain of 8", 59, 199)])
def test_what_a_step_does_besides_takes_few_calls_of_python(
    name: str, calls: int, lines: int
) -> None:
    """As many as were counted when this was written, and an allowance of a tenth."""
    assert counts(name).calls <= 1.1 * calls
    assert counts(name).lines <= 1.1 * lines


def test_a_prediction_takes_few_calls_of_python() -> None:
    assert counts("prediction").calls <= 1.1 * 8
    assert counts("prediction").lines <= 1.1 * 32


def test_the_profile_finds_the_pieces_of_a_step_that_it_puts_clocks_on() -> None:
    """The benchmark wraps them by name, where the plan looks for them."""
    clocks = profile.Clocks()
    with profile.wrapped(clocks):
        step = with_fdnn.training(problem(WORKLOADS["tiny"]))
        step()
    clocks.seconds.clear()
    step()
    assert all(clocks.seconds[part] > 0.0 for part in profile.PARTS)

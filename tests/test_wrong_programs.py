"""Every wrong program is refused: by mypy line by line, by pyright, and by running it."""

import ast
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from itertools import combinations
from pathlib import Path

import attrs
import pytest

from fdnn import Dim
from tests.typing import refusals, scene

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "tests/typing/wrong").glob("*.py"))
PROGRAMS = refusals.load()

# What is wrong with these cannot be seen at run time with ring 4 off; their decorators say why.
# Ring 4 sees those of the second group.
ONLY_THE_CHECKERS_SEE = {
    "changes.a_power_of_a_matrix",
    "products.a_sum_of_masks",
    "changes.the_numbers_of_a_matrix_in_a_sum",
    "learning.raw_arrays_in_a_batch",
    "own_kinds.a_layer_of_another_kind_in_a_cache",
    "own_kinds.a_way_back_with_other_axes",
    "products.a_method_of_numpy",
    "products.a_raw_array_as_a_factor",
    "products.a_raw_array_before_a_matrix",
    "products.a_row_of_a_matrix",
    "products.bias_before_the_product",
    "products.dot_of_numpy",
    "products.exp_of_numpy",
    "products.from_numpy_with_bare_numbers",
    "products.own_function_that_forgets_a_transpose_of_a_square_layer",
    "products.weights_plus_bias",
    "running.a_raw_array",
    "running.a_result_of_numpy",
}
ONLY_THE_CHECKERS_AND_RING_4_SEE = {
    "layers.a_normalisation_that_sums_over_examples",
    "own_kinds.a_cache_that_returns_its_parts_swapped",
    "own_kinds.a_cache_that_returns_the_gradient_of_its_output",
    "own_kinds.an_activation_for_one_axis_only",
    "products.own_function_that_sums_over_units",
    "products.own_function_that_swaps_its_factors",
    "streams.early_stopping_by_the_score_of_another_network",
}

Place = tuple[str, int]


@attrs.frozen
class Found:
    """What a checker says of one line."""

    code: str
    message: str


@cache
def marks() -> dict[Place, list[str]]:
    """The codes that the corpus states, by file and line."""
    stated: dict[Place, list[str]] = {}
    for path in FILES:
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if mark := re.search(r"# E: (.+)$", line):
                stated[path.name, number] = sorted(mark[1].split(", "))
    return stated


@cache
def lines_of_programs() -> dict[str, range]:
    """Where each program stands, with its decorator; by the syntax alone."""
    found: dict[str, range] = {}
    for path in FILES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.args.args:
                assert node.end_lineno is not None
                found[f"{path.stem}.{node.name}"] = range(node.lineno, node.end_lineno + 1)
    return found


def marked_line(program: str) -> Place:
    file = f"{program.partition('.')[0]}.py"
    lines = lines_of_programs()[program]
    (place,) = [(file, line) for line in lines if (file, line) in marks()]
    return place


@cache
def refused_by_mypy() -> dict[Place, list[Found]]:
    """What mypy says, strict and with the project's own settings, of the corpus alone."""
    options = ["--no-error-summary", "--hide-error-context", "--no-pretty"]
    # A cache of its own, since another worker may be checking the project at the same time.
    cache_dir = f"--cache-dir={ROOT / '.mypy_cache' / 'wrong'}"
    command = [sys.executable, "-m", "mypy", *options, cache_dir, *map(str, FILES)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stderr or "mypy accepted everything"

    found: defaultdict[Place, list[Found]] = defaultdict(list)
    for line in run.stdout.splitlines():
        if match := re.fullmatch(r"(.+?):(\d+): error: (.*?)  \[([\w-]+)\]", line):
            path, number, message, code = match.groups()
            found[Path(path).name, int(number)].append(Found(code, message))
    return found


@cache
def refused_by_pyright() -> dict[Place, list[Found]]:
    """What pyright says of the corpus, but for unused results and unknown types, which follow."""
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--project", "pyproject.toml"]
    command += ["--pythonpath", sys.executable, *map(str, FILES)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    found: defaultdict[Place, list[Found]] = defaultdict(list)
    for error in json.loads(run.stdout)["generalDiagnostics"]:
        rule = error.get("rule", "")
        if not rule.startswith(("reportUnused", "reportUnknown")):
            place = Path(error["file"]).name, error["range"]["start"]["line"] + 1
            found[place].append(Found(rule, error["message"]))
    return found


@cache
def raised(mode: str) -> dict[str, str]:
    """What each program raises in a process of its own: with typeguard absent, off, or on."""
    command = [sys.executable, "-m", "tests.typing.refusals", mode]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    assert said["typeguard"] is (mode == "on")
    outcomes: dict[str, str] = said["raised"]
    return outcomes


# ------------------------------------------------------------------------------------- the corpus


def test_no_two_sizes_of_the_corpus_are_equal() -> None:
    sizes = [size for size in vars(scene).values() if isinstance(size, Dim) and size != 1]
    assert len(sizes) >= 11
    assert not [(a, b) for a, b in combinations(sizes, 2) if int(a) == int(b)]


def test_every_function_of_the_corpus_is_a_program_and_marks_one_line() -> None:
    lines = lines_of_programs()
    assert lines.keys() == PROGRAMS.keys()
    assert len(PROGRAMS) >= 100

    places = [marked_line(program) for program in PROGRAMS]
    assert sorted(places) == sorted(marks())


# ----------------------------------------------------------------------------------- the checkers


def test_mypy_refuses_exactly_the_marked_lines_with_exactly_their_codes() -> None:
    found = {
        place: sorted(error.code for error in errors) for place, errors in refused_by_mypy().items()
    }
    assert found == marks()


@pytest.mark.parametrize("program", PROGRAMS)
def test_mypy_says_what_the_program_states(program: str) -> None:
    _, refusal = PROGRAMS[program]
    messages = [error.message for error in refused_by_mypy()[marked_line(program)]]
    assert any(refusal.mypy in message for message in messages), messages


def test_mypy_names_the_axes_wherever_a_method_or_an_operator_is_shown_a_matrix() -> None:
    # A free function of several generic arguments is told `Cannot infer`; its method says more.
    speechless = {
        program
        for program, (_, refusal) in PROGRAMS.items()
        if "[" not in refusal.mypy and not refusal.mypy.startswith("Cannot infer")
    }
    assert speechless == {
        # No axis is at fault, but a name, a class, a signature, a missing method or a change.
        "activations.an_alpha_that_is_text",
        "activations.the_alpha_of_an_activation_is_set",
        "activations.the_form_of_gelu_as_a_setting",
        "beyond_a_batch.a_number_as_a_penalty",
        "changes.a_key_in_place_of_a_context",
        "changes.a_size_is_renamed",
        "changes.layers_are_set",
        "changes.the_cost_of_a_state_is_set",
        "changes.the_examples_of_a_batch_are_set",
        "changes.the_optimizer_of_a_learner_is_set",
        "changes.the_output_of_a_trace_is_set",
        "changes.the_parameters_of_a_state_are_set",
        "changes.the_vector_is_set",
        "changes.weights_are_set",
        "composition.an_activation_by_its_name",
        "composition.an_initializer_in_place_of_an_activation",
        "costs.a_binary_focal_cost_after_softmax",
        "costs.a_categorical_focal_cost_after_sigmoid",
        "costs.a_cost_after_a_cost",
        "costs.a_hinge_after_softmax",
        "costs.a_kl_divergence_after_sigmoid",
        "costs.a_poisson_cost_with_a_parameter",
        "costs.counts_after_the_identity",
        "data.a_seed_in_the_place_of_a_key",
        "data.a_share_that_is_text",
        "data.an_encoding_by_its_name",
        "data.outputs_that_went_through_what_cannot_be_undone",
        "heads.a_cost_in_place_of_an_optimizer",
        "heads.a_number_in_place_of_a_metric",
        "heads.the_largest_without_how_many",
        "laws.a_cost_as_an_activation",
        "laws.a_name_for_a_kind",
        "layers.an_activation_in_the_place_of_the_rate",
        "learning.a_number_in_place_of_a_cost",
        "learning.a_rate_in_place_of_an_optimizer",
        "learning.an_optimizer_in_place_of_a_cost",
        "optimizers.a_modifier_around_a_rate",
        "optimizers.a_rate_in_place_of_the_schedule_that_follows",
        "optimizers.a_schedule_in_place_of_a_momentum",
        "optimizers.a_schedule_in_place_of_an_optimizer",
        "optimizers.a_warm_up_before_a_number",
        "optimizers.an_optimizer_in_place_of_a_schedule",
        "own_kinds.a_cache_without_a_way_back",
        "own_kinds.a_layer_without_a_way_forward",
        "own_kinds.an_activation_for_one_axis_only",
        "own_kinds.an_activation_without_a_pullback",
        "prepared.a_size_that_is_a_fraction",
        "prepared.a_size_that_is_text",
        "prepared.a_span_that_is_text",
        "products.a_matrix_by_its_class",
        "products.a_size_that_is_bare",
        "running.a_number_in_place_of_a_cost",
        "running.an_activation_in_place_of_a_cost",
        "streams.patience_that_is_a_fraction",
        "streams.seconds_as_text",
        "streams.a_metric_by_its_name",
    }


def test_pyright_refuses_the_same_lines_but_for_those_that_say_why() -> None:
    accepted = {
        marked_line(program) for program, (_, refusal) in PROGRAMS.items() if refusal.pyright
    }
    assert refused_by_pyright().keys() == marks().keys() - accepted


# ------------------------------------------------------------------------------------- at run time


@pytest.mark.parametrize("mode", ["absent", "off"])
def test_without_ring_4_every_program_is_refused_in_the_words_it_states(mode: str) -> None:
    for program, sentence in raised(mode).items():
        _, refusal = PROGRAMS[program]
        if refusal.fdnn or refusal.unseen:
            assert sentence == refusal.fdnn, program
        else:
            assert sentence.startswith(refusal.numpy or refusal.python), program


def test_with_ring_4_the_functions_of_the_user_are_guarded_too() -> None:
    guarded = 0
    for program, sentence in raised("on").items():
        _, refusal = PROGRAMS[program]
        if refusal.guards:
            assert sentence == refusal.guards, program
            guarded += 1
        elif refusal.fdnn or refusal.unseen:
            assert sentence == refusal.fdnn, program
        else:
            assert sentence.startswith(refusal.numpy or refusal.python), program
    assert guarded >= 15


def test_what_only_the_checkers_can_see_is_listed() -> None:
    unseen = {program for program, (_, refusal) in PROGRAMS.items() if refusal.unseen}
    seen_by_ring_4 = {program for program in unseen if PROGRAMS[program][1].guards}
    assert unseen - seen_by_ring_4 == ONLY_THE_CHECKERS_SEE
    assert seen_by_ring_4 == ONLY_THE_CHECKERS_AND_RING_4_SEE

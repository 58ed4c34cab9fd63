"""Combinators over a stream of states: what they give, what they take, what they leave alone."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from itertools import accumulate, count
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typeguard import suppress_type_checks

import fdnn
from fdnn import (
    Adam,
    ArgumentError,
    DataError,
    DivergenceError,
    FileError,
    History,
    KindError,
    Learner,
    Metric,
    MissingExtraError,
    accuracy,
    best,
    calibrate,
    categorical_cross_entropy,
    checkpoint,
    early_stopping,
    every,
    iterate,
    last,
    mean_squared_error,
    recorded,
    run,
    scoring,
    take,
    within,
)
from fdnn.history_files import load_history, save_history
from fdnn.reports import logged, progress, saved, to_csv
from tests.strategies import LAW, cat, cat_batch, cat_network, edge, pixel

Stream: TypeAlias = Iterator[Any]

learner = Learner(categorical_cross_entropy, Adam(0.05))
batch, held_out = cat_batch(6), cat_batch(9)
measure = scoring(categorical_cross_entropy, accuracy, train=batch, test=held_out)


def training(start: Any = None) -> Stream:
    params = cat_network()
    return iterate(learner.step(params)(batch))(learner.start(params) if start is None else start)


class Counted(Iterator[int]):
    """The whole numbers, and how many of them have been asked for."""

    def __init__(self, states: Iterable[Any] | None = None) -> None:
        self.states = iter(count() if states is None else states)
        self.asked = 0

    def __next__(self) -> Any:
        self.asked += 1
        return next(self.states)


# ----------------------------------------------------------------------------------------- how many


@LAW
@given(st.integers(0, 9), st.integers(0, 9))
def test_what_is_taken_at_once_is_what_is_taken_in_two_parts(m: int, n: int) -> None:
    states = count()
    assert [*take(m, states), *take(n, states)] == [*take(m + n, count())]


@LAW
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 30))
def test_every_m_th_of_every_n_th_is_every_mn_th(m: int, n: int, size: int) -> None:
    assert [*every(1, range(size))] == [*range(size)]
    assert [*every(m, every(n, range(size)))] == [*every(m * n, range(size))]


def test_the_last_of_a_stream_is_its_last_state_and_an_empty_one_has_none() -> None:
    assert last(iter([3])) == 3
    assert last([3, 1, 2]) == 2
    with pytest.raises(ArgumentError, match="last: states is empty, expected at least one state"):
        last(iter([]))


def test_a_budget_of_time_begins_with_the_first_state_and_ends_after_the_one_under_way() -> None:
    now = [100.0]

    def slowly() -> Iterator[int]:
        for state in count():
            now[0] += 1.0
            yield state

    states = within(2.5, slowly(), clock=lambda: now[0])
    now[0] = 200.0
    assert [*states] == [0, 1, 2]
    assert now == [203.0]  # nothing was begun after that


def test_no_state_is_begun_at_the_very_end_of_a_budget() -> None:
    now = [0.0]

    def slowly() -> Iterator[int]:
        for state in count():
            now[0] += 1.0
            yield state

    assert [*within(3.0, slowly(), clock=lambda: now[0])] == [0, 1, 2]


# ----------------------------------------------------------------------------------------- the best

SCORES = st.lists(st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, math.inf]), min_size=1, max_size=30)


@LAW
@given(SCORES)
def test_the_best_so_far_is_the_first_of_the_smallest_so_far(scores: list[float]) -> None:
    found = [*best(range(len(scores)), scores.__getitem__)]
    assert [scores[place] for place in found] == [*accumulate(scores, min)]
    assert found == [scores.index(least) for least in accumulate(scores, min)]


@LAW
@given(SCORES)
def test_the_largest_is_the_smallest_of_what_is_turned_round(scores: list[float]) -> None:
    places = range(len(scores))
    assert [*best(places, scores.__getitem__, largest_is_best=True)] == [
        *best(places, lambda place: -scores[place])
    ]


@LAW
@given(SCORES, st.integers(1, 5))
def test_training_stops_after_so_many_states_in_a_row_that_were_no_improvement(
    scores: list[float], patience: int
) -> None:
    def in_vain(i: int) -> bool:
        """None of the last `patience` beat all that were before them."""
        cut = i + 1 - patience
        return cut > 0 and min(scores[cut : i + 1]) >= min(scores[:cut])

    # A stream that ends by itself is asked once more than it has states.
    asked = next((i + 1 for i in range(len(scores)) if in_vain(i)), len(scores) + 1)
    states = Counted(range(len(scores)))
    found = last(early_stopping(states, scores.__getitem__, patience))

    assert states.asked == asked
    assert found == scores.index(min(scores[:asked]))


@LAW
@given(SCORES, st.integers(1, 5))
def test_early_stopping_is_the_beginning_of_the_stream_of_the_best(
    scores: list[float], patience: int
) -> None:
    found = [*early_stopping(range(len(scores)), scores.__getitem__, patience)]
    assert found == [*take(len(found), best(range(len(scores)), scores.__getitem__))]


def test_small_improvements_add_up_to_one_that_counts() -> None:
    falling = [1.0 - 0.1 * i for i in range(10)]
    for least, seen in ((0.05, 10), (0.15, 10), (0.35, 3)):
        found = [*early_stopping(range(10), falling.__getitem__, 2, least_improvement=least)]
        assert (len(found), found[-1]) == (seen, seen - 1)  # the best, however small its lead


def test_a_score_that_is_no_number_is_refused_and_says_where() -> None:
    for combinator in (best, lambda states, score: early_stopping(states, score, 3)):
        stream: Stream = combinator(training(), lambda s: math.nan if s.step == 2 else s.cost)
        assert len([*take(2, stream)]) == 2
        with pytest.raises(DataError, match="the score of step 2 is nan, expected a number"):
            next(stream)


# -------------------------------------------------------------------------------------- all of them

Combinator: TypeAlias = Callable[[Iterable[Any], Path], Stream]

COMBINATORS: dict[str, Combinator] = {
    "take": lambda states, _: take(10**6, states),
    "every": lambda states, _: every(1, states),
    "within": lambda states, _: within(math.inf, states),
    "recorded": lambda states, _: recorded(states, measure, every=2),
    "logged": lambda states, _: logged(states, measure, every=2),
    "to_csv": lambda states, folder: to_csv(states, folder / "h.csv", measure, every=2),
    "saved": lambda states, folder: saved(states, folder / "h.safetensors", every=2),
    "progress": lambda states, _: progress(states, 5, console=terminal()[1]),
}
BEST: dict[str, Combinator] = {
    "best": lambda states, _: best(states, lambda state: -state.step),
    "early_stopping": lambda states, _: early_stopping(states, lambda state: -state.step, 3),
}
"""With a score that falls at every step, the best is the last."""


def terminal() -> tuple[StringIO, Console]:
    screen = StringIO()
    return screen, Console(file=screen, force_terminal=True, width=100)


@pytest.mark.parametrize("name", [*COMBINATORS, *BEST])
def test_a_combinator_gives_the_very_states_that_it_takes(name: str, tmp_path: Path) -> None:
    states = [*take(6, training())]
    stream = {**COMBINATORS, **BEST}[name](iter(states), tmp_path)

    assert iter(stream) is stream
    assert all(given is taken for given, taken in zip(stream, states, strict=True))


@pytest.mark.parametrize("name", [*COMBINATORS, *BEST])
def test_a_combinator_asks_for_a_state_when_it_is_asked_for_one(name: str, tmp_path: Path) -> None:
    states = Counted(take(9, training()))
    stream = {**COMBINATORS, **BEST}[name](states, tmp_path)

    assert states.asked == 0
    for asked in (1, 2, 3):
        next(stream)
        assert states.asked == asked
    assert len([*take(2, stream)]) == 2
    assert states.asked == 5


@pytest.mark.parametrize("name", [*COMBINATORS, *BEST])
def test_what_ends_a_stream_comes_through(name: str, tmp_path: Path) -> None:
    def diverging() -> Stream:
        yield from take(2, training())
        raise DivergenceError("the cost is nan", "it is so here", last(take(2, training())))

    stream = {**COMBINATORS, **BEST}[name](diverging(), tmp_path)
    assert len([*take(2, stream)]) == 2
    with pytest.raises(DivergenceError, match="it is so here"):
        next(stream)


def test_combinators_compose_in_any_order() -> None:
    records = recorded(every(2, take(20, training())), measure)
    found = last(early_stopping(within(60.0, records), lambda _: records.latest["test cost"], 3))

    curve = records.history["test cost"]
    assert found.step == curve.best()[0]
    assert [*curve.steps] == [*range(0, 2 * len(curve.steps), 2)]


def test_two_streams_branch_off_one_state_and_neither_sees_the_other() -> None:
    """Any state of a stream is where another may begin, with another rate too."""
    straight = [*take(6, training())]
    states = training()
    fork = last(take(3, states))
    step = Learner(categorical_cross_entropy, Adam(0.5)).step(fork.params)(batch)
    other, third = iterate(step)(fork), training(fork)

    mixed = [(next(states), next(other), next(third)) for _ in range(3)]
    assert [state for state, _, _ in mixed] == straight[3:]
    assert next(other) == run(step, fork, 3)
    assert [state for _, _, state in mixed] == straight[2:5]
    assert mixed[1][1] == run(step, straight[2], 1)
    assert mixed[2][1].params != straight[4].params
    assert fork == straight[2]


# -------------------------------------------------------------------------------------- the history


def test_a_record_holds_every_cost_and_what_was_measured_of_every_so_many_th_state() -> None:
    states = [*take(8, training())]
    records = recorded(iter(states), measure, every=3)
    assert last(records) is states[-1]

    history = records.history
    assert history.costs == tuple(state.cost for state in states[1:])
    assert history["cost"].steps == tuple(range(7))
    assert [m.step for m in history.measurements] == [0, 3, 6]
    for measurement in history.measurements:
        state = states[measurement.step]
        assert measurement.scores == measure(state)
        assert measurement["train cost"] == pytest.approx(states[measurement.step + 1].cost)


def test_a_record_that_begins_in_the_middle_of_a_run_knows_its_steps() -> None:
    fork = last(take(4, training()))
    records = recorded(training(fork), measure)
    last(take(3, records))

    assert records.history["cost"].steps == (2, 3, 4)
    assert records.history["test cost"].steps == (3, 4, 5)


def test_a_history_that_was_asked_for_stays_as_it_was() -> None:
    records = recorded(training(), measure)
    last(take(3, records))
    before = records.history
    known = before.to_dict()
    last(take(3, records))

    assert before.to_dict() == known
    assert records.history[:3].measurements == before.measurements


def test_a_state_that_comes_again_is_not_recorded_again_and_an_earlier_one_is_refused() -> None:
    states = [*take(4, training())]
    records = recorded(iter([*states, states[-1], states[1]]), measure)
    assert last(take(5, records)) is states[-1]

    assert [m.step for m in records.history.measurements] == [0, 1, 2, 3]
    with pytest.raises(ArgumentError, match="recorded: step 1 comes after step 3"):
        next(records)
    with pytest.raises(ArgumentError, match="nothing is measured yet"):
        recorded(states).latest  # noqa: B018  # a property that refuses


def test_scores_are_of_the_network_as_it_is_used_and_named_after_batch_and_metric() -> None:
    state = last(take(3, training()))
    trace = state.params.forward(held_out.X)
    found = scoring(categorical_cross_entropy, accuracy, mean_squared_error, val=held_out)(state)

    assert found == {
        "val cost": trace.cost(held_out.Y, categorical_cross_entropy),
        "val accuracy": accuracy(trace.output, held_out.Y),
        "val mean squared error": mean_squared_error(trace.output, held_out.Y),
    }


def test_metrics_of_outputs_that_are_no_numbers_are_no_numbers() -> None:
    params = cat_network()
    broken = learner.start(params.with_vector(np.full(params.vector.shape, np.inf)))
    found = measure(broken)

    assert all(math.isnan(value) for value in found.values())


def half(_A: Any, _Y: Any) -> float:
    """A metric of one's own."""
    return 0.5


def test_a_metric_is_called_what_it_is_called_or_what_its_function_is() -> None:
    state = last(take(1, training()))
    found = scoring(categorical_cross_entropy, half, Metric("my own", half), test=batch)(state)
    assert (found["test half"], found["test my own"]) == (0.5, 0.5)
    with pytest.raises(ArgumentError, match="a metric is a lambda, which has no name"):
        scoring(categorical_cross_entropy, lambda _A, _Y: 0.5, test=batch)


@pytest.mark.parametrize(
    ("metrics", "called"),
    [
        ((accuracy, accuracy), "accuracy, accuracy"),
        ((accuracy, Metric("accuracy", half)), "accuracy, accuracy"),
        ((half, Metric("cost", accuracy)), "half, cost"),
    ],
)
def test_two_scores_of_one_name_are_refused(metrics: tuple[Metric, ...], called: str) -> None:
    """The later would stand in the place of the earlier, or of the cost."""
    sentence = f"scoring: the metrics are called {called}, expected a name for each, and not 'cost'"
    with pytest.raises(ArgumentError, match=sentence):
        scoring(categorical_cross_entropy, *metrics, test=batch)


def test_a_network_with_batch_normalisation_is_scored_with_the_statistics_asked_for() -> None:
    """Those of each state anew, and of that batch alone; without one it is refused."""
    chain = fdnn.dense(pixel, edge) >> fdnn.batch_norm(edge, fdnn.tanh)
    params = fdnn.initialize(chain >> fdnn.dense(edge, cat, fdnn.softmax), rng=0)
    states = take(3, iterate(learner.step(params)(batch))(learner.start(params)))
    ask = scoring(categorical_cross_entropy, accuracy, calibrate_on=batch, test=held_out)
    for state in states:
        output = calibrate(state.params, batch).forward(held_out.X)
        assert ask(state) == {
            "test cost": output.cost(held_out.Y, categorical_cross_entropy),
            "test accuracy": accuracy(output.output, held_out.Y),
        }
    with pytest.raises(KindError, match="has no mean and variance for inference yet"):
        scoring(categorical_cross_entropy, test=held_out)(learner.start(params))
    other: Any = params
    sentence = "scoring: calibrate_on is Params, expected a Batch"
    with suppress_type_checks(), pytest.raises(KindError, match=sentence):
        scoring(categorical_cross_entropy, calibrate_on=other, test=held_out)


# -------------------------------------------------------------------------------- telling the world


def test_the_file_of_a_stream_is_that_of_its_history(tmp_path: Path) -> None:
    records = recorded(take(7, training()), measure, every=2)
    written = to_csv(records, tmp_path / "all.csv", lambda _: records.latest.scores)
    last(written)
    save_history(records.history, tmp_path / "history.csv")

    lines, others = (
        (tmp_path / name).read_text().splitlines() for name in ("all.csv", "history.csv")
    )
    assert lines[0] == "step,cost,train cost,train accuracy,test cost,test accuracy"
    assert lines[1::2] == others[1::2]  # where something was measured
    assert [line.split(",")[:2] for line in lines] == [line.split(",")[:2] for line in others]
    assert load_history(tmp_path / "history.csv") == records.history


def test_a_line_is_in_the_file_when_its_state_is_handed_on(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    for state in to_csv(take(4, training()), path, measure):
        assert path.read_text().count("\n") == state.step + 2
        assert load_history(path)["test cost"].steps[-1] == state.step
        assert state.step == 0 or load_history(path)["cost"].last == state.cost


def test_a_score_without_a_column_is_refused(tmp_path: Path) -> None:
    stream = to_csv(training(), tmp_path / "h.csv", lambda s: {f"loss {min(s.step, 1)}": 1.0})
    next(stream)
    with pytest.raises(ArgumentError, match="step 1 has the new score 'loss 1'"):
        next(stream)


def test_a_log_record_has_step_cost_and_metrics_as_fields(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="fdnn.training"):
        states = [*logged(take(5, training()), measure, every=2)]

    records: list[Any] = [r for r in caplog.records if r.name == "fdnn.training"]
    assert [record.step for record in records] == [0, 2, 4]
    assert records[1].cost == states[2].cost
    assert records[2].metrics == measure(states[4])
    scores = ", ".join(f"{name} {value:.6g}" for name, value in measure(states[2]).items())
    assert records[1].getMessage() == f"step 2, cost {states[2].cost:.6g}, {scores}"
    assert records[0].getMessage().startswith("step 0, train cost")  # no step found a cost yet


def test_nothing_is_measured_for_a_log_that_nobody_reads() -> None:
    logger = logging.getLogger("fdnn.test.silent")
    logger.setLevel(logging.WARNING)

    def never(state: Any) -> dict[str, float]:
        raise AssertionError

    assert len([*logged(take(3, training()), never, logger=logger)]) == 3


def test_the_file_holds_the_parameters_of_the_last_state_that_was_saved(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    states: list[Any] = []
    for state in saved(take(6, training()), path, every=3):
        states.append(state)
        kept = states[len(states) - 1 - (len(states) - 1) % 3]
        assert checkpoint.load(path).params == kept.params
    assert checkpoint.load(path).params == states[-1].params
    assert [*tmp_path.iterdir()] == [path]


def test_the_best_can_be_kept_in_a_file_which_is_written_when_there_is_a_better_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[Any] = []
    monkeypatch.setattr("fdnn.reports.checkpoint.save", lambda params, path: writes.append(params))
    scores = [3.0, 2.0, 2.5, 2.0, 1.0, 4.0]
    states = [*take(6, training())]
    last(saved(best(iter(states), lambda s: scores[s.step]), tmp_path / "best.safetensors"))

    assert writes == [states[place].params for place in (0, 1, 4)]


def test_nothing_is_printed_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    screen = StringIO()
    last(progress(take(3, training()), 2))
    last(progress(take(3, training()), 2, console=Console(file=screen)))

    assert capsys.readouterr() == ("", "")
    assert screen.getvalue() == ""


@pytest.mark.parametrize("total", [4, None])
def test_a_bar_shows_the_step_the_cost_and_what_it_is_told_to(total: int | None) -> None:
    screen, console = terminal()
    states = [
        *progress(take(5, training()), total, facts=lambda s: f"no {s.step}", console=console)
    ]

    assert ("4/4" in screen.getvalue()) is (total == 4)
    assert f"cost {states[-1].cost:#.4g}  no 4" in screen.getvalue()


def test_a_bar_needs_rich_and_says_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'fdnn\[cli\]'"):
        progress(training())


@pytest.mark.parametrize("writer", [to_csv, saved])
def test_a_file_that_cannot_be_written_is_refused_before_the_first_step(
    writer: Callable[..., Stream], tmp_path: Path
) -> None:
    states = Counted(training())
    with pytest.raises(FileError, match="expected a path in a folder that is there"):
        writer(states, tmp_path / "nowhere" / "file")
    with pytest.raises(FileError, match=r"cannot be written|is no file"):
        next(writer(states, tmp_path))
    assert states.asked <= 1


def test_all_of_it_is_told_of_the_same_states(tmp_path: Path) -> None:
    records = recorded(take(4, training()), measure)
    stream = saved(to_csv(logged(records), tmp_path / "a.csv"), tmp_path / "a.safetensors")
    final = last(progress(stream, 3))

    assert final == last(take(4, training()))
    assert load_history(tmp_path / "a.csv") == History(records.history.costs)
    assert checkpoint.load(tmp_path / "a.safetensors").params == final.params

"""Rows that are read when they are due, and batches that are fed as they come."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typeguard import suppress_type_checks

import fdnn
from fdnn import Adam, Batch, DataError, Dim, Key, Learner, Params, Rows, State, iterate, run
from fdnn.sources import shuffled
from tests.strategies import array_of

LAW = settings(deadline=None, max_examples=60)


class Pixel: ...


class Cat: ...


pixel, cat = Dim[Pixel](6), Dim[Cat](3)
draw = np.random.default_rng(0)
X = draw.standard_normal((50, 6))
CLASSES = draw.integers(3, size=50)


def network(dtype: str = "float64") -> Params[Pixel, Any, Cat]:
    hidden = Dim[Any](5)
    chain = fdnn.dense(pixel, hidden, fdnn.tanh) >> fdnn.dense(hidden, cat, fdnn.softmax)
    return fdnn.initialize(chain, rng=1, dtype=dtype)


LEARNER = Learner(fdnn.categorical_cross_entropy, Adam(0.01))


# ------------------------------------------------------------------------- an order without memory


@LAW
@given(n=st.integers(1, 3000), seed=st.integers(0, 10**6))
def test_shuffled_places_are_a_permutation(n: int, seed: int) -> None:
    with suppress_type_checks():
        assert sorted(shuffled(place, n, Key(seed)) for place in range(n)) == list(range(n))


def test_each_place_is_about_as_likely_as_any_other() -> None:
    """Chi-square with 9 degrees of freedom: 27.9 is exceeded once in a thousand."""
    for place in (0, 4, 9):
        went = np.bincount([shuffled(place, 10, Key(seed)) for seed in range(2000)], minlength=10)
        assert ((went - 200.0) ** 2 / 200.0).sum() < 27.9


def test_a_place_among_a_thousand_billion_needs_no_list_of_them() -> None:
    n = 10**12
    seen = {shuffled(place, n, Key(0)) for place in range(1000)}
    assert len(seen) == 1000
    assert all(0 <= place < n for place in seen)
    assert n * 0.4 < np.mean([*seen]) < n * 0.6


# ------------------------------------------------------------------------------------- what is read


@LAW
@given(
    m=st.integers(1, 50), size=st.integers(1, 50), seed=st.integers(0, 999), drop_last=st.booleans()
)
def test_an_epoch_reads_each_row_once(m: int, size: int, seed: int, drop_last: bool) -> None:
    """Those of a last part that is not full are left out where that is asked for."""
    drop_last = drop_last and size <= m
    rows = Rows(X[:m], CLASSES[:m], pixel, cat)
    steps = m // size if drop_last else -(-m // size)
    for epoch in range(2):
        parts = range(epoch * steps, (epoch + 1) * steps)
        batches = [rows.minibatch(size, Key(seed), step, drop_last) for step in parts]
        read = np.vstack([array_of(batch.X).T for batch in batches])
        expected = X[: steps * size] if drop_last else X[:m]
        assert sorted(map(tuple, read)) == sorted(map(tuple, expected))


@LAW
@given(start=st.integers(0, 49), length=st.integers(1, 50))
def test_a_part_is_those_rows_of_all_that_is_read(start: int, length: int) -> None:
    """Held against slices of NumPy: inputs, scaled and then transformed, labels and weights."""
    weights = np.arange(1.0, 51.0)
    rows = Rows(*(X, CLASSES, pixel, cat), scale=0.5, weights=weights, transform=lambda A: 1.0 + A)
    part = rows.part(slice(start, start + length))

    there = slice(start, start + length)
    np.testing.assert_array_equal(array_of(part.X), 1.0 + 0.5 * X[there].T)
    np.testing.assert_array_equal(array_of(part.Y), np.eye(3)[CLASSES[there]].T)
    assert part.weights is not None
    np.testing.assert_array_equal(array_of(part.weights), [weights[there]])


def test_each_epoch_and_each_run_has_an_order_of_its_own() -> None:
    rows = Rows(X, CLASSES, pixel, cat)

    def order(seed: int, epoch: int) -> tuple[int, ...]:
        return tuple(rows.rows_of(2, Key(seed), 25 * epoch + i).start for i in range(25))

    orders = [order(seed, epoch) for seed in range(4) for epoch in range(4)]
    assert len(set(orders)) == len(orders)
    assert orders == [order(seed, epoch) for seed in range(4) for epoch in range(4)]


@pytest.mark.parametrize("drop_last", [False, True])
def test_a_stream_trains_on_those_rows(drop_last: bool) -> None:
    """By a step on each batch that is made of slices, in the order that the key draws."""
    weights = np.arange(1.0, 51.0)
    rows = Rows(*(X, CLASSES, pixel, cat), scale=0.5, weights=weights)
    start = by_hand = LEARNER.start(network(), rng=3)
    stream = iterate(LEARNER.step(network()).read(rows, size=8, drop_last=drop_last))(start)

    for step, state in enumerate(islice(stream, 1, 20)):
        there = rows.rows_of(8, start.key, step, drop_last)
        batch = fdnn.batch_from_rows(
            0.5 * X[there], np.eye(3)[CLASSES[there]], pixel, cat, weights=weights[there]
        )
        by_hand = LEARNER.step(network())(batch)(by_hand)
        assert state.cost == pytest.approx(by_hand.cost, rel=1e-12)


def test_parts_are_all_rows_in_their_order_as_often_as_they_are_asked_for() -> None:
    parts = Rows(X, CLASSES, pixel, cat).parts(8)
    for _ in range(2):
        batches = list(parts)
        assert [batch.size for batch in batches] == [8] * 6 + [2]
        np.testing.assert_array_equal(np.hstack([array_of(batch.X) for batch in batches]), X.T)
    with pytest.raises(fdnn.ArgumentError, match="parts: size is 0"):
        Rows(X, CLASSES, pixel, cat).parts(0)


def test_statistics_of_the_parts_are_those_of_all_rows() -> None:
    hidden = Dim[Any](5)
    chain = fdnn.dense(pixel, hidden) >> fdnn.batch_norm(hidden, fdnn.relu)
    params = fdnn.initialize(chain >> fdnn.dense(hidden, cat, fdnn.softmax), rng=0)
    rows = Rows(X, CLASSES, pixel, cat)

    at_once = fdnn.calibrate(params, rows.part(slice(0, 50)))
    in_parts = fdnn.calibrate(params, rows.parts(4))
    np.testing.assert_allclose(in_parts.vector, at_once.vector, rtol=1e-12, atol=1e-14)


@LAW
@given(row=st.integers(0, 49), value=st.sampled_from([np.nan, np.inf, -np.inf]))
def test_a_row_that_is_not_finite_is_named_as_the_source_counts(row: int, value: float) -> None:
    broken = X.copy()
    broken[row, 4] = value
    start = max(0, row - 3)
    with pytest.raises(DataError, match=f"^Rows: row {row} of x has a value that is NaN or inf"):
        Rows(broken, CLASSES, pixel, cat).part(slice(start, row + 3))


@pytest.mark.parametrize("size", [51, 100])
def test_where_the_last_is_left_out_there_must_be_one_that_is_full(size: int) -> None:
    rows = Rows(X, CLASSES, pixel, cat)
    sentence = f"step: drop_last is True, and size is {size}, expected a size of at most 50"
    with pytest.raises(fdnn.ArgumentError, match=sentence):
        LEARNER.step(network()).read(rows, size=size, drop_last=True)
    with pytest.raises(fdnn.ArgumentError, match=sentence):
        LEARNER.step(network())(rows.part(slice(0, 50)), size=size, drop_last=True)
    step = LEARNER.step(network()).read(rows, size=50, drop_last=True)
    assert run(step, LEARNER.start(network()), 1).step == 1


def test_labels_may_be_classes_columns_or_one_output() -> None:
    one_hot = np.eye(3)[CLASSES]
    by_class, by_column = Rows(X, CLASSES, pixel, cat), Rows(X, one_hot, pixel, cat)
    for a, b in [(by_class, by_column)]:
        part = slice(7, 19)
        np.testing.assert_array_equal(array_of(a.part(part).Y), array_of(b.part(part).Y))
    flat = Rows(X, CLASSES > 0, pixel, Dim[Any](1)).part(slice(0, 50))
    np.testing.assert_array_equal(array_of(flat.Y)[0], (CLASSES > 0).astype(float))


def test_pixels_are_scaled_and_laid_out_in_a_row() -> None:
    images = np.arange(50 * 6, dtype=np.uint8).reshape(50, 2, 3)
    rows = Rows(images, CLASSES, pixel, cat, dtype="float32", scale=1 / 255)
    X_read = array_of(rows.part(slice(3, 5)).X)
    assert X_read.dtype == np.float32
    np.testing.assert_allclose(X_read, images[3:5].reshape(2, 6).T / 255, rtol=1e-6)


@pytest.fixture(params=["array", "memmap", ".npy", "HDF5"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Any, Any]]:
    """The same rows, in memory and in files."""
    if request.param == "array":
        yield X, CLASSES
    elif request.param == "memmap":
        path = tmp_path / "x.dat"
        X.tofile(path)
        yield np.memmap(path, "float64", "r", shape=X.shape), CLASSES
    elif request.param == ".npy":
        np.save(tmp_path / "x.npy", X)
        np.save(tmp_path / "y.npy", CLASSES)
        yield tuple(np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in "xy")
    else:
        h5py = pytest.importorskip("h5py")
        with h5py.File(tmp_path / "data.h5", "w") as file:
            file["x"], file["y"] = X, CLASSES
        with h5py.File(tmp_path / "data.h5", "r") as file:
            yield file["x"], file["y"]


def test_training_is_the_same_wherever_the_rows_are(stored: tuple[Any, Any]) -> None:
    x, y = stored
    ways = [Rows(x, y, pixel, cat), Rows(X, CLASSES, pixel, cat)]
    ours, theirs = (
        run(LEARNER.step(network()).read(rows, size=8), LEARNER.start(network()), 20)
        for rows in ways
    )
    assert ours == theirs


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("weights", [None, draw.uniform(0.0, 2.0, 50)], ids=["alike", "weighted"])
def test_a_stream_reads_what_the_step_reads_by_hand(weights: Any, drop_last: bool) -> None:
    rows = Rows(X, CLASSES, pixel, cat, weights=weights)
    step = LEARNER.step(network()).read(rows, size=8, drop_last=drop_last)
    by_hand = LEARNER.start(network(), rng=3)
    for state in islice(iterate(step)(by_hand), 1, 30):
        by_hand = step(by_hand)
        assert state.cost == pytest.approx(by_hand.cost, rel=1e-12)
        np.testing.assert_allclose(
            state.params.vector, by_hand.params.vector, rtol=1e-9, atol=1e-12
        )


def test_rows_that_all_weigh_nothing_may_lie_together() -> None:
    """Seven parts are an epoch, in one of which the cost is 0."""
    weights = np.where((np.arange(50) >= 8) & (np.arange(50) < 16), 0.0, 1.0)
    rows = Rows(X, CLASSES, pixel, cat, weights=weights)
    step = LEARNER.step(network()).read(rows, size=8)
    states = list(islice(iterate(step)(LEARNER.start(network())), 1, 8))

    assert [state.cost == 0.0 for state in states].count(True) == 1
    assert run(step, LEARNER.start(network()), 7).cost == pytest.approx(states[-1].cost)


def test_a_batch_may_leave_out_its_last_mini_batch_too() -> None:
    """50 examples in mini-batches of 8: six steps an epoch, and none of two examples."""
    batch = Rows(X, CLASSES, pixel, cat).part(slice(0, 50))
    step = LEARNER.step(network())(batch, size=8, drop_last=True)
    kept = LEARNER.step(network())(batch, size=8)
    start = LEARNER.start(network())
    assert run(step, start, 6) == run(kept, start, 6)
    assert run(step, start, 7) != run(kept, start, 7)


def test_a_row_that_is_not_finite_is_refused_when_it_is_read() -> None:
    broken = X.copy()
    broken[33, 2] = np.nan
    step = LEARNER.step(network()).read(Rows(broken, CLASSES, pixel, cat), size=10)
    stream = iterate(step)(LEARNER.start(network()))
    with pytest.raises(DataError, match="Rows: row 33 of x has a value that is NaN"):
        list(islice(stream, 8))


def test_a_label_that_is_none_is_refused_when_it_is_read() -> None:
    classes = CLASSES.copy()
    classes[44] = 3
    step = LEARNER.step(network()).read(Rows(X, classes, pixel, cat), size=10)
    with pytest.raises(DataError, match="Rows: y holds 3, expected whole numbers from 0 to 2"):
        run(step, LEARNER.start(network()), 5)


# -------------------------------------------------------------------------------------- what is fed


def batches(sizes: list[int]) -> Iterator[Batch[Pixel, Cat, Any]]:
    rows, at = Rows(X, CLASSES, pixel, cat), 0
    for size in sizes:
        yield rows.part(slice(at, at + size))
        at = (at + size) % 30


@settings(LAW, max_examples=20)
@given(sizes=st.lists(st.integers(1, 20), max_size=8))
def test_feeding_is_a_fold_of_the_step_over_the_batches(sizes: list[int]) -> None:
    start = by_hand = LEARNER.start(network())
    fed = list(LEARNER.step(network()).feed(batches(sizes))(start))

    assert len(fed) == 1 + len(sizes)
    for batch, state in zip(batches(sizes), fed[1:], strict=True):
        by_hand = LEARNER.step(network())(batch)(by_hand)
        assert state.step == by_hand.step
        np.testing.assert_allclose(
            state.params.vector, by_hand.params.vector, rtol=1e-9, atol=1e-12
        )


def test_feeding_is_lazy_and_takes_a_batch_when_a_state_is_asked_for() -> None:
    taken: list[int] = []

    def endless() -> Iterator[Batch[Pixel, Cat, Any]]:
        for number in range(10**9):
            taken.append(number)
            yield from batches([5])

    feed = LEARNER.step(network()).feed(endless())
    states: list[State[Pixel, Any, Cat]] = list(islice(feed(LEARNER.start(network())), 4))
    assert [state.step for state in states] == [0, 1, 2, 3]
    assert taken == [0, 1, 2]


def test_a_batch_of_another_network_is_refused_when_it_comes() -> None:
    other = fdnn.batch_from_rows(X[:, :5], np.eye(3)[CLASSES], Dim[Any](5), cat)
    feed: Any = LEARNER.step(network()).feed([*batches([4]), other])
    with pytest.raises(fdnn.ShapeError, match="step: batch has axes"):
        list(feed(LEARNER.start(network())))


def test_an_iterator_can_be_fed_once_and_a_list_as_often_as_one_likes() -> None:
    start = LEARNER.start(network())
    once, again = LEARNER.step(network()).feed(batches([5, 5])), [*batches([5, 5])]
    fed = list(once(start))
    with pytest.raises(fdnn.KindError, match="feed: batches was gone through before"):
        list(once(start))

    many = LEARNER.step(network()).feed(again)
    assert list(many(start)) == list(many(start)) == fed

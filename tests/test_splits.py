"""Splits: partitions of the examples, drawn by a key, and nothing but the key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import fdnn
from fdnn import Dim, Key, batch_from_rows, folds, k_fold, split, stratified_k_fold, to_numpy
from fdnn.batches import select
from fdnn.splits import shuffled, stratified

seeds = st.integers(0, 99)
shares = st.floats(0.0, 1.0)
labels_drawn = st.lists(st.integers(0, 3), min_size=2, max_size=40).map(np.array)


class Feature: ...


class Label: ...


def batch_of(labels: Any) -> Any:
    """A batch whose inputs are the places of its examples."""
    m = len(labels)
    Y = np.eye(4)[labels] if np.issubdtype(np.asarray(labels).dtype, np.integer) else labels
    X = np.arange(2.0 * m).reshape(m, 2)
    return batch_from_rows(X, Y, Dim[Feature](2), Dim[Label](4 if Y is not labels else 1))


def places_in(batch: Any) -> list[int]:
    """Which examples of `batch_of` a batch holds."""
    return [int(x) // 2 for x in to_numpy(batch.X)[0]]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), seeds, shares)
def test_a_shuffled_split_is_a_partition_of_the_share_that_is_asked_for(
    m: int, seed: int, share: float
) -> None:
    train, test = shuffled(m, Key(seed), share)

    assert sorted([*train, *test]) == list(range(m))
    assert len(train) == round(share * m)
    for places in (train, test):
        assert_array_equal(places, np.sort(places))


@settings(max_examples=40, deadline=None)
@given(labels_drawn, seeds, shares)
def test_a_stratified_split_is_a_partition_and_has_its_share_of_each_class(
    labels: Any, seed: int, share: float
) -> None:
    train, test = stratified(labels, Key(seed), share)

    assert sorted([*train, *test]) == list(range(len(labels)))
    for label in set(labels.tolist()):
        assert np.sum(labels[train] == label) == round(share * np.sum(labels == label))


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(2, 40), seeds)
def test_every_example_is_in_the_test_of_one_fold_and_the_tests_are_of_a_size(
    data: st.DataObject, m: int, seed: int
) -> None:
    k = data.draw(st.integers(2, m))
    parts = k_fold(m, k, Key(seed))

    assert len(parts) == k
    assert sorted(np.concatenate([test for _, test in parts])) == list(range(m))
    sizes = [len(test) for _, test in parts]
    assert max(sizes) - min(sizes) <= 1
    for train, test in parts:
        assert sorted([*train, *test]) == list(range(m))


@settings(max_examples=40, deadline=None)
@given(st.data(), labels_drawn, seeds)
def test_stratified_folds_have_the_classes_in_equal_numbers_but_for_one(
    data: st.DataObject, labels: Any, seed: int
) -> None:
    k = data.draw(st.integers(2, len(labels)))
    parts = stratified_k_fold(labels, k, Key(seed))

    assert sorted(np.concatenate([test for _, test in parts])) == list(range(len(labels)))
    for train, test in parts:
        assert sorted([*train, *test]) == list(range(len(labels)))
    for members in (labels == labels, *(labels == label for label in set(labels.tolist()))):
        counts = [int(np.sum(members[test])) for _, test in parts]
        assert max(counts) - min(counts) <= 1


def test_stratified_folds_of_equal_classes_have_the_sizes_of_scikit_learn() -> None:
    from sklearn.model_selection import StratifiedKFold

    labels = np.repeat([0, 1, 2], [10, 15, 25])
    theirs = StratifiedKFold(5).split(labels, labels)
    ours = stratified_k_fold(labels, 5, Key(0))
    for (train, test), (their_train, their_test) in zip(ours, theirs, strict=True):
        assert_array_equal(np.bincount(labels[test]), np.bincount(labels[their_test]))
        assert_array_equal(np.bincount(labels[train]), np.bincount(labels[their_train]))


def test_a_split_is_a_function_of_its_key_and_of_nothing_else() -> None:
    labels = np.arange(30) % 3
    calls: dict[str, Callable[[Key], Any]] = {
        "shuffled": lambda key: shuffled(30, key),
        "stratified": lambda key: stratified(labels, key),
        "k_fold": lambda key: k_fold(30, 3, key)[0],
        "stratified_k_fold": lambda key: stratified_k_fold(labels, 3, key)[0],
    }
    for name, call in calls.items():
        first, again, other = call(Key(1)), call(Key(1)), call(Key(1).at(0))
        assert_array_equal(first[1], again[1], name)
        assert not np.array_equal(first[1], other[1]), name


def test_the_names_of_the_classes_and_their_order_in_number_do_not_matter() -> None:
    numbers = np.array([2, 0, 2, 1, 1, 0, 2, 2])
    texts = np.array(["a", "c", "a", "b", "b", "c", "a", "a"])

    for ours, theirs in zip(stratified(numbers, Key(3)), stratified(texts, Key(3)), strict=True):
        assert_array_equal(ours, theirs)


@pytest.mark.parametrize("stratify", [False, True])
def test_the_parts_of_a_batch_are_its_examples_with_their_labels_and_axes(stratify: bool) -> None:
    labels = np.arange(20) % 4
    batch = batch_of(labels)
    pairs = [split(batch, 0.6, 5, stratify=stratify), *folds(batch, 5, 5, stratify=stratify)]

    for pair in pairs:
        assert sorted(places_in(pair[0]) + places_in(pair[1])) == list(range(20))
        for part in pair:
            assert [axis.name for axis in part.axes] == ["Feature", "Label", None]
            assert_array_equal(np.argmax(to_numpy(part.Y), axis=0), labels[places_in(part)])
    assert [len(places_in(pair[1])) for pair in pairs] == [8, 4, 4, 4, 4, 4]
    if stratify:
        for _, test in pairs:
            assert set(np.sum(to_numpy(test.Y), axis=1)) == {test.size / 4}
    assert places_in(split(batch, 0.6, Key(5), stratify=stratify)[0]) == places_in(pairs[0][0])


def test_what_is_selected_comes_in_the_order_that_is_asked_for_and_twice_if_asked_twice() -> None:
    batch = batch_of(np.arange(4))

    assert places_in(select(batch, np.array([3, 0, 3]))) == [3, 0, 3]


def test_labels_that_are_numbers_are_split_at_random_but_have_no_classes() -> None:
    batch = batch_of(np.linspace(0.0, 1.0, 8))

    assert split(batch, 0.75)[0].size == 6
    for call in (split, folds):
        argument: Any = 0.5 if call is split else 2
        with pytest.raises(fdnn.DataError, match=r"Y holds 0\.14285.*, expected labels of 0 and 1"):
            call(batch, argument, stratify=True)

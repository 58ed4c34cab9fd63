"""Splits: which examples are learned from and which are kept back, as functions of a key.

A split is a pair of places, `(train, test)`, in ascending order; together they are every example
once.  `split` and `folds` do the same to a batch.
"""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fdnn.axes import In, M, Out
from fdnn.batches import Batch, select
from fdnn.errors import ArgumentError, DataError, KindError, ShapeError
from fdnn.guards import require_kind
from fdnn.keys import Key, as_key, whole_number
from fdnn.matrix import Matrix, to_numpy

TRAIN_SHARE = 0.75
"""How much of the data is for training unless one says otherwise."""

Places = NDArray[np.intp]
"""The places of some of the examples, in ascending order."""


def shuffled(m: int, key: Key, share: float = TRAIN_SHARE) -> tuple[Places, Places]:
    """The places of `round(share m)` training examples, and of the others, drawn at `key`.

    Raises `ArgumentError` for a share outside of 0 to 1.
    """
    m = whole_number("shuffled", "m", m)
    _require_share("shuffled", share)
    _require_key("shuffled", key)
    drawn = key.generator().permutation(m)
    first = round(share * m)
    return np.sort(drawn[:first]), np.sort(drawn[first:])


def stratified(labels: ArrayLike, key: Key, share: float = TRAIN_SHARE) -> tuple[Places, Places]:
    """The places of the training examples and of the test examples, of each class the same share.

    `labels` are `(m,)`, numbers or texts.  Of each class, in the order drawn by `key`, the first
    `round(share n_c)` are for training.  One generator draws for all classes, in the order in which
    they first appear.  Raises `ArgumentError` for a share outside of 0 to 1, `ShapeError`.
    """
    flat = _flat("stratified", labels)
    _require_share("stratified", share)
    _require_key("stratified", key)
    draw = key.generator()
    train: list[Places] = [np.empty(0, np.intp)]
    test: list[Places] = [np.empty(0, np.intp)]
    for members in _classes(flat):
        members = draw.permutation(members)
        first = round(share * len(members))
        train.append(members[:first])
        test.append(members[first:])
    return np.sort(np.concatenate(train)), np.sort(np.concatenate(test))


def k_fold(m: int, k: int, key: Key) -> tuple[tuple[Places, Places], ...]:
    """The `k` splits of cross-validation: each of the m examples is in the test of one of them.

    The tests are dealt from one shuffled pack, so that their sizes differ by one at the most.
    Raises `ArgumentError` for a `k` that is not from 2 to m.

    >>> [test.tolist() for _, test in k_fold(5, 2, Key(0))]
    [[1, 2, 3], [0, 4]]
    """
    m = whole_number("k_fold", "m", m)
    _require_folds("k_fold", k, m)
    _require_key("k_fold", key)
    return _dealt(key.generator().permutation(m), k)


def stratified_k_fold(labels: ArrayLike, k: int, key: Key) -> tuple[tuple[Places, Places], ...]:
    """The `k` splits of cross-validation in which the classes are dealt evenly to the tests.

    `labels` are `(m,)`.  The classes lie one after another in the pack, each shuffled, and the pack
    is dealt: the numbers of a class in the tests differ by one at the most, and so do their sizes;
    a class with fewer than k examples is missing in some.
    Raises `ArgumentError` for a `k` that is not from 2 to m, `ShapeError`.
    """
    flat = _flat("stratified_k_fold", labels)
    _require_folds("stratified_k_fold", k, flat.size)
    _require_key("stratified_k_fold", key)
    draw = key.generator()
    return _dealt(np.concatenate([draw.permutation(c) for c in _classes(flat)]), k)


# ------------------------------------------------------------------------------------- of batches


def split(
    batch: Batch[In, Out, M],
    share: float = TRAIN_SHARE,
    rng: Key | int = 0,
    *,
    stratify: bool = False,
) -> tuple[Batch[In, Out, Any], Batch[In, Out, Any]]:
    """The batch in two: `round(share m)` examples drawn by `rng`, and the others.

    With `stratify`, of each class the same share; classes are the different columns of `Y`, which
    must then be 0 and 1 (`DataError`).  Raises `ArgumentError` where one part would be empty.
    """
    require_kind("split", "batch", batch, Batch)
    _require_share("split", share)
    key = as_key("split", rng)
    if stratify:
        parts = stratified(_classes_of("split", batch.Y), key, share)
    else:
        parts = shuffled(batch.size, key, share)
    for places in parts:
        if len(places) == 0:
            came = f"share is {share}"
            why = f"of {batch.size} examples it leaves one part without any"
            raise ArgumentError("split", came, "a share that leaves an example to each part", why)
    return select(batch, parts[0]), select(batch, parts[1])


def folds(
    batch: Batch[In, Out, M], k: int, rng: Key | int = 0, *, stratify: bool = False
) -> tuple[tuple[Batch[In, Out, Any], Batch[In, Out, Any]], ...]:
    """The `k` pairs of training and test of cross-validation, drawn by `rng`.

    Each example is in the test of one pair.  `stratify` is as in `split`.
    Raises `ArgumentError` for a `k` that is not from 2 to m.
    """
    require_kind("folds", "batch", batch, Batch)
    _require_folds("folds", k, batch.size)
    key = as_key("folds", rng)
    if stratify:
        parts = stratified_k_fold(_classes_of("folds", batch.Y), k, key)
    else:
        parts = k_fold(batch.size, k, key)
    return tuple((select(batch, train), select(batch, test)) for train, test in parts)


# ------------------------------------------------------------------------------------------ inside


def _dealt(pack: Places, k: int) -> tuple[tuple[Places, Places], ...]:
    hands = [pack[place::k] for place in range(k)]
    everyone = np.arange(len(pack))
    return tuple((np.setdiff1d(everyone, hand), np.sort(hand)) for hand in hands)


def _classes(labels: NDArray[np.generic]) -> list[Places]:
    """The places of each class, in the order in which the classes first appear."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return [np.flatnonzero(inverse == label) for label in np.argsort(first)]


def _classes_of(where: str, Y: Matrix[Out, M]) -> Places:
    """The class of each example: which of the different columns of `Y` its column is."""
    labels = to_numpy(Y)
    wrong = (labels != 0.0) & (labels != 1.0)
    if wrong.any():
        came = f"Y holds {labels[wrong][0]}"
        raise DataError(where, came, "labels of 0 and 1", "other numbers have no classes")
    _, inverse = np.unique(labels, axis=1, return_inverse=True)
    return inverse.reshape(-1)


def _flat(where: str, labels: ArrayLike) -> NDArray[np.generic]:
    flat = np.asarray(labels)
    if flat.ndim != 1:
        raise ShapeError(where, f"labels has shape {flat.shape}", "(m,)", "one for each example")
    return flat


def _require_share(where: str, share: object) -> None:
    if isinstance(share, bool) or not isinstance(share, Real):
        raise KindError(where, f"share is {share!r}", "a number from 0 to 1, such as 0.75")
    if not 0.0 <= float(share) <= 1.0:
        raise ArgumentError(where, f"share is {share!r}", "a number from 0 to 1, such as 0.75")


def _require_folds(where: str, k: int, m: int) -> None:
    whole_number(where, "k", k, least=2)
    if k > m:
        why = "every fold needs an example"
        raise ArgumentError(where, f"k is {k}", f"at most {m}, as there are examples", why)


def _require_key(where: str, key: object) -> None:
    require_kind(where, "key", key, Key, "Key(0), for one")

"""Data: splits, encodings, and what a model keeps of them."""

from typing import Any, assert_type

import numpy as np

from fdnn import (
    Activation,
    Batch,
    Cost,
    Key,
    Matrix,
    folds,
    k_fold,
    split,
    stratified,
    stratified_k_fold,
)
from fdnn.dataset import Dataset, Task
from fdnn.datasets import Digit, Pixel, digits, named
from fdnn.encodings import Column, Columns, Number, OneHot
from fdnn.model import Model
from fdnn.splits import Places
from fdnn.transforms import Invertible, Standardize, transformed, unchanged
from tests.typing.scene import Cat, Deep, Example, Hidden, X, Y, batch, params
from tests.typing.scene import Pixel as Dot

# Splits keep the axes of the inputs and of the labels.
train, test = split(batch, 0.75, rng=0, stratify=True)
assert_type(train, Batch[Dot, Cat, Any])
for _, test in folds(batch, 3, rng=Key(0)):
    assert_type(test, Batch[Dot, Cat, Any])
labels = np.array([0, 1, 0, 1])
assert_type(stratified(labels, Key(0)), tuple[Places, Places])
assert_type(k_fold(4, 2, Key(0)), tuple[tuple[Places, Places], ...])
assert_type(stratified_k_fold(labels, 2, Key(0)), tuple[tuple[Places, Places], ...])

# What labels go through can be undone.
targets = Standardize.fitted_to(Y)
assert_type(targets.inverse(targets(Y)), Matrix[Cat, Example])
assert_type(transformed(batch, unchanged, targets), Batch[Dot, Cat, Example])
model = Model(params, targets=targets)
assert_type(model, Model[Dot, Hidden, Deep, Cat])
assert_type(model(X), Matrix[Cat, Example])
assert_type(model.targets, Invertible)

# Tables.
columns = Columns([Column("height", Number()), Column("colour", OneHot(("green", "red")))], "kind")
assert_type(columns.inputs, int)
assert_type(OneHot.fitted_to(["red", "green"]), OneHot)
assert_type(OneHot(("green", "red")).apply(["red"]), Matrix[Any, Any])

# Data sets.
data = digits()
assert_type(data, Dataset[Pixel, Digit])
assert_type(data.train, Batch[Pixel, Digit, Any])
assert_type(named("iris"), Dataset[Any, Any])
task: Task = data.task
head: tuple[Activation, Cost] = (data.output, data.head.cost)

"""Transforms: fitted on the training examples, the same for every later input, and pure."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

import fdnn
from fdnn import Batch, Dim, Matrix, from_numpy, to_numpy
from fdnn.encodings import Column, Columns, Number, OneHot
from fdnn.matrix import Array
from fdnn.transforms import Center, Chain, Standardize, Unchanged, fit, transformed, unchanged


class Pixel: ...


class Cat: ...


def matrix(values: Any, dtype: Any = None) -> Matrix[Pixel, Any]:
    array = np.array(values, dtype)
    return from_numpy(array, Dim[Pixel](array.shape[0]), Dim[Any](array.shape[1]))


def pixels(dtype: Any = np.float64) -> st.SearchStrategy[Array]:
    """Inputs from 0 to 1, as images have them, in steps of 1/256 so that sums are exact."""
    levels = st.integers(0, 256).map(lambda level: level / 256)
    shapes = hnp.array_shapes(min_dims=2, max_dims=2, max_side=6)
    return hnp.arrays(dtype, shapes, elements=levels)


BRIGHT = [[0.0, 0.5, 1.0], [0.25, 0.25, 0.25], [1.0, 0.0, 0.5]]


@settings(max_examples=25, deadline=None)
@given(pixels())
def test_a_centred_example_has_mean_zero_and_is_otherwise_what_it_was(values: Array) -> None:
    centred = to_numpy(Center()(matrix(values)))

    assert_allclose(centred.mean(axis=0), 0.0, atol=1e-15)
    assert_allclose(np.diff(centred, axis=0), np.diff(values, axis=0), atol=1e-15)


@settings(max_examples=25, deadline=None)
@given(pixels())
def test_center_does_not_see_the_brightness_of_an_image(values: Array) -> None:
    darker, brighter = Center()(matrix(values)), Center()(matrix(values + 0.5))

    assert_allclose(to_numpy(brighter), to_numpy(darker), atol=1e-15)


def test_standardize_is_that_of_scikit_learn_but_for_its_epsilon() -> None:
    from sklearn.preprocessing import StandardScaler

    X = np.random.default_rng(0).random((7, 40))
    later = np.random.default_rng(1).random((7, 5))
    X[3] = 0.25  # an input that never varies
    theirs = StandardScaler().fit(X.T)
    ours = fit(["standardize"], matrix(X))

    assert_allclose(to_numpy(ours(matrix(later))), theirs.transform(later.T).T, rtol=1e-5)


def test_standardize_is_fitted_to_the_training_examples_only() -> None:
    ours = fit(["standardize"], matrix([[0.0, 2.0], [1.0, 1.0]]))

    later = to_numpy(ours(matrix([[3.0], [5.0]])))
    # mean 1, deviation 1; and mean 1, no deviation, so 1 stands in for it
    assert_allclose(later, [[2.0 / (1.0 + 1e-6)], [4.0 / (1.0 + 1e-6)]], rtol=1e-15)


@settings(max_examples=25, deadline=None)
@given(pixels())
def test_a_chain_is_its_steps_one_after_another_each_fitted_to_what_comes_before(
    values: Array,
) -> None:
    X = matrix(values)
    centred = Center()(X)
    by_hand = Standardize.fitted_to(centred)(centred)

    assert_array_equal(to_numpy(fit(["center", "standardize"], X)(X)), to_numpy(by_hand))


def test_the_order_of_a_chain_matters() -> None:
    X = matrix(BRIGHT)
    one, other = fit(["center", "standardize"], X), fit(["standardize", "center"], X)

    assert not np.allclose(to_numpy(one(X)), to_numpy(other(X)))


def test_no_names_and_unchanged_leave_the_inputs_as_they_are() -> None:
    X = matrix(BRIGHT)

    for transform in (fit([], X), fit(["unchanged"], X), Unchanged()):
        assert_array_equal(to_numpy(transform(X)), BRIGHT)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_transform_keeps_the_dtype_freezes_its_result_and_leaves_its_input(dtype: str) -> None:
    X = matrix(BRIGHT, dtype)
    fitted_in_double = fit(["center", "standardize"], matrix(BRIGHT))

    for transform in (fit(["center", "standardize"], X), fitted_in_double, Unchanged()):
        result = to_numpy(transform(X))
        assert result.dtype == dtype
        assert not result.flags.writeable
    assert_array_equal(to_numpy(X), np.array(BRIGHT, dtype))


def test_a_transform_is_equal_to_its_copies_and_to_no_other() -> None:
    X = matrix(BRIGHT)
    transform = fit(["center", "standardize"], X)

    for twin in (pickle.loads(pickle.dumps(transform)), copy.deepcopy(transform)):
        assert twin == transform
        assert hash(twin) == hash(transform)
        assert isinstance(twin, Chain)
        assert isinstance(twin.steps[1], Standardize)
        assert not to_numpy(twin.steps[1].mean).flags.writeable
    assert transform != fit(["center", "standardize"], matrix(np.array(BRIGHT) ** 2))
    assert transform != fit(["standardize"], X)
    assert fit(["standardize"], X) != fit(["standardize"], matrix(BRIGHT, "float32"))


def test_a_fitted_transform_cannot_be_changed_through_the_arrays_it_was_made_of() -> None:
    mean, deviation = np.zeros((2, 1)), np.ones((2, 1))
    transform = Standardize(matrix(mean), fdnn.from_numpy(deviation, Dim[Pixel](2), fdnn.ONE))

    deviation[:] = 100.0
    assert_allclose(to_numpy(transform(matrix([[1.0], [2.0]]))), [[1.0], [2.0]], rtol=2e-6)


def test_a_transformed_batch_keeps_its_labels_and_the_names_of_its_axes() -> None:
    labels = [[0.0, 1.0, 1.0]]
    batch = Batch(
        matrix(BRIGHT), from_numpy(labels, Dim[Cat](1), Dim[Any](3)), Dim[Pixel](3), Dim[Cat](1)
    )
    centred = transformed(batch, Center())

    assert [axis.name for axis in centred.axes] == ["Pixel", "Cat", None]
    assert_array_equal(to_numpy(centred.Y), labels)
    assert_allclose(to_numpy(centred.X).sum(axis=0), 0.0, atol=1e-15)


@settings(max_examples=25, deadline=None)
@given(pixels())
def test_what_is_undone_is_what_it_was(values: Array) -> None:
    X = matrix(values)

    for transform in (Standardize.fitted_to(X), unchanged):
        assert_allclose(to_numpy(transform.inverse(transform(X))), values, atol=1e-15)
        result = to_numpy(transform.inverse(matrix(values, "float32")))
        assert result.dtype == np.float32


def test_the_labels_of_a_batch_are_transformed_by_what_is_said() -> None:
    labels = matrix([[10.0, 20.0, 30.0]])
    batch = Batch(matrix(BRIGHT), labels)
    seen = transformed(batch, unchanged, Standardize.fitted_to(labels))

    assert_allclose(to_numpy(seen.Y), [[-np.sqrt(1.5), 0.0, np.sqrt(1.5)]], rtol=1e-6)
    assert_array_equal(to_numpy(seen.X), BRIGHT)


# ---------------------------------------------------------------------------------------- encodings


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=3), min_size=1, max_size=20))
def test_a_one_hot_column_has_its_one_at_the_category_of_its_cell(cells: list[str]) -> None:
    encoding = OneHot.fitted_to(cells)
    X = to_numpy(encoding.apply(cells))

    assert encoding.categories == tuple(sorted(set(cells)))
    assert X.shape == (encoding.size, len(cells))
    assert_array_equal(X.sum(axis=0), 1.0)
    assert [encoding.categories[i] for i in np.argmax(X, axis=0)] == cells
    assert not X.flags.writeable


def test_one_hot_is_that_of_scikit_learn() -> None:
    from sklearn.preprocessing import OneHotEncoder

    fitted, later = ["b", "a", "c", "b"], ["c", "c", "a"]
    theirs = OneHotEncoder(sparse_output=False).fit([[cell] for cell in fitted])
    ours = OneHot.fitted_to(fitted).apply(later)

    assert_array_equal(to_numpy(ours).T, theirs.transform([[cell] for cell in later]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=9))
def test_a_number_is_what_its_text_says(numbers: list[float]) -> None:
    X = Number.fitted_to([]).apply([repr(x) for x in numbers])

    assert_array_equal(to_numpy(X), [numbers])


def test_cells_that_are_of_another_kind_are_refused() -> None:
    with pytest.raises(fdnn.DataError, match="one_hot: cell 1 is 'x', expected one of a, b"):
        OneHot(("a", "b")).apply(["a", "x"])
    for cell in ("x", "", "nan", "inf", "1_000", "1,5"):
        with pytest.raises(fdnn.DataError, match=f"number: cell 0 is '{cell}', expected a number"):
            Number().apply([cell])


def test_records_of_encodings_cannot_be_built_wrong() -> None:
    column = Column("height", Number())

    with pytest.raises(fdnn.ArgumentError, match=r"categories is \(\), expected one text or more"):
        OneHot(())
    with pytest.raises(fdnn.ArgumentError, match="expected one text or more, each once"):
        OneHot(["a", "a"])
    with pytest.raises(fdnn.KindError, match="categories is the text 'ab', expected a tuple"):
        OneHot("ab")
    with pytest.raises(fdnn.ArgumentError, match="columns is empty"):
        Columns([])
    with pytest.raises(fdnn.ArgumentError, match="'height' is there twice"):
        Columns([column, column])
    with pytest.raises(fdnn.ArgumentError, match="'height' is there twice"):
        Columns([column], "height")
    with fdnn_doors_only(), pytest.raises(fdnn.KindError, match="encoding is a str"):
        Column("height", "number")  # type: ignore[arg-type]  # the mistake that is tested


# ---------------------------------------------------------------------------------------- bad input


def test_an_unknown_transform_is_refused_with_the_nearest() -> None:
    with pytest.raises(fdnn.ArgumentError) as refusal:
        fit(["centre"], matrix(BRIGHT))
    assert str(refusal.value) == (
        "fit: a transform is 'centre', expected one of center, standardize, unchanged: "
        "did you mean 'center'?"
    )


def test_inputs_of_another_number_are_refused_before_they_are_broadcast() -> None:
    transform = fit(["center", "standardize"], matrix(BRIGHT))

    with pytest.raises(fdnn.ShapeError, match=r"shape \(1, 2\), expected \(3, m\): it was fitted"):
        transform(matrix([[1.0, 2.0]]))


@pytest.mark.parametrize(
    ("X", "error", "sentence"),
    [
        (np.array([[np.nan]]), fdnn.DataError, "X has 1 values that are NaN"),
        (np.array([[1, 2]]), fdnn.DtypeError, "X has dtype int64, expected float64 or float32"),
        (np.array([1.0, 2.0]), fdnn.ShapeError, r"X has shape \(2,\)"),
        (np.zeros((3, 0)), fdnn.ShapeError, "it is empty"),
        (np.array([[1e200, -1e200]]), fdnn.DataError, "deviation has 1 values that are NaN or inf"),
    ],
)
def test_what_is_no_matrix_of_usable_numbers_is_refused(
    X: Any, error: type[Exception], sentence: str
) -> None:
    with fdnn_doors_only(), pytest.raises(error, match=sentence):
        fit(["standardize"], X)


def fdnn_doors_only() -> Any:
    """Ring 4, where it is on, would speak first; what is asked here is what the door says."""
    import typeguard

    return typeguard.suppress_type_checks()


def test_a_transform_whose_result_overflows_is_refused() -> None:
    transform = fit(["standardize"], matrix([[0.0, 1e-300, 3e-300]]))

    with pytest.raises(fdnn.DataError, match="what it gives has 1 values"):
        transform(matrix([[1e305]]))


def test_records_of_transforms_cannot_be_built_wrong() -> None:
    column = matrix([[1.0], [2.0]])
    single = matrix([[1.0]])

    with pytest.raises(fdnn.ShapeError, match="deviation has shape"):
        Standardize(column, single)
    with pytest.raises(fdnn.DataError, match=r"deviation holds -1\.0"):
        Standardize(single, matrix([[-1.0]]))
    with pytest.raises(fdnn.ShapeError, match="fitted to 1 and 2 inputs"):
        Chain([Standardize(single, single), Standardize(column, column)])
    with fdnn_doors_only(), pytest.raises(fdnn.KindError, match="a step is a str"):
        Chain(["center"])  # type: ignore[list-item]  # the mistake that is tested
    with fdnn_doors_only(), pytest.raises(fdnn.KindError, match=r"expected a list of names"):
        fit("center", column)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Standardize(single, single).mean = column  # type: ignore[misc]  # the mistake that is tested

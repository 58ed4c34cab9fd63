"""The notebook's functions: its own published outputs, and the typed core behind them.

The golden numbers are those that the notebooks print under "Expected output" and check in their
`public_tests.py` ("Building your Deep Neural Network: Step by Step" and "Deep Neural Network:
Application", deeplearning.ai, *Neural Networks and Deep Learning*, week 4, the edition of 2021),
for inputs drawn by NumPy's legacy generator from the seeds given here.  They have eight decimals.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import typeguard
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

import fdnn
from fdnn import ArgumentError, DataError, Dim, DtypeError, KindError, Params, ShapeError, course
from fdnn import binary_cross_entropy as cross_entropy

Floats = NDArray[np.float64]

LAW = settings(deadline=None, derandomize=True, max_examples=25)

EPS = float(np.finfo(np.float64).eps)


def published(actual: Floats, expected: object) -> None:
    """The same shape, and the same number to the eight decimals that are printed."""
    array = np.array(expected)
    assert actual.shape == array.shape
    assert_allclose(actual, array, rtol=0.0, atol=5.1e-9)


def drawn(seed: int, *shapes: tuple[int, int]) -> Iterator[Floats]:
    """The notebook's `np.random.seed(seed)` and then `np.random.randn(...)`, shape after shape."""
    stream = np.random.RandomState(seed)
    return (stream.standard_normal(shape) for shape in shapes)


# --------------------------------------------------------------------------- the published outputs


def test_initialize_parameters_gives_the_published_numbers() -> None:
    parameters = course.initialize_parameters(3, 2, 1)

    assert list(parameters) == ["W1", "b1", "W2", "b2"]
    W1 = [[0.01624345, -0.00611756, -0.00528172], [-0.01072969, 0.00865408, -0.02301539]]
    published(parameters["W1"], W1)
    published(parameters["b1"], [[0.0], [0.0]])
    published(parameters["W2"], [[0.01744812, -0.00761207]])
    published(parameters["b2"], [[0.0]])


def test_initialize_parameters_deep_gives_the_published_numbers() -> None:
    parameters = course.initialize_parameters_deep([5, 4, 3])

    assert list(parameters) == ["W1", "b1", "W2", "b2"]
    W1 = [
        [0.01788628, 0.0043651, 0.00096497, -0.01863493, -0.00277388],
        [-0.00354759, -0.00082741, -0.00627001, -0.00043818, -0.00477218],
        [-0.01313865, 0.00884622, 0.00881318, 0.01709573, 0.00050034],
        [-0.00404677, -0.0054536, -0.01546477, 0.00982367, -0.01101068],
    ]
    W2 = [
        [-0.01185047, -0.0020565, 0.01486148, 0.00236716],
        [-0.01023785, -0.00712993, 0.00625245, -0.00160513],
        [-0.00768836, -0.00230031, 0.00745056, 0.01976111],
    ]
    published(parameters["W1"], W1)
    published(parameters["b1"], [[0.0]] * 4)
    published(parameters["W2"], W2)
    published(parameters["b2"], [[0.0]] * 3)


def test_linear_forward_gives_the_published_numbers_and_the_arrays_themselves() -> None:
    A, W, b = drawn(1, (3, 2), (1, 3), (1, 1))

    Z, cache = course.linear_forward(A, W, b)

    published(Z, [[3.26295337, -1.23429987]])
    assert isinstance(cache, tuple)
    assert all(kept is given for kept, given in zip(cache, (A, W, b), strict=True))


@pytest.mark.parametrize(
    ("activation", "expected"),
    [("sigmoid", [[0.96890023, 0.11013289]]), ("relu", [[3.43896131, 0.0]])],
)
def test_linear_activation_forward_gives_the_published_numbers(
    activation: str, expected: object
) -> None:
    A_prev, W, b = drawn(2, (3, 2), (1, 3), (1, 1))

    A, (linear_cache, activation_cache) = course.linear_activation_forward(A_prev, W, b, activation)

    published(A, expected)
    assert all(kept is given for kept, given in zip(linear_cache, (A_prev, W, b), strict=True))
    published(activation_cache, [[3.43896131, -2.08938436]])


def test_model_forward_gives_the_published_numbers() -> None:
    X, W1, b1, W2, b2, W3, b3 = drawn(6, (5, 4), (4, 5), (4, 1), (3, 4), (3, 1), (1, 3), (1, 1))
    parameters = {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "W3": W3, "b3": b3}

    AL, caches = course.L_model_forward(X, parameters)

    published(AL, [[0.03921668, 0.70498921, 0.19734387, 0.04728177]])
    assert type(caches) is list
    assert len(caches) == 3
    (A0, *first), Z1 = caches[0]
    assert A0 is X
    assert first[0] is W1
    assert first[1] is b1
    published(Z1[0], [-5.23825714, 3.18040136, 0.4074501, -1.88612721])
    (A1, _, _), Z2 = caches[1]
    published(A1[0], [0.0, 3.18040136, 0.4074501, 0.0])
    published(Z2[2], [10.37508342, -0.66591468, 1.63635185, 8.17870169])
    (A2, _, _), Z3 = caches[2]
    published(A2[2], [10.37508342, 0.0, 1.63635185, 8.17870169])
    published(Z3, [[-3.19864676, 0.87117055, -1.40297864, -3.00319435]])


def test_the_cost_is_the_published_one_to_the_last_digit() -> None:
    cost = course.compute_cost(np.array([[0.8, 0.9, 0.4]]), np.array([[1, 1, 0]]))

    assert cost.shape == ()
    assert float(cost) == pytest.approx(0.2797765635793422, rel=EPS)


def test_linear_backward_gives_the_published_numbers() -> None:
    dZ, A, W, b = drawn(1, (3, 4), (5, 4), (3, 5), (3, 1))

    dA_prev, dW, db = course.linear_backward(dZ, (A, W, b))

    published(
        dA_prev,
        [
            [-1.15171336, 0.06718465, -0.3204696, 2.09812712],
            [0.60345879, -3.72508701, 5.81700741, -3.84326836],
            [-0.4319552, -1.30987417, 1.72354705, 0.05070578],
            [-0.38981415, 0.60811244, -1.25938424, 1.47191593],
            [-2.52214926, 2.67882552, -0.67947465, 1.48119548],
        ],
    )
    published(
        dW,
        [
            [0.07313866, -0.0976715, -0.87585828, 0.73763362, 0.00785716],
            [0.85508818, 0.37530413, -0.59912655, 0.71278189, -0.58931808],
            [0.97913304, -0.24376494, -0.08839671, 0.55151192, -0.10290907],
        ],
    )
    published(db, [[-0.14713786], [-0.11313155], [-0.13209101]])


@pytest.mark.parametrize(
    ("activation", "dA_prev", "dW", "db"),
    [
        (
            "sigmoid",
            [[0.11017994, 0.01105339], [0.09466817, 0.00949723], [-0.05743092, -0.00576154]],
            [[0.10266786, 0.09778551, -0.01968084]],
            [[-0.05729622]],
        ),
        (
            "relu",
            [[0.44090989, 0.0], [0.37883606, 0.0], [-0.2298228, 0.0]],
            [[0.44513824, 0.37371418, -0.10478989]],
            [[-0.20837892]],
        ),
    ],
)
def test_linear_activation_backward_gives_the_published_numbers(
    activation: str, dA_prev: object, dW: object, db: object
) -> None:
    dA, A, W, b, Z = drawn(2, (1, 2), (3, 2), (1, 3), (1, 1), (1, 2))

    grads = course.linear_activation_backward(dA, ((A, W, b), Z), activation)

    for actual, expected in zip(grads, (dA_prev, dW, db), strict=True):
        published(actual, expected)


def backward_case() -> tuple[Floats, NDArray[np.int_], tuple[course.LayerCache, ...]]:
    """The notebook's case: AL is outside (0, 1), and no cache belongs to it or to another."""
    AL, A1, W1, b1, Z1, A2, W2, b2, Z2 = drawn(
        3, (1, 2), (4, 2), (3, 4), (3, 1), (3, 2), (3, 2), (1, 3), (1, 1), (1, 2)
    )
    return AL, np.array([[1, 0]]), (((A1, W1, b1), Z1), ((A2, W2, b2), Z2))


@pytest.mark.parametrize("sequence", [tuple, list])
def test_model_backward_gives_the_published_numbers_under_exactly_those_keys(
    sequence: Callable[[tuple[course.LayerCache, ...]], Any],
) -> None:
    AL, Y, caches = backward_case()
    assert AL[0, 0] > 1.0

    grads = course.L_model_backward(AL, Y, sequence(caches))

    expected: dict[str, object] = {
        "dA0": [[0.0, 0.52257901], [0.0, -0.3269206], [0.0, -0.32070404], [0.0, -0.74079187]],
        "dA1": [[0.12913162, -0.44014127], [-0.14175655, 0.48317296], [0.01663708, -0.05670698]],
        "dW1": [
            [0.41010002, 0.07807203, 0.13798444, 0.10502167],
            [0.0, 0.0, 0.0, 0.0],
            [0.05283652, 0.01005865, 0.01777766, 0.0135308],
        ],
        "dW2": [[-0.39202432, -0.13325855, -0.04601089]],
        "db1": [[-0.22007063], [0.0], [-0.02835349]],
        "db2": [[0.15187861]],
    }
    assert set(grads) == set(expected)
    for key, numbers in expected.items():
        published(grads[key], numbers)


def test_update_parameters_gives_the_published_numbers() -> None:
    shapes = ((3, 4), (3, 1), (1, 3), (1, 1))
    parameters = dict(zip(("W1", "b1", "W2", "b2"), drawn(2, *shapes), strict=True))
    grads = dict(zip(("dW1", "db1", "dW2", "db2"), drawn(3, *shapes), strict=True))

    updated = course.update_parameters(parameters, grads, 0.1)

    assert list(updated) == ["W1", "b1", "W2", "b2"]
    W1 = [
        [-0.59562069, -0.09991781, -2.14584584, 1.82662008],
        [-1.76569676, -0.80627147, 0.51115557, -1.18258802],
        [-1.0535704, -0.86128581, 0.68284052, 2.20374577],
    ]
    published(updated["W1"], W1)
    published(updated["b1"], [[-0.04659241], [-1.28888275], [0.53405496]])
    published(updated["W2"], [[-0.55569196, 0.0354055, 1.32964895]])
    published(updated["b2"], [[-0.84610769]])


def test_two_layer_model_gives_the_published_numbers_for_labels_that_are_any_numbers() -> None:
    X, Y = drawn(1, (10, 10), (1, 10))
    assert Y.min() < 0.0
    assert Y.max() > 1.0

    parameters, costs = course.two_layer_model(X, Y, (10, 4, 1), 0.0075, 2)
    later, _ = course.two_layer_model(X, Y, (10, 4, 1), 0.1, 3)

    assert [type(cost) for cost in costs] == [np.ndarray]
    published(costs[0], 0.69315968)
    b1 = [[1.10437111e-05], [1.78437869e-05], [3.74879549e-05], [-4.42988824e-05]]
    published(parameters["W1"][0, :4], [0.01624965, -0.00610741, -0.00528734, -0.01072836])
    published(parameters["b1"], b1)
    published(parameters["W2"], [[-0.00200283, -0.00888593, -0.00751122, 0.01688162]])
    published(parameters["b2"], [[-0.00689018]])
    published(later["b1"], [[0.00027478], [0.00034477], [0.00076016], [-0.00084497]])
    published(later["W2"], [[-0.00358725, -0.00911995, -0.00831979, 0.01615845]])
    published(later["b2"], [[-0.13451354]])


def test_deep_model_gives_the_published_numbers() -> None:
    (X,) = drawn(1, (10, 10))
    Y = np.array([[1, 1, 1, 1, 0, 0, 0, 1, 1, 0]])

    parameters, costs = course.L_layer_model(X, Y, (10, 5, 6, 1), 0.0075, 2)
    later, _ = course.L_layer_model(X, Y, (10, 5, 6, 1), 0.02, 3)

    assert [type(cost) for cost in costs] == [np.ndarray]
    published(costs[0], 0.70723944)
    published(parameters["W1"][0, :4], [0.51384638, -0.19333098, -0.16705238, -0.33923196])
    W2 = [0.13428358, -0.15747685, -0.51095667, -0.15624083, -0.09342034]
    W3 = [[-0.09079199, -0.08117381, 0.07667568, 0.16665535, 0.08029575, 0.04805811]]
    published(parameters["W2"][0], W2)
    published(parameters["W3"], W3)
    published(parameters["b3"], [[0.0013201]])
    W3 = [[-0.09087434, -0.07882982, 0.07821609, 0.16442826, 0.0783229, 0.04648216]]
    published(later["W3"], W3)
    published(later["b3"], [[0.00525865]])


def test_predict_prints_the_accuracy_that_the_notebook_prints_for_209_right_answers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    X = np.linspace(-1.0, 1.0, 209).reshape(1, 209)
    parameters = {"W1": np.array([[3.0]]), "b1": np.array([[0.0]])}

    p = course.predict(X, (X > 0.0).astype(int), parameters)

    assert capsys.readouterr().out == "Accuracy: 0.9999999999999998\n"  # adds 209 times 1/209
    assert p.shape == (1, 209)
    assert p.dtype == np.float64
    assert_array_equal(p, X > 0.0)


def test_an_output_of_exactly_a_half_is_predicted_as_0(capsys: pytest.CaptureFixture[str]) -> None:
    parameters = {"W1": np.array([[1.0]]), "b1": np.array([[0.0]])}

    p = course.predict([[0.0, 1e-9, -1e-9, 5.0]], [1, 1, 0, 0], parameters)

    assert_array_equal(p, [[0.0, 1.0, 0.0, 1.0]])
    assert capsys.readouterr().out == "Accuracy: 0.5\n"


# ------------------------------------------------------------------------- optimization methods


def optimization_case() -> tuple[course.Parameters, course.Gradients]:
    """The parameters and gradients of the notebook's tests, `np.random.seed(1)`.

    `W2` has a column more than `W1` has rows, which no network has, and an optimizer does not see.
    """
    W1, b1, W2, b2, dW1, db1, dW2, db2 = drawn(1, *[(2, 3), (2, 1), (3, 3), (3, 1)] * 2)
    grads = {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, grads


def test_random_mini_batches_gives_the_published_numbers() -> None:
    stream = np.random.RandomState(1)
    X = stream.standard_normal((12288, 148))
    Y = stream.standard_normal((1, 148)) < 0.5

    batches = course.random_mini_batches(X, Y, 64)
    assert [(x.shape, y.shape) for x, y in batches] == [
        *[((12288, 64), (1, 64))] * 2,
        ((12288, 20), (1, 20)),
    ]
    published(batches[0][0][0][:3], [0.90085595, -0.7612069, 0.2344157])


def test_every_example_is_in_one_mini_batch_with_its_label() -> None:
    X = np.arange(22.0).reshape(2, 11)
    batches = course.random_mini_batches(X, X[:1], 4, seed=3)
    for x, y in batches:
        assert_array_equal(x[:1], y)
    assert_array_equal(np.sort(np.hstack([y for _, y in batches])), X[:1])


def test_update_parameters_with_momentum_gives_the_published_numbers() -> None:
    parameters, grads = optimization_case()
    v = course.initialize_velocity(parameters)
    assert {key: array.any() for key, array in v.items()} == dict.fromkeys(grads, False)

    after, v = course.update_parameters_with_momentum(parameters, grads, v, 0.9, 0.01)
    W1 = [[1.62544598, -0.61290114, -0.52907334], [-1.07347112, 0.86450677, -2.30085497]]
    published(after["W1"], W1)
    published(after["b1"], [[1.74493465], [-0.76027113]])
    W2 = [[0.31930698, -0.24990073, 1.4627996], [-2.05974396, -0.32173003, -0.38320915]]
    published(after["W2"], [*W2, [1.13444069, -1.0998786, -0.1713109]])
    published(after["b2"], [[-0.87809283], [0.04055394], [0.58207317]])
    published(
        v["dW1"], [[-0.11006192, 0.11447237, 0.09015907], [0.05024943, 0.09008559, -0.06837279]]
    )


def test_update_parameters_with_adam_gives_the_published_numbers() -> None:
    parameters, grads = optimization_case()
    v, s = course.initialize_adam(parameters)
    after, v, s, _, _ = course.update_parameters_with_adam(parameters, grads, v, s, t=2)

    W1 = [[1.63178673, -0.61919778, -0.53561312], [-1.08040999, 0.85796626, -2.29409733]]
    published(after["W1"], W1)
    published(after["b1"], [[1.75225313], [-0.75376553]])
    W2 = [[0.32648046, -0.25681174, 1.46954931], [-2.05269934, -0.31497584, -0.37661299]]
    published(after["W2"][:2], W2)
    published(after["b2"][1:], [[0.03477238], [0.57537385]])
    published(
        v["dW1"], [[-0.11006192, 0.11447237, 0.09015907], [0.05024943, 0.09008559, -0.06837279]]
    )
    published(s["dW1"], [[0.00121136, 0.00131039, 0.00081287], [0.0002525, 0.00081154, 0.00046748]])


def test_adam_of_the_course_follows_its_formula_for_many_updates() -> None:
    parameters, grads = optimization_case()
    W, m, q = parameters["W1"], np.zeros((2, 3)), np.zeros((2, 3))
    v, s = course.initialize_adam(parameters)
    for t in range(1, 20):
        g = np.sin(W)
        step = {**grads, "dW1": g}
        parameters, v, s, v_hat, s_hat = course.update_parameters_with_adam(
            parameters, step, v, s, t, 0.05, 0.8, 0.9, 1e-6
        )
        m, q = 0.8 * m + 0.2 * g, 0.9 * q + 0.1 * g**2
        assert_allclose(v_hat["dW1"], m / (1 - 0.8**t), rtol=1e-13)
        assert_allclose(s_hat["dW1"], q / (1 - 0.9**t), rtol=1e-13)
        W = W - 0.05 * v_hat["dW1"] / (np.sqrt(s_hat["dW1"]) + 1e-6)
        assert_allclose(parameters["W1"], W, rtol=1e-13)


def test_the_decays_give_the_published_numbers() -> None:
    assert course.update_lr(0.5, 2, 1) == pytest.approx(0.16666666666666666, abs=1e-16)
    assert course.schedule_lr_decay(0.5, 10, 0.3, 100) == 0.5
    rate = course.schedule_lr_decay(0.5, 100, 0.3, 100)
    assert rate == pytest.approx(0.3846153846153846, abs=1e-16)


# ------------------------------------------------------------------------ the typed core behind it


@st.composite
def networks(draw: st.DrawFn) -> tuple[course.Parameters, Floats, Floats]:
    """Parameters of 1 to 4 layers, examples whose number is a power of two, and labels 0 or 1."""
    sizes = draw(st.lists(st.integers(1, 5), min_size=2, max_size=5))
    m = draw(st.sampled_from([1, 2, 4, 8]))
    stream = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    parameters: course.Parameters = {}
    for l, (n_prev, n) in enumerate(pairwise(sizes), start=1):
        parameters[f"W{l}"] = stream.standard_normal((n, n_prev)) / np.sqrt(n_prev)
        parameters[f"b{l}"] = stream.standard_normal((n, 1)) / 4.0
    X = stream.standard_normal((sizes[0], m))
    Y = stream.integers(0, 2, (sizes[-1], m)).astype(np.float64)
    return parameters, X, Y


def matrix(array: Floats) -> fdnn.Matrix[Any, Any]:
    rows, columns = array.shape
    return fdnn.from_numpy(array, Dim[Any](rows), Dim[Any](columns))


def typed(parameters: course.Parameters) -> Params[*tuple[Any, ...]]:
    """The same network, made from the core's own public names."""
    depth = len(parameters) // 2
    layers = [
        fdnn.dense_of(
            matrix(parameters[f"W{l}"]),
            matrix(parameters[f"b{l}"]),
            fdnn.sigmoid if l == depth else fdnn.relu,
        )
        for l in range(1, depth + 1)
    ]
    params: Params[*tuple[Any, ...]] = fdnn.params_of(layers[0])
    for layer in layers[1:]:
        params = params >> layer
    return params


def flat(numbers: dict[str, Floats], prefix: str = "") -> Floats:
    """All parameters, or all their gradients, in the order of the core's one vector."""
    depth = sum(key.startswith(f"{prefix}W") for key in numbers)
    rows = [
        np.hstack([numbers[f"{prefix}W{l}"], numbers[f"{prefix}b{l}"]]).reshape(-1)
        for l in range(1, depth + 1)
    ]
    return np.concatenate(rows)


@given(networks())
@LAW
def test_the_course_and_the_core_go_the_same_way_bit_for_bit(
    drawn_network: tuple[course.Parameters, Floats, Floats],
) -> None:
    parameters, X, Y = drawn_network
    m = X.shape[1]
    AL, caches = course.L_model_forward(X, parameters)
    trace = typed(parameters).forward(matrix(X))

    assert_array_equal(AL, fdnn.to_numpy(trace.output))
    for (_, Z), cache in zip(caches, trace.caches, strict=True):
        assert_array_equal(Z, fdnn.to_numpy(cache.Z))

    # m is a power of two, so it makes no difference to a bit where the core and the course divide.
    grads = course.L_model_backward(AL, Y, caches)
    core, dX = trace.pullback(matrix(-(Y / AL - (1.0 - Y) / (1.0 - AL)) / m))
    assert_array_equal(flat(grads, "d"), core.vector)
    assert_array_equal(grads["dA0"], fdnn.to_numpy(dX) * m)


@given(networks())
@LAW
def test_cost_and_gradient_are_those_of_the_core_through_the_canonical_link(
    drawn_network: tuple[course.Parameters, Floats, Floats],
) -> None:
    parameters, X, Y = drawn_network
    AL, caches = course.L_model_forward(X, parameters)
    trace = typed(parameters).forward(matrix(X))

    # The plain formula rounds a and 1 - a, which the core's, from the logits, does not need.
    rounding = 4.0 * EPS * float(np.mean(np.sum(1.0 / AL + 1.0 / (1.0 - AL), axis=0)))
    cost = float(course.compute_cost(AL, Y))
    assert cost == pytest.approx(trace.cost(matrix(Y), cross_entropy), rel=0.0, abs=rounding)

    grads = flat(course.L_model_backward(AL, Y, caches), "d")
    core = trace.gradient(matrix(Y), cross_entropy).vector
    assert_allclose(grads, core, rtol=1e-12, atol=1e-14)


@given(networks(), st.floats(-2.0, 2.0))
@LAW
def test_the_update_is_the_core_s_bit_for_bit(
    drawn_network: tuple[course.Parameters, Floats, Floats], rate: float
) -> None:
    parameters, X, Y = drawn_network
    AL, caches = course.L_model_forward(X, parameters)
    grads = course.L_model_backward(AL, Y, caches)

    updated = course.update_parameters(parameters, grads, rate)

    assert_array_equal(flat(updated), flat(parameters) - rate * flat(grads, "d"))


@given(networks())
@LAW
def test_layer_by_layer_is_the_whole_model(
    drawn_network: tuple[course.Parameters, Floats, Floats],
) -> None:
    parameters, X, Y = drawn_network
    AL, caches = course.L_model_forward(X, parameters)
    grads = course.L_model_backward(AL, Y, caches)
    depth = len(caches)
    A, dA = X, -(Y / AL - (1.0 - Y) / (1.0 - AL))

    for l in range(1, depth + 1):
        W, b = parameters[f"W{l}"], parameters[f"b{l}"]
        g = "sigmoid" if l == depth else "relu"
        A, (_, Z) = course.linear_activation_forward(A, W, b, g)
        assert_array_equal(Z, caches[l - 1][1])
    assert_array_equal(A, AL)

    for l in range(depth, 0, -1):
        g = "sigmoid" if l == depth else "relu"
        dA, dW, db = course.linear_activation_backward(dA, caches[l - 1], g)
        assert_array_equal(dA, grads[f"dA{l - 1}"])
        assert_array_equal(dW, grads[f"dW{l}"])
        assert_array_equal(db, grads[f"db{l}"])


# ---------------------------------------------------------------------------- an independent loop


def textbook(
    X: Floats, Y: Floats, parameters: course.Parameters, rate: float, steps: int
) -> tuple[course.Parameters, list[float]]:
    """Gradient descent as the book has it, in plain NumPy: all parameters, and all costs."""
    p = {key: array.copy() for key, array in parameters.items()}
    L, m = len(p) // 2, X.shape[1]
    costs: list[float] = []

    for _ in range(steps):
        A, Z = [X], [X]
        for l in range(1, L + 1):
            Z.append(p[f"W{l}"] @ A[-1] + p[f"b{l}"])
            A.append(np.maximum(0.0, Z[-1]) if l < L else 1.0 / (1.0 + np.exp(-Z[-1])))
        costs.append(float(-np.sum(Y * np.log(A[L]) + (1.0 - Y) * np.log(1.0 - A[L])) / m))

        dZ = A[L] - Y
        for l in range(L, 0, -1):
            dW, db = dZ @ A[l - 1].T / m, dZ.sum(axis=1, keepdims=True) / m
            dZ = (p[f"W{l}"].T @ dZ) * (Z[l - 1] > 0.0)
            p[f"W{l}"] = p[f"W{l}"] - rate * dW
            p[f"b{l}"] = p[f"b{l}"] - rate * db
    return p, costs


def two_moons(m: int) -> tuple[Floats, Floats]:
    """Two bent clouds of points, and which of them a point is of."""
    stream = np.random.default_rng(7)
    angle = stream.uniform(0.0, np.pi, m)
    Y = (np.arange(m) % 2).astype(np.float64).reshape(1, m)
    X = np.array([np.cos(angle), np.sin(angle)]) * (1.0 - 2.0 * Y) + 0.5 * Y
    return X + 0.1 * stream.standard_normal((2, m)), Y


def deep_start() -> course.Parameters:
    """What the sequel starts from, for the sizes 2, 4, 3, 1."""
    stream = np.random.RandomState(1)
    return {
        "W1": stream.standard_normal((4, 2)) / np.sqrt(2.0),
        "b1": np.zeros((4, 1)),
        "W2": stream.standard_normal((3, 4)) / np.sqrt(4.0),
        "b2": np.zeros((3, 1)),
        "W3": stream.standard_normal((1, 3)) / np.sqrt(3.0),
        "b3": np.zeros((1, 1)),
    }


def test_deep_model_is_the_textbook_loop_from_the_notebook_s_start(
    capsys: pytest.CaptureFixture[str],
) -> None:
    X, Y = two_moons(20)
    start = deep_start()
    expected, all_costs = textbook(X, Y, start, 0.5, 103)

    parameters, costs = course.L_layer_model(X, Y, [2, 4, 3, 1], 0.5, 103, print_cost=True)

    assert all_costs[102] < 0.8 * all_costs[0]  # it learns, so the law has something to compare
    assert list(parameters) == list(expected)
    for key, array in expected.items():
        assert_allclose(parameters[key], array, rtol=1e-12, atol=1e-13)
    assert_allclose(costs, [all_costs[0], all_costs[100]], rtol=1e-12)

    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "Cost after iteration 0",
        "Cost after iteration 100",
        "Cost after iteration 102",
    ]
    values = [float(line.split(": ")[1]) for line in lines]
    assert values[:2] == [float(cost) for cost in costs]
    assert values[2] == pytest.approx(all_costs[102], rel=1e-12)


def test_two_layer_model_is_the_textbook_loop_from_initialize_parameters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    X, Y = two_moons(12)
    start = course.initialize_parameters(2, 3, 1)
    expected, all_costs = textbook(X, Y, start, 0.3, 20)

    parameters, costs = course.two_layer_model(X, Y, (2, 3, 1), 0.3, 20)

    for key, array in expected.items():
        assert_allclose(parameters[key], array, rtol=1e-12, atol=1e-13)
    assert_allclose(costs, all_costs[:1], rtol=1e-12)
    assert capsys.readouterr().out == ""


def test_no_iterations_leave_the_start_to_the_bit_and_no_cost() -> None:
    X, Y = two_moons(4)

    shallow, no_costs = course.two_layer_model(X, Y, (2, 3, 1), num_iterations=0)
    deep, no_costs_either = course.L_layer_model(X, Y, (2, 4, 3, 1), num_iterations=0)

    assert no_costs == no_costs_either == []
    assert digest(shallow) == digest(course.initialize_parameters(2, 3, 1))
    assert digest(deep) == digest(deep_start())


# ---------------------------------------------------------------------------- what stays untouched


def calls() -> dict[str, tuple[Callable[..., Any], tuple[Any, ...]]]:
    """Every function of the notebook with arguments that fit."""
    X, Y = two_moons(6)
    parameters = course.initialize_parameters(2, 3, 1)
    AL, caches = course.L_model_forward(X, parameters)
    grads = course.L_model_backward(AL, Y, caches)
    (A, W, b), Z = caches[0]
    return {
        "initialize_parameters": (course.initialize_parameters, (2, 3, 1)),
        "initialize_parameters_deep": (course.initialize_parameters_deep, ([2, 3, 1],)),
        "linear_forward": (course.linear_forward, (A, W, b)),
        "linear_activation_forward": (course.linear_activation_forward, (A, W, b, "relu")),
        "L_model_forward": (course.L_model_forward, (X, parameters)),
        "compute_cost": (course.compute_cost, (AL, Y)),
        "linear_backward": (course.linear_backward, (Z, (A, W, b))),
        "linear_activation_backward": (
            course.linear_activation_backward,
            (Z, caches[0], "sigmoid"),
        ),
        "L_model_backward": (course.L_model_backward, (AL, Y, caches)),
        "update_parameters": (course.update_parameters, (parameters, grads, 0.1)),
        "two_layer_model": (course.two_layer_model, (X, Y, [2, 3, 1], 0.1, 2)),
        "L_layer_model": (course.L_layer_model, (X, Y, [2, 3, 1], 0.1, 2)),
        "predict": (course.predict, (X, Y, parameters)),
        "random_mini_batches": (course.random_mini_batches, (X, Y, 4, 3)),
        "initialize_velocity": (course.initialize_velocity, (parameters,)),
        "update_parameters_with_momentum": (
            course.update_parameters_with_momentum,
            (parameters, grads, course.initialize_velocity(parameters), 0.9, 0.1),
        ),
        "initialize_adam": (course.initialize_adam, (parameters,)),
        "update_parameters_with_adam": (
            course.update_parameters_with_adam,
            (parameters, grads, *course.initialize_adam(parameters), 1),
        ),
        "update_lr": (course.update_lr, (0.5, 3, 0.1)),
        "schedule_lr_decay": (course.schedule_lr_decay, (0.5, 30, 0.1, 10)),
    }


def arrays_in(value: object) -> Iterator[Floats]:
    """Every array in nested dicts, tuples and lists."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from arrays_in(part)
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from arrays_in(part)


def digest(value: object) -> object:
    """All that can change in nested containers: keys, bits, shapes, and the right to write."""
    if isinstance(value, np.ndarray):
        return value.tobytes(), value.shape, value.dtype.name, value.flags.writeable
    if isinstance(value, dict):
        return [(key, digest(part)) for key, part in value.items()]
    if isinstance(value, (tuple, list)):
        return [digest(part) for part in value]
    return value


@pytest.mark.parametrize("name", sorted(calls()))
def test_no_argument_and_no_global_state_is_changed_and_the_same_call_gives_the_same_bits(
    name: str,
) -> None:
    function, arguments = calls()[name]
    before = digest(arguments)
    random_state = digest(np.random.get_state())  # noqa: NPY002 -- the state that must stay
    floating = np.geterr()

    first = function(*arguments)
    again = function(*copy.deepcopy(arguments))

    assert digest(arguments) == before
    assert digest(np.random.get_state()) == random_state  # noqa: NPY002
    assert np.geterr() == floating
    assert digest(first) == digest(again)


@pytest.mark.parametrize("name", sorted({*calls()} - {"update_lr", "schedule_lr_decay"}))
def test_what_is_computed_is_float64_can_be_written_to_and_is_nobody_else_s(name: str) -> None:
    function, arguments = calls()[name]
    given_arrays = list(arrays_in(arguments))

    results = list(arrays_in(function(*arguments)))

    assert results
    new = [array for array in results if not any(array is given for given in given_arrays)]
    assert new
    for array in new:
        assert array.dtype == np.float64
        assert array.flags.writeable
        assert not any(np.shares_memory(array, given) for given in given_arrays)


def test_every_function_of_the_notebook_is_there_and_tried() -> None:
    written = {
        name
        for name, value in vars(course).items()
        if callable(value)
        and not name.startswith("_")
        and getattr(value, "__module__", "") == course.__name__
        and not isinstance(value, (type, course.PlainCrossEntropy))
    }
    assert written == set(calls())


# -------------------------------------------------------------------------------- what it lets pass


def test_whole_numbers_lists_and_float32_are_taken_as_float64() -> None:
    Z, (A, W, b) = course.linear_forward([[1, 2], [3, 4]], [[1, -1]], [[10]])

    assert_array_equal(Z, [[8.0, 8.0]])
    assert {array.dtype.name for array in (Z, A, W, b)} == {"float64"}

    Z, _ = course.linear_forward(
        np.array([[1, 200]], np.uint8), np.array([[3.0]], np.float32), np.array([[True]])
    )
    assert_array_equal(Z, [[4.0, 601.0]])


def test_labels_may_lie_flat_or_upright_on_the_way_back_as_the_notebook_reshapes_them() -> None:
    AL, Y, caches = backward_case()
    expected = digest(course.L_model_backward(AL, Y, caches))

    assert digest(course.L_model_backward(AL, Y.reshape(-1), caches)) == expected
    assert digest(course.L_model_backward(AL, Y.T, caches)) == expected


def test_the_derivative_of_relu_at_0_is_0() -> None:
    cache = ((np.ones((1, 3)), np.ones((1, 1)), np.zeros((1, 1))), np.array([[-1.0, 0.0, 1.0]]))

    dA_prev, _, _ = course.linear_activation_backward(np.full((1, 3), 7.0), cache, "relu")

    assert_array_equal(dA_prev, [[0.0, 0.0, 7.0]])


@pytest.mark.parametrize(
    ("output", "label", "expected"),
    [
        (0.5, 2.0, np.log(2.0)),  # labels need not be 0 or 1: -(2 log 1/2 - log 1/2)
        (0.0, 1.0, np.inf),
        (1.0, 0.0, np.inf),
        (1.0, 1.0, np.nan),  # 0 * log 0 is NaN in NumPy, and there is no case apart
        (1.5, 1.0, np.nan),
    ],
)
def test_the_cost_is_the_plain_formula_without_epsilon_or_clipping(
    output: float, label: float, expected: float
) -> None:
    with np.errstate(all="ignore"):
        cost = course.compute_cost([[output]], [[label]])

    assert_allclose(cost, expected, rtol=4.0 * EPS)


def test_where_the_formula_does_not_exist_numpy_warns_and_goes_on() -> None:
    cache = ((np.ones((2, 1)), np.ones((1, 2)), np.zeros((1, 1))), np.array([[1.0]]))

    with pytest.warns(RuntimeWarning, match="divide by zero"):
        course.compute_cost([[1.0]], [[0.0]])
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        grads = course.L_model_backward([[1.0]], [[0.0]], [cache])

    assert np.isinf(grads["dW1"]).all()


def test_training_does_not_warn_and_stays_finite_where_the_output_rounds_to_its_label() -> None:
    X, Y = np.array([[-900.0, 900.0]]), np.array([[0, 1]])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parameters, costs = course.L_layer_model(X, Y, [1, 1], 1.0, 3)

    AL, _ = course.L_model_forward(X, parameters)
    assert_array_equal(AL, [[0.0, 1.0]])
    assert np.isfinite(costs).all()


# -------------------------------------------------------------------------------- what it refuses

ONES = np.ones


def cache_of(n_prev: int, n: int, m: int) -> course.LayerCache:
    return (ONES((n_prev, m)), ONES((n, n_prev)), ONES((n, 1))), ONES((n, m))


def parameters_of(*sizes: int) -> course.Parameters:
    return course.initialize_parameters_deep(sizes)


REFUSALS: list[tuple[Callable[[], object], type[Exception], str]] = [
    (
        lambda: course.linear_forward(ONES((2, 3)), ONES((4, 3)), ONES((4, 1))),
        ShapeError,
        (
            "linear_forward: A has shape (2, 3), expected (n_prev=3, m): W has 3 columns; "
            "are its rows the examples? Then give A.T"
        ),
    ),
    (
        lambda: course.linear_forward(ONES((3, 2)), ONES((4, 3)), ONES(4)),
        ShapeError,
        (
            "linear_forward: b has shape (4,), expected (n=4, One=1): "
            "a column, with one number for each row of W"
        ),
    ),
    (
        lambda: course.linear_activation_forward(ONES((3, 2)), ONES(3), ONES((1, 1)), "relu"),
        ShapeError,
        (
            "linear_activation_forward: W has shape (3,), expected (n, m): "
            "a matrix has two axes; y[None, :] is y as one row"
        ),
    ),
    (
        lambda: course.linear_activation_forward(ONES((3, 2)), ONES((4, 3)), ONES((4, 1)), "rely"),
        ArgumentError,
        (
            "linear_activation_forward: activation is 'rely', expected one of relu, sigmoid: "
            "did you mean 'relu'?"
        ),
    ),
    (
        lambda: course.linear_forward([[np.nan]], [[1.0]], [[0.0]]),
        DataError,
        (
            "linear_forward: A has 1 values that are NaN or infinite, the first at (0, 0), "
            "expected finite numbers"
        ),
    ),
    (
        lambda: course.linear_forward([[1j]], [[1.0]], [[0.0]]),
        DtypeError,
        "linear_forward: A has dtype complex128, expected real numbers",
    ),
    (
        lambda: course.L_model_forward([[1, 2], [3]], parameters_of(2, 1)),
        ShapeError,
        "L_model_forward: X is a list of unequal rows, expected an array of numbers",
    ),
    (
        lambda: course.L_model_forward(ONES((5, 2)), parameters_of(2, 3, 1)),
        ShapeError,
        (
            "L_model_forward: X has shape (5, 2), expected (n_0=2, m): W1 has 2 columns; "
            "are its rows the examples? Then give X.T"
        ),
    ),
    (
        lambda: course.L_model_forward(ONES((2, 4)), {"W1": ONES((1, 2)), "W2": ONES((1, 1))}),
        ArgumentError,
        (
            "L_model_forward: parameters has the keys 'W1', 'W2', expected 'W1', 'b1': "
            "a W and a b for each layer"
        ),
    ),
    (
        lambda: course.L_model_forward(
            ONES((2, 4)), {**parameters_of(2, 3, 1), "W2": ONES((1, 2))}
        ),
        ShapeError,
        "L_model_forward: W2 has shape (1, 2), expected (1, 3): W1 has 3 rows",
    ),
    (
        lambda: course.L_model_forward(ONES((2, 4)), {**parameters_of(2, 3, 1), "b2": [[np.inf]]}),
        DataError,
        (
            "L_model_forward: b2 has 1 values that are NaN or infinite, the first at (0, 0), "
            "expected finite numbers"
        ),
    ),
    (
        lambda: course.compute_cost([[0.5, 0.5]], [0, 1]),
        ShapeError,
        "compute_cost: Y has shape (2,), expected (1, 2): as AL has it",
    ),
    (
        lambda: course.compute_cost([0.5, 0.5], [0, 1]),
        ShapeError,
        (
            "compute_cost: AL has shape (2,), expected (n, m): "
            "a matrix has two axes; y[None, :] is y as one row"
        ),
    ),
    (
        lambda: course.linear_backward(ONES((2, 3)), cache_of(3, 4, 2)[0]),
        ShapeError,
        "linear_backward: dZ has shape (2, 3), expected (4, 2): as W A_prev has it",
    ),
    (
        lambda: course.linear_activation_backward(ONES((1, 2)), cache_of(3, 4, 2), "sigmoid"),
        ShapeError,
        (
            "linear_activation_backward: dA has shape (1, 2), expected (4, 2): "
            "as Z of the cache has it"
        ),
    ),
    (
        lambda: course.linear_activation_backward(
            ONES((4, 2)), (cache_of(3, 4, 2)[0], ONES((2, 4))), "relu"
        ),
        ShapeError,
        (
            "linear_activation_backward: Z of cache has shape (2, 4), expected (4, 2): "
            "as W A_prev has it"
        ),
    ),
    (
        lambda: course.L_model_backward(ONES((1, 2)), ONES((1, 3)), [cache_of(3, 1, 2)]),
        ShapeError,
        "L_model_backward: Y has shape (1, 3), expected (1, 2): as AL has it",
    ),
    (
        lambda: course.L_model_backward(ONES((1, 2)) / 2, ONES((1, 2)), [cache_of(3, 4, 2)]),
        ShapeError,
        "L_model_backward: Z of caches[0] has shape (4, 2), expected (1, 2): as AL has it",
    ),
    (
        lambda: course.L_model_backward(
            ONES((1, 2)) / 2, ONES((1, 2)), [cache_of(3, 4, 2), cache_of(5, 1, 2)]
        ),
        ShapeError,
        (
            "L_model_backward: Z of caches[0] has shape (4, 2), expected (5, 2): "
            "as A_prev of caches[1] has it"
        ),
    ),
    (
        lambda: course.L_model_backward(ONES((1, 2)) / 2, ONES((1, 2)), []),
        ArgumentError,
        "L_model_backward: caches is empty, expected a cache for each layer",
    ),
    (
        lambda: course.update_parameters(parameters_of(2, 1), {"dW1": ONES((1, 2))}, 0.1),
        ArgumentError,
        (
            "update_parameters: grads has no 'db1', expected dW and db of each layer: "
            "as L_model_backward gives them"
        ),
    ),
    (
        lambda: course.update_parameters(
            parameters_of(2, 1), {"dW1": ONES((2, 1)), "db1": ONES((1, 1))}, 0.1
        ),
        ShapeError,
        "update_parameters: dW1 has shape (2, 1), expected (1, 2): as W1 has it",
    ),
    (
        lambda: course.update_parameters(
            parameters_of(2, 1), {"dW1": ONES((1, 2)), "db1": ONES((1, 1))}, np.nan
        ),
        ArgumentError,
        "update_parameters: learning_rate is nan, expected a finite number",
    ),
    (
        lambda: course.initialize_parameters(3, 0, 1),
        ArgumentError,
        "initialize_parameters: n_h is 0, expected a whole number of at least 1",
    ),
    (
        lambda: course.initialize_parameters_deep([3]),
        ArgumentError,
        (
            "initialize_parameters_deep: layer_dims is [3], expected at least the inputs and "
            "the outputs"
        ),
    ),
    (
        lambda: course.two_layer_model(ONES((2, 3)), ONES((1, 3)), [2, 4, 3, 1]),
        ArgumentError,
        "two_layer_model: layers_dims is [2, 4, 3, 1], expected three sizes, (n_x, n_h, n_y)",
    ),
    (
        lambda: course.L_layer_model(ONES((2, 3)), ONES(3), [2, 1]),
        ShapeError,
        "L_layer_model: Y has shape (3,), expected (1, 3): one column for each example of X",
    ),
    (
        lambda: course.L_layer_model(ONES((2, 1)), [[np.nan]], [2, 1]),
        DataError,
        (
            "L_layer_model: Y has 1 values that are NaN or infinite, the first at (0, 0), "
            "expected finite numbers"
        ),
    ),
    (
        lambda: course.L_layer_model(ONES((2, 3)), ONES((1, 3)), [2, 1], learning_rate=0.0),
        ArgumentError,
        "L_layer_model: learning_rate is 0.0, expected a positive number",
    ),
    (
        lambda: course.L_layer_model(ONES((2, 3)), ONES((1, 3)), [2, 1], num_iterations=-1),
        ArgumentError,
        "L_layer_model: num_iterations is -1, expected a whole number of at least 0",
    ),
    (
        lambda: course.predict(ONES((2, 3)), ONES((3, 1)), parameters_of(2, 1)),
        ShapeError,
        "predict: y has shape (3, 1), expected (1, 3): one label for each example of X",
    ),
    (
        lambda: course.predict(ONES((2, 3)), ONES((1, 3)), parameters_of(2, 4)),
        ShapeError,
        (
            "predict: the last layer has 4 outputs, expected 1: "
            "an example is of the class or it is not"
        ),
    ),
]


@pytest.mark.parametrize(
    ("call", "kind", "sentence"), REFUSALS, ids=[sentence for _, _, sentence in REFUSALS]
)
def test_bad_input_gets_one_sentence(
    call: Callable[[], object],
    kind: type[Exception],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(kind) as caught:
        call()

    assert type(caught.value) is kind
    assert str(caught.value) == sentence
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("cache", "sentence"),
    [
        (
            ONES((3, 2)),
            "linear_backward: cache is a ndarray, expected a Sequence: the cache is (A_prev, W, b)",
        ),
        (cache_of(3, 4, 2), "linear_backward: cache has 2 parts, expected (A_prev, W, b)"),
    ],
)
def test_what_is_no_cache_is_refused_without_ring_4_too(cache: Any, sentence: str) -> None:
    with typeguard.suppress_type_checks(), pytest.raises(KindError) as caught:
        course.linear_backward(ONES((4, 2)), cache)

    assert str(caught.value) == sentence


def test_a_cost_that_overflows_stops_the_training_and_keeps_the_last_state() -> None:
    X, Y = two_moons(6)

    with pytest.raises(fdnn.DivergenceError) as caught:
        course.L_layer_model(X, Y, [2, 3, 1], learning_rate=1e300, num_iterations=9)

    params = caught.value.state.params
    assert np.isfinite(params.forward(matrix(X)).cost(matrix(Y), cross_entropy))

"""Checkpoints: what is saved comes back bit for bit, and nothing else is taken for a model."""

from __future__ import annotations

import errno
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
import typeguard
from hypothesis import given, settings
from hypothesis import strategies as st
from typeguard import suppress_type_checks

import fdnn
from fdnn import (
    Architecture,
    Context,
    Dim,
    FileError,
    Matrix,
    Params,
    dense,
    initialize,
    leaky_relu,
    mlp,
    relu,
    sigmoid,
    tanh,
    to_numpy,
)
from fdnn.activations import Activation, LeakyReLU
from fdnn.axes import C, F, M, R, named_dim
from fdnn.checkpoint import load, save
from fdnn.initializers import Initializer, Orthogonal
from fdnn.model import Model
from fdnn.names import ACTIVATIONS, INITIALIZERS
from fdnn.propagation import Cache
from fdnn.records import Layer
from fdnn.transforms import Center, Chain, Transform, Unchanged, fit


class Pixel: ...


class Hidden: ...


class Cat: ...


class Dog: ...


pixel, hidden, cat = Dim[Pixel](4), Dim[Hidden](3), Dim[Cat](1)


def network() -> Architecture[Pixel, Hidden, Cat]:
    return dense(pixel, hidden, relu) >> dense(hidden, cat, sigmoid)


def images() -> Matrix[Pixel, Any]:
    values = np.random.default_rng(0).random((4, 6))
    return fdnn.from_numpy(values, pixel, Dim[Any](6))


def trained() -> Model[Pixel, Hidden, Cat]:
    transform = fit(["center", "standardize"], images())
    params = initialize(network(), rng=1)
    return Model(params, transform, ("no cat", "cat"), (2, 2), "cats")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.safetensors"


# ---------------------------------------------------------------------------------- there and back


def initializers() -> st.SearchStrategy[Initializer | None]:
    known = st.sampled_from(list(INITIALIZERS.values()))
    return st.one_of(st.none(), known, st.floats(0.1, 10.0).map(Orthogonal))


def activations() -> st.SearchStrategy[Activation]:
    slopes = st.floats(0.0, 1.0, exclude_max=True).map(LeakyReLU)
    alphas = st.floats(0.0, 1e3, exclude_min=True).map(fdnn.ELU)
    return st.one_of(st.sampled_from(list(ACTIVATIONS.values())), slopes, alphas)


@st.composite
def models(draw: st.DrawFn) -> Model[*tuple[Any, ...]]:
    sizes = draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    names = draw(
        st.lists(st.sampled_from(["Pixel", "Hidden", "Cat", None]), min_size=4, max_size=4)
    )
    dims = [named_dim(size, name) for name, size in zip(names, sizes, strict=False)]
    layers = [dense(a, b, draw(activations()), draw(initializers())) for a, b in pairwise(dims)]
    dtype = draw(st.sampled_from(["float32", "float64"]))
    params = initialize(fdnn.chain(*layers), rng=draw(st.integers(0, 99)), dtype=dtype)

    X = fdnn.from_numpy(np.eye(sizes[0], 3), dims[0], Dim[Any](3), dtype)
    steps = st.sampled_from(["center", "standardize", "unchanged"])
    transform: Transform = fit(draw(st.lists(steps, max_size=3)), X)
    if draw(st.booleans()):
        transform = Chain([transform, Center()])

    classes = max(2, sizes[-1])
    texts = st.lists(st.text(max_size=4), min_size=classes, max_size=classes)
    class_names = tuple(draw(texts)) if draw(st.booleans()) else ()
    shape = draw(st.sampled_from([None, (sizes[0],), (1, sizes[0])]))
    return Model(params, transform, class_names, shape, draw(st.text(max_size=5)))


@settings(max_examples=40, deadline=None)
@given(model=models())
def test_what_is_saved_comes_back_bit_for_bit(
    model: Model[*tuple[Any, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("saved") / "model.safetensors"
    save(model, path)

    back = load(path)
    assert back == model
    assert back.params.vector.tobytes() == model.params.vector.tobytes()
    assert [(a.name, int(a)) for a in back.axes] == [(a.name, int(a)) for a in model.axes]
    assert load(path, like=model) == model


def test_a_loaded_model_says_what_the_saved_one_said(path: Path) -> None:
    save(trained(), path)

    back = load(path, like=network())
    np.testing.assert_array_equal(to_numpy(back(images())), to_numpy(trained()(images())))
    assert not back.params.vector.flags.writeable


def test_bare_params_are_saved_as_a_model_without_a_transform(path: Path) -> None:
    params = initialize(network(), rng=0, dtype="float32")
    save(params, path)

    assert load(path, like=params) == Model(params)
    assert load(path).transform == Unchanged()


def test_the_file_is_plain_safetensors_with_a_header_that_people_can_read(path: Path) -> None:
    from safetensors import safe_open
    from safetensors.numpy import load_file

    model = trained()
    save(model, path)

    np.testing.assert_array_equal(load_file(path)["params"], model.params.vector)
    with safe_open(path, "np") as file:
        header = json.loads((file.metadata() or {})["fdnn"])
    assert header["axes"][0] == {"axis": "Pixel", "size": 4}
    assert header["layers"][0]["settings"]["activation"]["activation"] == "relu"
    assert header["class_names"] == ["no cat", "cat"]


# ------------------------------------------------------------------------------- another's networks


@pytest.mark.parametrize(
    ("other", "error", "sentence"),
    [
        (mlp([4, 2, 1], relu, sigmoid), fdnn.ShapeError, "(Pixel=4, Hidden=3, Cat=1), expected (4"),
        (mlp([4, 1], relu, sigmoid), fdnn.ShapeError, "has axes (Pixel=4, Hidden=3, Cat=1)"),
        (
            dense(pixel, hidden, relu) >> dense(hidden, Dim[Dog](1), sigmoid),
            fdnn.AxisError,
            "like has them, and Cat is not Dog although both are 1",
        ),
        (mlp([4, 3, 1], tanh, sigmoid), fdnn.AxisError, "layer 1 of"),
        (mlp([4, 3, 1], leaky_relu, sigmoid), fdnn.AxisError, "leaky_relu"),
    ],
)
def test_a_file_of_another_network_than_the_expected_is_refused(
    path: Path, other: Architecture[*tuple[Any, ...]], error: type[Exception], sentence: str
) -> None:
    save(trained(), path)

    with pytest.raises(error) as refusal:
        load(path, like=other)
    assert sentence in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_a_network_without_names_is_like_one_with_names(path: Path) -> None:
    save(trained(), path)

    assert load(path, like=mlp([4, 3, 1], relu, sigmoid)).params.vector.size == 4 * 3 + 3 + 3 + 1


@attrs.frozen
class Sine(Activation):
    name: ClassVar[str] = "relu"  # a name that is taken: the file must not say it is ReLU

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return Z

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        return dA


@attrs.frozen
class Shift(Layer[F, F]):
    features: Dim[F]
    shift: Matrix[F, fdnn.One]
    notes: object = None

    @property
    def axes(self) -> tuple[Dim[F], Dim[F]]:
        return self.features, self.features

    def forward(self, A: Matrix[F, M], context: Context, /) -> tuple[Matrix[F, M], Cache[F, F, M]]:
        raise NotImplementedError


def shift(notes: object = None) -> Shift[Hidden]:
    return Shift(hidden, fdnn.matrix.blank(hidden, fdnn.ONE), notes)


def shifted(notes: object = None) -> Params[Pixel, Hidden, Hidden]:
    size = 4 * 3 + 3 + 3
    return Params(dense(pixel, hidden, Sine()) >> shift(notes), np.arange(size, dtype=float))


def test_like_is_a_network_and_not_one_of_its_layers(path: Path) -> None:
    layer: Any = fdnn.dense(fdnn.Dim[Any](3), fdnn.Dim[Any](1))
    save(fdnn.initialize(fdnn.chain(layer), rng=0), path)
    with pytest.raises(fdnn.KindError) as refusal, suppress_type_checks():
        load(path, like=layer)

    assert str(refusal.value) == (
        "load: like is a Dense, expected an Architecture, Params or a Model: "
        "of one layer, chain(layer) is the architecture"
    )


def test_kinds_of_the_users_own_come_back_through_like_and_only_so(path: Path) -> None:
    params = shifted(notes=(1, "two"))
    save(params, path)

    assert load(path, like=params.architecture).params == params
    with pytest.raises(FileError, match=r"Sine', expected one of .*: a kind of your own needs"):
        load(path)
    with pytest.raises(fdnn.AxisError, match=r"layer 2 of .* is .*Shift \(notes \[1, 'two'\]\)"):
        load(path, like=shifted(notes=(1, "three")))


def test_what_has_no_place_in_a_file_is_refused_before_one_is_written(path: Path) -> None:
    class Flip(Center):
        pass

    with pytest.raises(fdnn.KindError, match=r"notes of .* is a set, expected a number, a text"):
        save(shifted(notes={1}), path)
    with pytest.raises(fdnn.KindError, match="the transform is a Flip, expected one of"):
        save(attrs.evolve(trained(), transform=Flip()), path)
    infinite = trained().params.with_vector(np.full(19, np.inf))
    with pytest.raises(fdnn.DataError, match="params has 19 values that are NaN or infinite"):
        save(infinite, path)
    with pytest.raises(fdnn.DtypeError, match="params has dtype complex128, expected float64"):
        save(trained().params.astype("complex128"), path)
    assert not path.exists()


def test_a_model_cannot_be_built_of_parts_that_do_not_fit() -> None:
    params = initialize(network(), rng=0)
    narrow = fit(["standardize"], fdnn.from_numpy(np.eye(2), Dim[Any](2), Dim[Any](2)))

    with pytest.raises(fdnn.ShapeError, match=r"fitted to 2 inputs, expected \(Pixel=4\)"):
        Model(params, narrow)
    with pytest.raises(fdnn.ShapeError, match=r"image_shape is \(2, 3\), expected a shape of 4"):
        Model(params, image_shape=(2, 3))
    with pytest.raises(fdnn.KindError, match="class_names is the text 'ab', expected a tuple"):
        Model(params, class_names="ab")
    with pytest.raises(fdnn.ShapeError, match="class_names has 3 names, expected 2"):
        Model(params, class_names=("a", "b", "c"))


def test_a_model_is_evaluated_on_raw_inputs_by_the_cost_of_its_last_activation() -> None:
    model = trained()
    dog = Dim[Dog](4)
    Y = fdnn.from_numpy([[0.0, 1.0, 0.0, 1.0, 1.0, 0.0]], cat, Dim[Any](6))
    batch = fdnn.Batch(images(), Y, pixel, cat)
    A = to_numpy(model.params(model.transform(images())))
    y = to_numpy(Y)

    scores = model.evaluate(batch)
    by_hand = -np.mean(y * np.log(A) + (1.0 - y) * np.log(1.0 - A))
    assert scores["cost"] == pytest.approx(by_hand, rel=1e-12)
    assert scores["accuracy"] == np.mean((A > 0.5) == y)
    assert model.classes(images()).tolist() == (A[0] > 0.5).tolist()
    other: Any = fdnn.Batch(fdnn.from_numpy(np.eye(4, 6), dog, Dim[Any](6)), Y, dog, cat)
    with pytest.raises(fdnn.AxisError, match="Dog is not Pixel"):
        model.evaluate(other)


# ------------------------------------------------------------------------------------- whole or not


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    path: Path, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(trained(), path)
    before = path.read_bytes()

    def failing(descriptor: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises((FileError, KeyboardInterrupt)) as refusal:
        save(initialize(network(), rng=7), path)

    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
    if isinstance(error, OSError):
        assert str(refusal.value) == (
            f"save: {path} cannot be written, expected a folder that can be written to: "
            "No space left"
        )


def test_a_model_keeps_lists_as_tuples() -> None:
    params = initialize(network(), rng=0)
    model = Model(params, class_names=["no cat", "cat"], image_shape=[2, 2])

    assert (model.class_names, model.image_shape) == (("no cat", "cat"), (2, 2))
    assert model == Model(params, class_names=("no cat", "cat"), image_shape=(2, 2))


def test_who_has_opened_the_old_file_reads_it_to_its_end(path: Path) -> None:
    save(trained(), path)
    before = path.read_bytes()

    with path.open("rb", buffering=0) as reader:
        head = reader.read(100)
        save(initialize(network(), rng=7), path)
        assert head + reader.read() == before
    assert path.read_bytes() != before


def test_a_place_that_cannot_be_written_to_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    for place in (tmp_path / "missing" / "m", tmp_path / "file" / "m", tmp_path):
        with pytest.raises(FileError) as refusal:
            save(trained(), place)
        assert str(refusal.value).startswith(f"save: {place} ")
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_what_is_no_file_is_not_replaced_by_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(FileError, match=r"pipe is no file, expected a place for a file"):
        save(trained(), pipe)
    assert pipe.is_fifo()


def test_what_is_no_file_is_no_model() -> None:
    with pytest.raises(FileError, match="/dev/null is a device or a pipe, expected a model"):
        load(os.devnull)


def test_a_link_stays_a_link_to_what_is_saved(tmp_path: Path) -> None:
    target, link = tmp_path / "run-1.safetensors", tmp_path / "last.safetensors"
    link.symlink_to(target)
    save(trained(), link)

    assert link.is_symlink()
    assert load(target) == trained()


# ------------------------------------------------------------------------------------ damaged files


def test_a_file_cut_off_anywhere_is_refused(path: Path) -> None:
    save(trained(), path)
    whole = path.read_bytes()

    for length in [*range(0, len(whole), 37), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(FileError) as refusal:
            load(path)
        assert str(refusal.value).startswith(f"load: {path} cannot be read, expected a model")


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 10**6), byte=st.integers(0, 255), known=st.booleans())
def test_a_file_with_a_wrong_byte_is_a_model_or_refused_in_a_sentence_of_fdnn(
    place: int, byte: int, known: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("flipped") / "model.safetensors"
    save(trained(), path)
    content = bytearray(path.read_bytes())
    content[place % len(content)] = byte
    path.write_bytes(content)

    try:
        result: object = load(path, like=network()) if known else load(path)
    except fdnn.FdnnError as refusal:
        result = refusal
    if isinstance(result, Model):
        assert np.isfinite(result.params.vector).all()
    else:
        assert str(path) in str(result)


def rewritten(path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    """The saved model with something changed in its header or its arrays."""
    from safetensors import safe_open
    from safetensors.numpy import load_file, save_file

    save(trained(), path)
    with safe_open(path, "np") as file:
        header = json.loads((file.metadata() or {})["fdnn"])
    arrays: dict[str, Any] = load_file(path)
    change(header, arrays)
    save_file(arrays, path, {"fdnn": json.dumps(header)})


def put(*keys: Any, value: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """A change of one entry of the header."""

    def change(header: Any, _arrays: dict[str, Any]) -> None:
        *way, last = keys
        for key in way:
            header = header[key]
        header[last] = value

    return change


def put_array(name: str, value: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """A change of one array; None removes it."""

    def change(_header: dict[str, Any], arrays: dict[str, Any]) -> None:
        arrays.pop(name, None)
        if value is not None:
            arrays[name] = value

    return change


def wider_inputs(header: dict[str, Any], arrays: dict[str, Any]) -> None:
    put("layers", 0, "settings", "inputs", "size", value=5)(header, arrays)
    put("axes", 0, "size", value=5)(header, arrays)


FIRST = ("layers", 0, "settings")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (put("format", value=2), "has format 2, expected format 1"),
        (put("layers", value=None), "None is no list"),
        (put("layers", value=[]), "layers is empty"),
        (put("layers", 0, "layer", value="dence"), "a layer is 'dence', expected one of dense"),
        (put(*FIRST, "inputs", "size", value=5), "its axes are not those"),
        (wider_inputs, "vector has shape (19,), expected (22,)"),
        (
            put(*FIRST, "inputs", "size", value=10**30),
            "an axis of size 1000000000000000000000000000000",
        ),
        (put(*FIRST, "inputs", "size", value=-1), "size is -1"),
        (put(*FIRST, "inputs", "axis", value=7), "7 is no text"),
        (put(*FIRST, "outputs", "size", value=2), "layer 2 takes (Hidden=3)"),
        (put(*FIRST, "activation", value=None), "activation is a NoneType"),
        (put(*FIRST, "activation", "activation", value="swish"), "an activation is 'swish'"),
        (put(*FIRST, "activation", "activation", value=[]), "[] is no text"),
        (put(*FIRST, "activation", "settings", value={"slope": 1}), "argument 'slope'"),
        (put(*FIRST, "rate", value=1), "argument 'rate'"),
        (put("axes", 1, "axis", value="Dog"), "its axes are not those of its layers"),
        (put("transform", "transform", value="whiten"), "a transform is 'whiten'"),
        (put("transform", "steps", 1, "arrays", value={}), "arguments: 'mean' and 'deviation'"),
        (put("class_names", value=["cat"]), "class_names has 1 names"),
        (put("class_names", value="ab"), "'ab' is no list"),
        (put("image_shape", value=[3, 3]), "image_shape is (3, 3)"),
        (put("data", value=None), "None is no text"),
        (put_array("params", None), "it has no 'params'"),
        (put_array("params", np.zeros(18)), "vector has shape (18,), expected (19,)"),
        (put_array("params", np.zeros((19, 1))), "vector has shape (19, 1)"),
        (put_array("params", np.zeros(19, int)), "vector has dtype int64"),
        (put_array("params", np.zeros(19, np.float16)), "vector has dtype float16"),
        (put_array("params", np.full(19, np.nan)), "params has 19 values that are NaN"),
        (put_array("more", np.zeros(1)), "nothing refers to more"),
        (put_array("transform.0.mean", np.zeros((5, 1))), "deviation has shape (4, 1)"),
        (put_array("transform.0.mean", np.zeros(4)), "mean has shape (4,)"),
    ],
)
def test_a_header_that_promises_something_else_than_the_file_holds_is_refused(
    path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None], sentence: str
) -> None:
    rewritten(path, change)

    # Ring 4, where it is on, would speak first; what is asked here is what `load` says.
    with typeguard.suppress_type_checks(), pytest.raises(FileError) as refusal:
        load(path)
    assert sentence in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_a_header_that_declares_a_huge_array_is_refused_without_asking_for_memory(
    path: Path,
) -> None:
    shape = [2**40]
    header = {"params": {"dtype": "F64", "shape": shape, "data_offsets": [0, 2**43]}}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    with pytest.raises(FileError, match="cannot be read"):
        load(path)

    path.write_bytes(struct.pack("<Q", 2**60) + text)
    with pytest.raises(FileError, match="cannot be read"):
        load(path)


def test_files_that_are_no_models_are_refused_by_name(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    other = tmp_path / "other.safetensors"
    save_file({"x": np.zeros(3)}, other)
    text = tmp_path / "text.safetensors"
    text.write_text("not a model")

    for place, sentence in (
        (other, "has no header of fdnn, expected a model that fdnn saved: it is a safetensors"),
        (text, "cannot be read, expected a model that fdnn saved: it is damaged"),
        (tmp_path, "is a folder"),
        (tmp_path / "missing", "does not exist"),
    ):
        with pytest.raises(FileError) as refusal:
            load(place)
        assert str(refusal.value).startswith(f"load: {place} {sentence}")


# --------------------------------------------------------------------------------- optional package


def test_without_safetensors_the_extra_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(trained(), path)
    for module in ("safetensors", "safetensors.numpy"):
        monkeypatch.setitem(sys.modules, module, None)

    expected = "safetensors is not installed, expected it to be: pip install 'fdnn[files]'"
    for call in (lambda: save(trained(), path), lambda: load(path)):
        with pytest.raises(fdnn.MissingExtraError) as refusal:
            call()
        assert str(refusal.value).endswith(expected)


def test_importing_the_modules_of_data_and_models_loads_no_optional_package() -> None:
    program = """
import sys
from fdnn import checkpoint, datasets, model, transforms
optional = {"PIL", "h5py", "safetensors", "skimage", "sklearn", "scipy", "typeguard"}
print(sorted(optional & set(sys.modules)))
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"

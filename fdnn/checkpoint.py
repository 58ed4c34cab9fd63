"""Checkpoints: a model as one safetensors file, without pickle.

The file holds one array, the parameters' vector, and those of the transform; its header says in
JSON what they mean: the kinds of the layers with their settings, the names and sizes of all axes,
the names of the classes.  It is written beside its place and moved there when it is complete, so
that a reader never meets half a file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import count, zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeGuard, overload

import numpy as np

from fdnn.activations import Activation
from fdnn.annotations import field_names, matrix_fields
from fdnn.atomic_files import write_atomically
from fdnn.axes import Axes, Dim, named_dim
from fdnn.encodings import ENCODINGS, Column, Columns, Encoding
from fdnn.errors import (
    AxisError,
    DtypeError,
    FdnnError,
    FileError,
    KindError,
    missing_extra,
    with_article,
)
from fdnn.guards import require_kind, require_same_axes
from fdnn.initializers import Initializer
from fdnn.layers.dense import Dense, dense
from fdnn.layers.dropout import Dropout, dropout
from fdnn.layers.normalization import BatchNorm, LayerNorm, batch_norm, layer_norm
from fdnn.layers.residual import Residual
from fdnn.matrix import Array, freeze, require_finite, to_numpy
from fdnn.model import Model
from fdnn.names import ACTIVATIONS, INITIALIZERS
from fdnn.records import Architecture, Layer, Params, chain
from fdnn.transforms import TRANSFORMS, Chain, Transform, unchanged

FORMAT = 1
"""The version of the header; a file of a later version is refused."""

LARGEST_AXIS = 2**28
"""What a header may promise of one axis: NumPy cannot lay out a layer that is much larger."""

KINDS: Mapping[str, Callable[..., Layer[Any, Any]]] = MappingProxyType(
    {
        "dense": dense,
        "dropout": dropout,
        "batch_norm": batch_norm,
        "layer_norm": layer_norm,
        "residual": Residual,
    }
)
"""How a blank layer of each kind that fdnn knows is made from its settings."""

NAMES: Mapping[type[Layer[Any, Any]], str] = MappingProxyType(
    {
        Dense: "dense",
        Dropout: "dropout",
        BatchNorm: "batch_norm",
        LayerNorm: "layer_norm",
        Residual: "residual",
    }
)
"""The names of those kinds."""

_UNCHANGED: Mapping[str, Any] = MappingProxyType({"transform": unchanged.name, "arrays": {}})
_HEADER = "fdnn"
_PARAMS = "params"
_DAMAGE = (FdnnError, KeyError, OverflowError, RecursionError, TypeError, ValueError)
"""What decoding a header can raise where the header is not one that `save` wrote."""

# ------------------------------------------------------------------------------------------- saving


def save(model: Model[*tuple[Any, ...]] | Params[*tuple[Any, ...]], path: str | Path) -> None:
    """Write a model, or bare parameters, to one safetensors file.

    The file appears complete or not at all; one that was there before is replaced.  Kinds of layer,
    activations and initialisers of the user's own are written by name, and `load` then needs
    `like`.  Raises `FileError` where it cannot be written, `KindError` for a transform or a setting
    that has no place in a file, and `DataError` for parameters that are NaN or infinite.
    """
    if isinstance(model, Params):
        model = Model(model)
    require_kind("save", "model", model, Model, "a Model, or the Params of a network")
    try:
        from safetensors.numpy import save as serialize
    except ImportError:
        raise missing_extra("save", "safetensors", "files") from None
    if model.params.dtype.kind != "f":
        came = f"params has dtype {model.params.dtype}"
        raise DtypeError("save", came, "float64 or float32")
    require_finite("save", "params", model.params.vector)

    arrays: dict[str, Array] = {_PARAMS: np.ascontiguousarray(model.params.vector)}
    header = {
        "format": FORMAT,
        "axes": [_encoded_axis(axis) for axis in model.axes],
        "layers": _encoded_layers(model.params.architecture),
        "transform": _encoded_transform(model.transform, arrays),
        "class_names": list(model.class_names),
        "image_shape": None if model.image_shape is None else list(model.image_shape),
        "data": model.data,
        "targets": _encoded_transform(model.targets, arrays),
        "columns": None if model.columns is None else _encoded_columns(model.columns),
    }
    write_atomically("save", path, serialize(arrays, {_HEADER: json.dumps(header)}))


def _encoded_axis(axis: Dim[Any]) -> dict[str, Any]:
    return {"axis": axis.name, "size": int(axis)}


def _encoded_layers(architecture: Architecture[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [_encoded_layer(layer) for layer in architecture.layers]


def _encoded_layer(layer: Layer[Any, Any]) -> dict[str, Any]:
    name = NAMES.get(type(layer)) or _full_name(layer)
    return {"layer": name, "settings": _encoded_settings(layer, layer.settings)}


def _encoded_settings(owner: object, settings: Mapping[str, object]) -> dict[str, Any]:
    return {name: _encoded(owner, name, value) for name, value in settings.items()}


def _encoded(owner: object, name: str, value: object) -> Any:
    given: Any = value
    if isinstance(value, Dim):
        return _encoded_axis(given)
    if isinstance(value, Activation):
        known = type(ACTIVATIONS.get(value.name)) is type(value)
        return {"activation": _kind_of(value, value.name, known), **_own_settings(value)}
    if isinstance(value, Initializer):
        known = type(INITIALIZERS.get(value.name)) is type(value)
        return {"initializer": _kind_of(value, value.name, known), **_own_settings(value)}
    if isinstance(value, Layer):
        return _encoded_layer(given)
    if isinstance(value, Architecture):
        return {"layers": _encoded_layers(given)}
    if isinstance(value, (tuple, list)):
        return [_encoded(owner, name, item) for item in given]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    came = f"{name} of {owner!r} is a {type(value).__name__}"
    raise KindError("save", came, "a number, a text, or a record of fdnn", "no other is kept")


def _own_settings(record: object) -> dict[str, Any]:
    kind: type = type(record)
    settings = {name: getattr(record, name) for name in field_names(kind)}
    return {"settings": _encoded_settings(record, settings)}


def _kind_of(record: object, name: str, known: bool) -> str:
    return name if known else _full_name(record)


def _full_name(record: object) -> str:
    return f"{type(record).__module__}.{type(record).__qualname__}"


def _encoded_transform(transform: Transform, arrays: dict[str, Array]) -> dict[str, Any]:
    """The transform for the header; its arrays are added to `arrays`."""
    if isinstance(transform, Chain):
        steps = [_encoded_transform(step, arrays) for step in transform.steps]
        return {"transform": Chain.name, "steps": steps}
    if TRANSFORMS.get(transform.name) is not type(transform):
        came = f"the transform is a {type(transform).__name__}"
        raise KindError("save", came, f"one of {', '.join(TRANSFORMS)}", "save the params alone")

    kind: type = type(transform)
    place = next(i for i in count() if not any(key.startswith(f"transform.{i}.") for key in arrays))
    kept: dict[str, str] = {}
    for field in matrix_fields(kind):
        kept[field] = f"transform.{place}.{field}"
        arrays[kept[field]] = np.ascontiguousarray(to_numpy(getattr(transform, field)))
    return {"transform": transform.name, "arrays": kept}


def _encoded_columns(columns: Columns) -> dict[str, Any]:
    encoded: list[dict[str, Any]] = []
    for column in columns.columns:
        kind = type(column.encoding)
        if ENCODINGS.get(column.encoding.name) is not kind:
            came = f"the encoding of {column.name!r} is a {kind.__name__}"
            raise KindError("save", came, f"one of {', '.join(ENCODINGS)}", "save the params alone")
        settings = _own_settings(column.encoding)["settings"]
        encoded.append({"name": column.name, "encoding": column.encoding.name, **settings})
    return {"columns": encoded, "target": columns.target}


# ------------------------------------------------------------------------------------------ loading


@overload
def load(path: str | Path) -> Model[*tuple[Any, ...]]: ...


@overload
def load(
    path: str | Path, *, like: Architecture[*Axes] | Params[*Axes] | Model[*Axes]
) -> Model[*Axes]: ...


def load(
    path: str | Path,
    *,
    like: Architecture[*tuple[Any, ...]]
    | Params[*tuple[Any, ...]]
    | Model[*tuple[Any, ...]]
    | None = None,
) -> Model[*tuple[Any, ...]]:
    """The model that `save` wrote.

    With `like`, a network of the architecture that is expected, the result has its type; a file of
    another is refused, naming the axis (`ShapeError`, `AxisError`).  Raises `FileError` for a file
    that is missing, damaged, or no model of fdnn.
    """
    header, arrays = _read(path)
    if header.get("format") != FORMAT:
        came = f"{path} has format {header.get('format')!r}"
        raise FileError("load", came, f"format {FORMAT}", "it may be of a later version of fdnn")

    _require_network(like)
    architecture = _architecture(path, header, like)
    try:
        transform = _decoded_transform(header["transform"], arrays)
        params = Params(architecture, arrays.pop(_PARAMS))
        require_finite("load", "params", params.vector)
        shape = header["image_shape"]
        model = Model(
            params,
            transform,
            tuple(_text(name) for name in _list(header["class_names"])),
            None if shape is None else tuple(int(n) for n in _list(shape)),
            _text(header["data"]),
            # What a file of an earlier version lacks is what its model did without.
            _decoded_transform(header.get("targets", _UNCHANGED), arrays),
            _decoded_columns(header.get("columns")),
        )
    except _DAMAGE as error:
        raise _damaged(path, error) from None
    if arrays:
        raise _damaged(path, ValueError(f"nothing refers to {', '.join(sorted(arrays))}"))
    return model


def _read(path: str | Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """The header and the arrays of a file, whatever they mean."""
    expected = "a model that fdnn saved"
    if not Path(path).is_file():
        came = "is a device or a pipe" if Path(path).exists() else "does not exist"
        if Path(path).is_dir():
            came = "is a folder"
        raise FileError("load", f"{path} {came}", expected)
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError:
        raise missing_extra("load", "safetensors", "files") from None

    try:
        with safe_open(path, "np") as file:
            texts = file.metadata() or {}
            if _HEADER not in texts:
                why = "it is a safetensors file of something else"
                raise FileError("load", f"{path} has no header of fdnn", expected, why)
            names = file.keys()
            arrays = {name: freeze(np.array(file.get_tensor(name))) for name in names}
    except (OSError, SafetensorError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, FileError):
            raise
        why = f"it is damaged, or of another format ({str(error).strip()})"
        raise FileError("load", f"{path} cannot be read", expected, why) from None

    try:
        header = json.loads(texts[_HEADER])
    except (ValueError, RecursionError) as error:
        raise _damaged(path, error) from None
    if not _is_record(header):
        raise _damaged(path, TypeError("its header is no record"))
    return header, arrays


def _require_network(like: object) -> None:
    if not (like is None or isinstance(like, (Architecture, Params, Model))):
        came = f"like is {with_article(type(like).__name__)}"
        hint = "of one layer, chain(layer) is the architecture"
        raise KindError("load", came, "an Architecture, Params or a Model", hint)


def _architecture(
    path: str | Path,
    header: Mapping[str, Any],
    like: Architecture[*tuple[Any, ...]]
    | Params[*tuple[Any, ...]]
    | Model[*tuple[Any, ...]]
    | None,
) -> Architecture[*tuple[Any, ...]]:
    if like is None:
        try:
            architecture: Architecture[*tuple[Any, ...]] = Architecture(
                map(_decoded_layer, _list(header["layers"]))
            )
            if [*map(_encoded_axis, architecture.axes)] != header["axes"]:
                raise ValueError("its axes are not those of its layers")
            return architecture
        except _DAMAGE as error:
            raise _damaged(path, error) from None

    expected = like.params.architecture if isinstance(like, Model) else like.architecture
    try:
        axes = [_decoded_axis(axis) for axis in _list(header["axes"])]
        layers = _list(header["layers"])
    except _DAMAGE as error:
        raise _damaged(path, error) from None
    require_same_axes("load", str(path), axes, expected.axes, "like has them")
    for place, (ours, theirs) in enumerate(zip_longest(_encoded_layers(expected), layers), start=1):
        if not _agree(ours, theirs):
            came = f"layer {place} of {path} is {_brief(theirs)}"
            raise AxisError("load", came, _brief(ours), f"layer {place} of like is so")
    return expected


def _agree(ours: object, theirs: object) -> bool:
    """Whether two encoded values mean the same; an axis without a name agrees with any name."""
    if _is_record(ours) and _is_record(theirs):
        keys = ours.keys() | theirs.keys()
        unnamed = "axis" in keys and None in (ours.get("axis"), theirs.get("axis"))
        return all(
            key in ours and key in theirs and _agree(ours[key], theirs[key])
            for key in keys - ({"axis"} if unnamed else set())
        )
    if _is_list(ours) and _is_list(theirs):
        return len(ours) == len(theirs) and all(map(_agree, ours, theirs))
    return ours == theirs


def _brief(layer: object) -> str:
    """An encoded layer as people read it: its kind and its settings other than axes."""
    if not _is_record(layer):
        return "none"
    settings = layer.get("settings")
    words = [
        f"{name} {_setting(value)}"
        for name, value in (settings.items() if _is_record(settings) else ())
        if not (_is_record(value) and "axis" in value)
    ]
    return f"{layer.get('layer')} ({', '.join(words)})"


def _setting(value: object) -> str:
    if not _is_record(value):
        return repr(value)
    if "layers" in value:
        return f"[{', '.join(map(_brief, _list(value['layers'])))}]"
    kind = next(iter(value.values()), "nothing")
    settings: object = value.get("settings")
    return f"{kind}{settings}" if settings else str(kind)


def _decoded_layer(encoded: Any) -> Layer[Any, Any]:
    kind = _text(encoded["layer"])
    if kind not in KINDS:
        raise _unknown("a layer", kind, KINDS)
    return KINDS[kind](**_decoded_settings(encoded))


def _decoded_settings(encoded: Any) -> dict[str, Any]:
    return {_text(name): _decoded(value) for name, value in encoded["settings"].items()}


def _decoded(value: Any) -> Any:
    if _is_list(value):
        return tuple(map(_decoded, value))
    if not _is_record(value):
        return value
    if "axis" in value:
        return _decoded_axis(value)
    if "activation" in value:
        return _decoded_record("an activation", value["activation"], ACTIVATIONS, value)
    if "initializer" in value:
        return _decoded_record("an initializer", value["initializer"], INITIALIZERS, value)
    if "layers" in value:
        return chain(*map(_decoded_layer, _list(value["layers"])))
    return _decoded_layer(value)


def _decoded_axis(encoded: Any) -> Dim[Any]:
    name, size = encoded["axis"], encoded["size"]
    if isinstance(size, int) and size > LARGEST_AXIS:
        raise ValueError(f"an axis of size {size} is larger than any that was saved")
    return named_dim(size, None if name is None else _text(name))


def _decoded_record(what: str, name: Any, known: Mapping[str, object], encoded: Any) -> object:
    if _text(name) not in known:
        raise _unknown(what, name, known)
    return type(known[name])(**_decoded_settings(encoded))


def _unknown(what: str, name: object, known: Mapping[str, object]) -> FileError:
    why = "a kind of your own needs load(path, like=network)"
    return FileError("load", f"{what} is {name!r}", f"one of {', '.join(known)}", why)


def _decoded_transform(encoded: Any, arrays: dict[str, Array]) -> Any:
    """The transform of the header; its arrays are taken from `arrays`."""
    name = _text(encoded["transform"])
    if name == Chain.name:
        return Chain(_decoded_transform(step, arrays) for step in _list(encoded["steps"]))
    if name not in TRANSFORMS:
        raise _unknown("a transform", name, TRANSFORMS)
    return TRANSFORMS[name](
        **{_text(field): arrays.pop(key) for field, key in encoded["arrays"].items()}
    )


def _decoded_columns(encoded: Any) -> Columns | None:
    if encoded is None:
        return None
    columns = [
        Column(_text(column.pop("name")), _decoded_encoding(column.pop("encoding"), column))
        for column in _list(encoded["columns"])
    ]
    return Columns(columns, _text(encoded["target"]))


def _decoded_encoding(name: Any, settings: Mapping[str, Any]) -> Encoding:
    if _text(name) not in ENCODINGS:
        raise _unknown("an encoding", name, ENCODINGS)
    return ENCODINGS[name](**{_text(key): _decoded(value) for key, value in settings.items()})


def _is_record(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _list(value: object) -> list[Any]:
    if not _is_list(value):
        raise TypeError(f"{value!r} is no list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _damaged(path: str | Path, error: Exception) -> FileError:
    """The error for a header that `save` did not write so."""
    if isinstance(error, FileError):
        return FileError("load", f"{path}: {error.came}", error.expected, error.why)
    reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
    return FileError("load", f"the header of {path} is damaged", "a model that fdnn saved", reason)

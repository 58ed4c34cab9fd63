"""Inputs without labels, for a model to say what they are: images, folders, files of arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from fdnn import array_files, images
from fdnn.array_files import arrays_of
from fdnn.axes import Dim
from fdnn.encodings import Columns
from fdnn.errors import FileError
from fdnn.examples import H5_LAYOUT, NPZ_LAYOUT, image_shape_of, listed, require_examples, rows_of
from fdnn.matrix import REAL, Array, Matrix, freeze, require_dtype, to_numpy, unchecked
from fdnn.tables import CSV, read_table


def read_inputs(
    path: str | Path,
    image_shape: tuple[int, ...] | None,
    dtype: DTypeLike = "float64",
    columns: Columns | None = None,
) -> tuple[tuple[str, ...], Matrix[Any, Any]]:
    """Inputs without labels, for a model to say what they are: names, and `(inputs, examples)`.

    The path is that of an image, of a folder of images, of an `.npz` or `.h5` file with one array
    of examples, called `x`, `test_x` (`test_set_x`) or otherwise the only one, or of a `.csv` file
    with the `columns` of the model.  Image files are turned grey or coloured and resized to
    `image_shape`; arrays must have it.  Raises `FileError`, naming the file, and the row and the
    column of a table.
    """
    where = "read_inputs"
    require_dtype(where, dtype, REAL)
    if Path(path).suffix.lower() in array_files.SUFFIXES and not Path(path).is_dir():
        names, rows = _array_inputs(where, path, image_shape, dtype)
    elif Path(path).suffix.lower() == CSV and not Path(path).is_dir():
        if columns is None:
            why = "the model was not trained on a table"
            raise FileError(where, f"{path} is a table", "images or arrays", why)
        table = read_table(where, path)
        rows = to_numpy(columns.apply(table)).T.astype(dtype)
        names = tuple(f"row {i}" for i in table.numbers)
    else:
        names, rows, damaged = _image_inputs(where, path, image_shape, dtype)
        for refusal in damaged.values():
            raise refusal
    return names, _columns(rows)


def read_folder(
    folder: str | Path, image_shape: tuple[int, ...] | None, dtype: DTypeLike = "float64"
) -> tuple[tuple[str, ...], Matrix[Any, Any], Mapping[str, FileError]]:
    """The images of a folder that can be read, as `read_inputs` gives them, and why others cannot.

    Raises `FileError` where none can.
    """
    where = "read_folder"
    require_dtype(where, dtype, REAL)
    names, rows, damaged = _image_inputs(where, folder, image_shape, dtype)
    if not names:
        raise next(iter(damaged.values()))
    return names, _columns(rows), damaged


def _columns(rows: Array) -> Matrix[Any, Any]:
    X = freeze(np.ascontiguousarray(rows.T))
    return unchecked(X, Dim[Any](X.shape[0]), Dim[Any](X.shape[1]))


def _image_inputs(
    where: str, path: str | Path, image_shape: tuple[int, ...] | None, dtype: DTypeLike
) -> tuple[tuple[str, ...], Array, Mapping[str, FileError]]:
    """The names of the images that can be read, a row for each, and the refusals of the others."""
    if not Path(path).exists():
        raise FileError(where, f"{path} does not exist", "an image, a folder, an .npz or .h5 file")
    if Path(path).is_file() and Path(path).suffix.lower() not in images.SUFFIXES:
        known = (*images.SUFFIXES, *array_files.SUFFIXES, CSV)
        raise array_files.unknown_suffix(where, path, known)
    if image_shape is None:
        why = "the model was not trained on images"
        raise FileError(where, f"{path} is no array", "an .npz or .h5 file", why)

    paths = images.images_in(where, path) if Path(path).is_dir() else [Path(path)]
    rows: dict[str, Array] = {}
    damaged: dict[str, FileError] = {}
    for image in paths:
        try:
            rows[image.name] = images.read_image(where, image, image_shape).reshape(-1)
        except FileError as refusal:
            damaged[image.name] = refusal
    inputs = np.array([*rows.values()], dtype=dtype).reshape(len(rows), math.prod(image_shape))
    return tuple(rows), inputs, damaged


def _array_inputs(
    where: str, path: str | Path, image_shape: tuple[int, ...] | None, dtype: DTypeLike
) -> tuple[tuple[str, ...], Array]:
    with arrays_of(where, path) as file:
        known = ("x", "X", NPZ_LAYOUT.test_x, H5_LAYOUT.test_x)
        name = next((n for n in known if n in file.names), None)
        if name is None and len(file.names) == 1:
            name = file.names[0]
        if name is None:
            came = f"{path} holds {listed(file.names) or 'nothing'}"
            raise FileError(where, came, f"an array {', '.join(known)}")
        array = file.read(name)

    require_examples(where, path, name, array)
    flat = array.ndim == 2
    if image_shape is not None and not flat and image_shape_of(array.shape[1:]) != image_shape:
        came = f"{name} of {path} has shape {array.shape}"
        expected = f"(m, {', '.join(map(str, image_shape))})"
        raise FileError(where, came, expected, "the model was trained on images of that shape")
    if image_shape is not None and flat and array.shape[1] != math.prod(image_shape):
        came = f"{name} of {path} has shape {array.shape}"
        why = f"the model was trained on images of shape {image_shape}"
        raise FileError(where, came, f"(m, {math.prod(image_shape)})", why)
    rows = rows_of(where, path, name, array, dtype)
    return tuple(f"{name}[{i}]" for i in range(len(rows))), rows

"""Reading arrays by name from `.npz` and `.h5` files that somebody else made.

Nothing in a file is believed: no pickle is opened, and no more memory is asked for than the file
can fill.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.lib import format as npy

from fdnn.choices import choice
from fdnn.errors import FileError, missing_extra
from fdnn.matrix import Array

LARGEST = 2**32
"""The most bytes that one array of a file may take."""

NPZ = ".npz"
H5 = (".h5", ".hdf5")
SUFFIXES = (NPZ, *H5)


class Arrays(Protocol):
    """An open file: the names of its arrays, and each of them when it is asked for."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the arrays that the file holds."""
        ...

    def read(self, name: str, /) -> Array:
        """The array of that name, which must be one of `names`; `FileError` if it is damaged."""
        ...


@contextmanager
def arrays_of(where: str, path: str | Path) -> Generator[Arrays, None, None]:
    """The arrays of a `.npz` or `.h5` file, open as long as the `with` lasts.

    Raises `FileError` for a file that is missing, damaged or of another kind, and
    `MissingExtraError` where h5py is due and not installed.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES and not Path(path).is_dir():
        raise unknown_suffix(where, path, SUFFIXES)
    require_file(where, path)

    if suffix == NPZ:
        with _opened_npz(where, path) as npz:
            yield npz
    else:
        with _opened_h5(where, path) as h5:
            yield h5


def require_file(where: str, path: str | Path) -> None:
    """Refuse a path at which no file is (`FileError`)."""
    if Path(path).is_dir():
        raise FileError(where, f"{path} is a folder", "a file")
    if not Path(path).exists():
        raise FileError(where, f"{path} does not exist", "a file")
    if not Path(path).is_file():
        raise FileError(where, f"{path} is a device or a pipe", "a file")


def unknown_suffix(where: str, path: str | Path, known: Sequence[str]) -> FileError:
    """The error for a file of a kind that is not read; suggests the nearest suffix."""
    suffix = Path(path).suffix
    error = choice(where, "suffix", suffix.lower(), known)
    came = f"{path} has {f'the suffix {suffix}' if suffix else 'no suffix'}"
    return FileError(where, came, error.expected, error.why)


def damaged(where: str, path: str | Path, what: str, error: Exception) -> FileError:
    """The error for a file that cannot be read as what its suffix says."""
    # A KeyError quotes what it says.
    said = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    reason = " ".join(said.split()).rstrip(".") or type(error).__name__
    why = getattr(error, "strerror", None) or f"it is damaged ({reason})"
    return FileError(where, f"{path} cannot be read", what, why)


def _require_room(where: str, path: str | Path, name: str, shape: object, size: int) -> None:
    if size > LARGEST:
        came = f"{name} of {path} has shape {shape}, {size / 2**30:.1f} GiB"
        raise FileError(where, came, f"at most {LARGEST / 2**30:.0f} GiB for an array")


# -------------------------------------------------------------------------------------------- .npz

_NPZ_DAMAGE = (
    EOFError,
    NotImplementedError,  # a compression that Python cannot read
    OSError,
    OverflowError,
    RuntimeError,  # a password
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


class _Npz:
    """An open `.npz` file: a zip archive of `.npy` files."""

    def __init__(self, where: str, path: str | Path, archive: zipfile.ZipFile) -> None:
        self._where = where
        self._path = path
        self._archive = archive

    @property
    def names(self) -> tuple[str, ...]:
        members = self._archive.namelist()
        return tuple(name.removesuffix(".npy") for name in members if name.endswith(".npy"))

    def read(self, name: str, /) -> Array:
        member = f"{name}.npy"
        try:
            self._require_honest(name, member)
            with self._archive.open(member) as file:
                array: Array = npy.read_array(file, allow_pickle=False)
        except _NPZ_DAMAGE as error:
            if isinstance(error, FileError):
                raise
            raise damaged(self._where, self._path, "an .npz file", error) from None
        return array

    def _require_honest(self, name: str, member: str) -> None:
        """Refuse, before any memory is asked for, a header that promises what is not there."""
        there = self._archive.getinfo(member).file_size
        with self._archive.open(member) as file:
            version = npy.read_magic(file)
            if version == (1, 0):
                shape, _, dtype = npy.read_array_header_1_0(file)
            elif version == (2, 0):
                shape, _, dtype = npy.read_array_header_2_0(file)
            else:
                raise ValueError(f"{member} has version {version}")
            there -= file.tell()

        if dtype.hasobject:
            came = f"{name} of {self._path} holds Python objects"
            raise FileError(self._where, came, "numbers", "objects would have to be unpickled")
        promised = math.prod(shape) * dtype.itemsize
        _require_room(self._where, self._path, name, shape, max(promised, there))
        if promised != there:
            raise ValueError(f"{name} promises {promised} bytes, shape {shape}, and holds {there}")


@contextmanager
def _opened_npz(where: str, path: str | Path) -> Generator[_Npz, None, None]:
    try:
        archive = zipfile.ZipFile(path)
    except _NPZ_DAMAGE as error:
        raise damaged(where, path, "an .npz file", error) from None
    with archive:
        yield _Npz(where, path, archive)


# --------------------------------------------------------------------------------------------- .h5

_H5_DAMAGE = (AttributeError, KeyError, OSError, OverflowError, RuntimeError, TypeError, ValueError)


class _H5:
    """An open HDF5 file."""

    def __init__(self, where: str, path: str | Path, file: Any) -> None:
        self._where = where
        self._path = path
        self._file = file

    @property
    def names(self) -> tuple[str, ...]:
        try:
            return tuple(map(str, self._file))
        except _H5_DAMAGE as error:
            raise damaged(self._where, self._path, "an HDF5 file", error) from None

    def read(self, name: str, /) -> Array:
        from h5py import Dataset

        try:
            stored = self._file[name]
            if not isinstance(stored, Dataset) or stored.shape is None:
                came = f"{name} of {self._path} is no array"
                raise FileError(self._where, came, "an array of numbers")
            size = math.prod(stored.shape) * stored.dtype.itemsize
            _require_room(self._where, self._path, name, stored.shape, size)
            return np.asarray(stored[()])
        except _H5_DAMAGE as error:
            if isinstance(error, FileError):
                raise
            raise damaged(self._where, self._path, "an HDF5 file", error) from None


@contextmanager
def _opened_h5(where: str, path: str | Path) -> Generator[_H5, None, None]:
    try:
        from h5py import File
    except ImportError:
        raise missing_extra(where, "h5py", "files") from None
    try:
        file = File(path, "r")
    except _H5_DAMAGE as error:
        raise damaged(where, path, "an HDF5 file", error) from None
    with file:
        yield _H5(where, path, file)

"""Files that are on the disk whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from fdnn.errors import FileError


def write_atomically(where: str, path: str | Path, content: bytes) -> None:
    """Write a file in one piece: beside its place first, then moved there.

    Raises `FileError`, and leaves nothing behind, where that is not possible.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise FileError(where, f"{path} is no file", "a place for a file")
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except OSError as error:
        raise _not_writable(where, path, error) from None
    finally:
        # Nothing is left of it after the move; after anything else, Ctrl-C too, it is half a file.
        _remove(beside)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # the folder cannot be written to: then neither was the file


def _not_writable(where: str, path: str | Path, error: OSError) -> FileError:
    why = error.strerror or str(error)
    return FileError(where, f"{path} cannot be written", "a folder that can be written to", why)

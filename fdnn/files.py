"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from fdnn.errors import FileError


def write_whole(where: str, path: str | Path, write: Callable[[IO[bytes]], object]) -> Path:
    """Let `write` fill a file of a temporary name in the same folder, then give it its name.

    So a reader never meets half a file, and a file that was there stays until the new one is
    complete.  Raises `FileError` where the folder cannot be written to.
    """
    target = Path(path)
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as file:
            temporary = Path(file.name)
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    except OSError as error:
        came = f"{target} cannot be written"
        raise FileError(where, came, "a place for a file", reason(error)) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return target


def reason(error: OSError) -> str:
    """What the system says went wrong, in its own words, without numbers and paths."""
    return (error.strerror or str(error)).lower()


def _umask() -> int:
    """The permissions that new files of this process do not get, read without changing them."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("Umask:"):
                return int(line.split()[1], 8)
    return 0o022

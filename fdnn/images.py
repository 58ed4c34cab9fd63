"""Image files as columns of numbers from 0 to 1, of the shape that a network was trained on."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from fdnn.array_files import damaged, require_file
from fdnn.errors import FileError, missing_extra
from fdnn.matrix import Array

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
"""The image files that are looked for in a folder."""

_MODES: Mapping[tuple[int, ...], str] = {(): "L", (3,): "RGB", (4,): "RGBA"}


def images_in(where: str, folder: str | Path) -> Sequence[Path]:
    """The image files of a folder by name, without those of its folders; `FileError` if none."""
    paths = [
        path
        for path in sorted(Path(folder).iterdir())
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")
    ]
    if not paths:
        raise FileError(where, f"{folder} holds no image", f"files {', '.join(SUFFIXES)}")
    return paths


def read_image(where: str, path: str | Path, shape: tuple[int, ...]) -> Array:
    """One image file as an array of that shape, `(height, width)` or `(height, width, 3)`, in 0..1.

    It is turned as its camera says, laid on white where it is transparent, made grey or coloured,
    and resized.  Raises `FileError` where it cannot be read, `MissingExtraError` without pillow.
    """
    require_file(where, path)
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise missing_extra(where, "pillow", "files") from None
    mode = _MODES.get(shape[2:])
    if len(shape) < 2 or mode is None:
        came = f"image_shape is {shape}"
        raise FileError(where, came, "(height, width) or (height, width, 3)", "an image is so")

    size = (shape[1], shape[0])
    damage = (
        EOFError,
        IndexError,
        KeyError,
        OSError,
        OverflowError,
        SyntaxError,
        TypeError,
        ValueError,
        struct.error,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as opened:
                picture = ImageOps.exif_transpose(opened)
                if picture.mode.startswith("I;16"):
                    # Pillow cuts such numbers off at 255 where it should scale them.
                    wide = np.asarray(picture).astype(np.float64)
                    picture = Image.fromarray(np.rint(wide / 257.0).astype(np.uint8))
                elif picture.mode in ("I", "F"):
                    raise ValueError(f"pixels of mode {picture.mode} have no known range")
                if picture.has_transparency_data and mode != "RGBA":
                    picture = picture.convert("RGBA")
                    white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
                    picture = Image.alpha_composite(white, picture)
                picture = picture.convert(mode)
                if picture.size != size:
                    picture = picture.resize(size, Image.Resampling.LANCZOS)
    except damage as error:
        raise damaged(where, path, "an image file", error) from None
    return np.asarray(picture, dtype=np.uint8).reshape(shape) / 255.0

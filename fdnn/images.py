"""Image files as columns of numbers from 0 to 1, of the shape that a network was trained on."""

from __future__ import annotations

import struct
import warnings
from collections import Counter
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
    damage = _damage()
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


def _damage() -> tuple[type[Exception], ...]:
    """What Pillow can raise where a file is no image, or a damaged one."""
    from PIL import Image

    return (
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


# ---------------------------------------------------------------------------------- many as one set

LARGEST_SIDE = 64
"""How high and how wide images are unless one says otherwise; larger ones are made smaller."""

_GREY = ("1", "L", "LA", "I;16", "I;16B", "I;16L")
_TURNED = range(5, 9)  # the orientations by which a camera says that it lay on its side
_ORIENTATION = 0x0112


def class_folders(where: str, folder: str | Path) -> Sequence[Path]:
    """The sub-folders of a folder by name, one for each class; `FileError` for fewer than two."""
    folders = [
        path
        for path in sorted(Path(folder).iterdir())
        if path.is_dir() and not path.name.startswith(".")
    ]
    if len(folders) < 2:
        came = f"{folder} has {'one sub-folder' if folders else 'no sub-folder'}"
        raise FileError(where, came, "a sub-folder of images for each class, at least two")
    return folders


def shape_for(
    where: str, paths: Sequence[Path], image_size: tuple[int, int] | None
) -> tuple[int, ...]:
    """The shape that all these images get, `(height, width)` where all are grey, else with 3.

    That is `image_size`, or the size that is commonest among them (the smaller one of two that are
    equally common), made smaller until no side is longer than 64.
    """
    found = [_header_of(where, path) for path in paths]
    if image_size is None:
        sizes = Counter(size for size, _ in found)
        height, width = min(sizes, key=lambda size: (-sizes[size], size))
        scale = min(1.0, LARGEST_SIDE / max(height, width))
        image_size = max(1, round(scale * height)), max(1, round(scale * width))
    return image_size if all(grey for _, grey in found) else (*image_size, 3)


def _header_of(where: str, path: Path) -> tuple[tuple[int, int], bool]:
    """The height and the width of an image, and whether it is grey."""
    try:
        from PIL import Image
    except ImportError:
        raise missing_extra(where, "pillow", "files") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as opened:
                width, height = opened.size
                if opened.getexif().get(_ORIENTATION) in _TURNED:
                    width, height = height, width
                return (height, width), opened.mode in _GREY
    except _damage() as error:
        raise damaged(where, path, "an image file", error) from None

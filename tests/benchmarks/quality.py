"""How good the networks of `fdnn train` are, beside those of scikit-learn of the same size.

    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.quality [DATA ...]

Ten splits of each data set, those of the seeds 0 to 9; the recipes were chosen on splits of other
seeds (100 to 109).  Test accuracy, and R^2 where a number is learned.  scikit-learn's
`MLPClassifier` and `MLPRegressor` have the same hidden layers, their own defaults otherwise, and
see the same splits: raw, and as the network of fdnn sees them, numbers that are learned too.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier, MLPRegressor
from threadpoolctl import threadpool_limits

from fdnn import Batch, to_numpy
from fdnn.datasets import SHIPPED, Dataset, named
from fdnn.experiment import Experiment, Settings, run
from fdnn.metrics import classes
from fdnn.transforms import fit, transformed

SEEDS = range(10)


def rows_of(batch: Batch[Any, Any, Any]) -> NDArray[Any]:
    """The inputs as scikit-learn has them, an example a row."""
    return np.ascontiguousarray(to_numpy(batch.X).T)


def quality_of_fdnn(data: Dataset[Any, Any], seed: int) -> float:
    """The test accuracy, or R^2, of the network of the recipe, started from this seed."""
    model = run(Experiment(data, Settings.of(data.recipe, rng=seed))).model
    outputs, labels = model(data.test.X), data.test.Y
    if data.task == "regression":
        A, Y = to_numpy(outputs)[0], to_numpy(labels)[0]
        return float(1.0 - np.sum((A - Y) ** 2) / np.sum((Y - Y.mean()) ** 2))
    return float(np.mean(classes(outputs) == classes(labels)))


def quality_of_sklearn(data: Dataset[Any, Any], seed: int, prepared: bool) -> float:
    """The same of scikit-learn's network with its defaults."""
    train, test = data.train, data.test
    if prepared:
        transform = fit(data.recipe.transforms, train.X)
        train, test = (transformed(batch, transform, data.targets) for batch in (train, test))
    size = data.recipe.hidden
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if data.task == "regression":
            regressor = MLPRegressor(hidden_layer_sizes=size, random_state=seed)
            regressor.fit(rows_of(train), to_numpy(train.Y)[0])
            return regressor.score(rows_of(test), to_numpy(test.Y)[0])
        classifier = MLPClassifier(hidden_layer_sizes=size, random_state=seed)
        classifier.fit(rows_of(train), classes(train.Y))
        return classifier.score(rows_of(test), classes(test.Y))


def line(name: str, values: Sequence[float], seconds: float) -> str:
    """Mean, standard deviation and range over the splits, in percent, and the time of one."""
    numbers = [100.0 * value for value in values]
    spread = f"{min(numbers):6.1f} to {max(numbers):5.1f}"
    mean, deviation = statistics.mean(numbers), statistics.stdev(numbers)
    return f"{name:32} {mean:6.2f} ± {deviation:5.2f} %  {spread}  {seconds:6.1f} s"


def main(names: Sequence[str] = tuple(SHIPPED)) -> None:
    """Print a line for each way, for each data set."""
    print(f"test accuracy, R^2 of numbers: mean and deviation of {len(SEEDS)} splits, range, time")
    ways: Mapping[str, Callable[[Dataset[Any, Any], int], float]] = {
        "fdnn": quality_of_fdnn,
        "scikit-learn": partial(quality_of_sklearn, prepared=True),
        "scikit-learn, raw": partial(quality_of_sklearn, prepared=False),
    }
    for name in names:
        splits = [named(name, seed) for seed in SEEDS]
        print(f"\n{name}, hidden layers {', '.join(map(str, splits[0].recipe.hidden))}")
        for who, quality in ways.items():
            if who.endswith("raw") and not splits[0].recipe.transforms:
                continue  # it sees the same
            start = time.perf_counter()
            with threadpool_limits(limits=1):
                values = [quality(data, seed) for seed, data in zip(SEEDS, splits, strict=True)]
            seconds = (time.perf_counter() - start) / len(splits)
            print(line(who, values, seconds), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or tuple(SHIPPED))

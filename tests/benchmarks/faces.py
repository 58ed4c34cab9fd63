"""How well the default network of `fdnn train` does on the faces, beside simpler models.

    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.faces

Twenty stratified splits of the 200 images, 150 to learn from and 50 to be tested on, those of the
seeds 100 to 119.  The defaults were chosen on splits of other seeds (0 to 19, 1000 to 1059).
scikit-learn's models have their own defaults and see the same splits, as raw pixels and as the
network sees them.
"""

from __future__ import annotations

import statistics
import warnings
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from fdnn import to_numpy
from fdnn.datasets import Dataset, faces
from fdnn.experiment import Experiment, Settings, run
from fdnn.metrics import classes
from fdnn.transforms import fit, unchanged

SEEDS = range(100, 120)


class Classifier(Protocol):
    """What the two models of scikit-learn have in common."""

    def fit(self, X: NDArray[Any], y: NDArray[Any]) -> object:
        """Learn from rows."""
        ...

    def score(self, X: NDArray[Any], y: NDArray[Any]) -> float:
        """The accuracy on rows."""
        ...


def accuracy_of_fdnn(data: Dataset[Any, Any], seed: int) -> float:
    """The test accuracy of the default network, started from this seed."""
    outcome = run(Experiment(data, Settings.of(data.recipe, rng=seed)))
    return outcome.history["test accuracy"].last


def accuracy_of(model: Classifier, data: Dataset[Any, Any], transforms: tuple[str, ...]) -> float:
    """The test accuracy of a model of scikit-learn on the same split."""
    transform = fit(transforms, data.train.X) if transforms else unchanged
    train, test = (to_numpy(transform(batch.X)).T for batch in (data.train, data.test))
    model.fit(train, classes(data.train.Y))
    return model.score(test, classes(data.test.Y))


def main() -> None:
    """Print a line for each model: mean, standard error and range over the splits."""
    found: dict[str, list[float]] = {}
    for seed in SEEDS:
        data = faces(rng=seed)
        seen = data.recipe.transforms
        found.setdefault("fdnn, default network", []).append(accuracy_of_fdnn(data, seed))
        for name, transforms in (("raw pixels", ()), ("as the network sees them", seen)):
            logistic = LogisticRegression(max_iter=1000)
            mlp = MLPClassifier(max_iter=2000, random_state=seed)
            for kind, model in (("logistic regression", logistic), ("MLPClassifier", mlp)):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    accuracy = accuracy_of(model, data, transforms)
                found.setdefault(f"{kind}, {name}", []).append(accuracy)

    print(f"test accuracy on the faces, {len(SEEDS)} splits of 150 and 50")
    for name, values in found.items():
        error = statistics.stdev(values) / np.sqrt(len(values))
        spread = f"{100 * min(values):5.1f} to {100 * max(values):5.1f}"
        print(f"{name:46} {100 * statistics.mean(values):5.1f} ± {100 * error:.1f} %   {spread}")


if __name__ == "__main__":
    main()

"""From the start of the interpreter to a trained classifier of the digits: a whole process.

    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.cold_start

Every library has the same `.npz` to read, and does with it what its users would write
(`digits_programs.py`).  The processes take turns; the first of each is not counted, so that Python
has its bytecode and the system its files.  The seed is another one in each round.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedShuffleSplit

from tests.benchmarks import children, machine
from tests.benchmarks.digits_programs import PROGRAMS


def write_digits(path: Path) -> None:
    """scikit-learn's digits, pixels in [0, 1], three quarters of them to learn from."""
    digits = load_digits()
    X, y = (digits.data / 16.0).astype("float32"), digits.target.astype("int64")
    split = StratifiedShuffleSplit(1, test_size=0.25, random_state=0)
    ((train, test),) = split.split(X, y)
    np.savez(path, X_train=X[train], y_train=y[train], X_test=X[test], y_test=y[test])


def main() -> None:
    """Print for each library the median time and the least accuracy."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.cold_start")
    parser.add_argument("--rounds", type=int, default=7, help="how often each is run")
    rounds = parser.parse_args().rounds

    programs = {name: text for name, (package, text) in PROGRAMS.items() if find_spec(package)}
    missing = sorted(PROGRAMS.keys() - programs.keys())
    outcomes: dict[str, list[children.Outcome]] = {name: [] for name in programs}
    bare: list[children.Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits.npz"
        write_digits(path)
        for program in programs.values():
            children.run(program, str(path), "0")
        for seed in range(rounds):
            bare.append(children.run("import numpy"))
            for name, program in programs.items():
                outcomes[name].append(children.run(program, str(path), str(seed)))

    print(machine.description())
    print(f"missing: {', '.join(missing) or 'nothing'}\n")
    print(f"{'medians of ' + str(rounds):16} {'wall':>8} {'to fdnn':>8} {'CPU':>8}  least accuracy")
    fdnn = statistics.median(each.wall for each in outcomes["fdnn"])
    for name, found in {**outcomes, "import numpy": bare}.items():
        wall, cpu = (
            statistics.median(getattr(each, clock) for each in found) for clock in ("wall", "cpu")
        )
        least = min((float(each.printed) for each in found if each.printed), default=None)
        accuracy = "" if least is None else f"{100 * least:.1f} %"
        print(f"{name:16} {wall:6.3f} s {wall / fdnn:8.2f} {cpu:6.3f} s  {accuracy:>14}")


if __name__ == "__main__":
    main()

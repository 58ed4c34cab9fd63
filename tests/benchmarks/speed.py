"""What training and inference cost, beside the matrix products that they cannot do without.

    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.speed
    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.speed --only mnist,deep --peers jax,torch

Every row is a workload.  Its floor are the bare matrix products of one step, or of one prediction
(`floor.py`); every other column is a ratio to it, measured in turns in one process.  With one BLAS
thread the medians of CPU time are compared, with more those of wall time.  The peers that are
installed take part; `pip install fdnn[bench]` installs them all.

Three signs may stand in the place of a ratio or after it.  `-`: there is no such form.  `*`: its
CPU time exceeds its wall time, so that it used more than the one thread that was asked for.  `!`:
it does not agree with the textbook on the costs of the first three steps, or on the outputs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

import attrs
import numpy as np

from tests.benchmarks import floor, machine, textbook
from tests.benchmarks.implementations import FDNN, PEERS, Implementation
from tests.benchmarks.timing import Times, calls_of_a_block, in_turns
from tests.benchmarks.workloads import WORKLOADS, Problem, UnableError, Workload, problem

# Adam's epsilon stands elsewhere in scikit-learn and in Thinc, which moves a cost by up to 1e-4; a
# step moves it by 2e-3 and more.
TOLERANCE = {"float32": 3e-4, "float64": 1e-10}


@attrs.frozen
class Row:
    """One line of the table: the seconds of the floor, a cell for each participant, and notes."""

    floor: float
    cells: dict[str, str]
    notes: list[str]


def main() -> None:
    """Print the table, row by row."""
    arguments = _arguments()
    chosen = [FDNN, *(peer for peer in PEERS if peer.name in arguments.peers)]
    present = [each for each in chosen if each.is_installed]
    missing = {each.distribution for each in chosen if not each.is_installed}

    print(machine.description())
    versions = {each.distribution: each.version for each in present}
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    print(f"missing: {', '.join(sorted(missing)) or 'nothing'}")
    print(f"the floor, and ratios to it; medians of {machine.clock()} time\n")
    print(f"{'workload':18} {'floor':>10} {' '.join(f'{each.name:>8}' for each in present)}")

    said: set[str] = set()
    for name in arguments.only:
        row = measure(WORKLOADS[name], present, arguments.seconds, arguments.repeats)
        cells = " ".join(f"{row.cells[each.name]:>8}" for each in present)
        print(f"{name:18} {_duration(row.floor):>10} {cells}", flush=True)
        for note in row.notes:
            if note not in said:
                print(f"    {note}", flush=True)
        said.update(row.notes)


def measure(
    workload: Workload, present: Sequence[Implementation], seconds: float, repeats: int
) -> Row:
    """Measure one workload: the floor, the ratios to it, and what is noticed on the way.

    Where in memory the arrays happen to lie can change a time by a tenth; so all is prepared anew
    some times, and the medians are over all of them.
    """
    given = problem(workload)
    able, signs, notes = _checked(given, present)
    layouts = {"columns": floor.columns, "turned": floor.turned, "rows": floor.rows}
    times = {name: Times() for name in (*layouts, *able)}
    work: dict[str, Callable[[], object]] = {}
    for _ in range(repeats):
        bare = {name: layout(workload) for name, layout in layouts.items()}
        work = {**bare, **{name: prepared(each, given) for name, each in able.items()}}
        calls = min(map(calls_of_a_block, bare.values()))
        in_turns(work, calls, seconds / repeats, times)

    clock = machine.clock()
    medians = {name: found.median(clock) for name, found in times.items()}
    least = min(medians[name] for name in layouts)
    for name in able:
        threads = "*" if machine.threads() == 1 and times[name].has_used_threads else ""
        signs[name] = f"{medians[name] / least:.2f}{threads}{signs[name]}"
    if workload.name.startswith("tiny"):
        for name in ("jax", "torch"):
            if name in medians:
                part = medians["fdnn"] / medians[name]
                notes.append(f"{workload.name}: fdnn takes {part:.2f} of the time of {name}")
    return Row(least, signs, notes)


def _checked(
    given: Problem, present: Sequence[Implementation]
) -> tuple[dict[str, Implementation], dict[str, str], list[str]]:
    """Who can do the workload; the sign for each implementation, and notes that explain it."""
    able: dict[str, Implementation] = {}
    signs: dict[str, str] = {}
    notes: list[str] = []
    for each in present:
        try:
            difference = disagreement(each, given)
        except UnableError as error:
            signs[each.name] = "-"
            notes += [f"{each.name}: {error}"] if error.args else []
            continue
        able[each.name] = each
        signs[each.name] = ""
        if not difference <= TOLERANCE[given.workload.dtype]:
            signs[each.name] = "!"
            notes.append(f"{each.name}, {given.workload.name}: {difference:.1e} from the textbook")
    return able, signs, notes


def prepared(implementation: Implementation, given: Problem) -> Callable[[], object]:
    """The work of an implementation, its loop entered."""
    if given.workload.task == "training":
        return implementation.form.training(given)
    return implementation.form.inference(given)


def disagreement(implementation: Implementation, given: Problem) -> float:
    """How far it is from the textbook in float64: the largest difference, to the largest number.

    Of the first three costs, which depend on two updates; or of the outputs of one prediction.
    """
    form, exact = implementation.form, given.in_double()
    if given.workload.task == "training":
        step, reference = form.training(given), textbook.training(exact)
        found = np.array([step() for _ in range(3)])
        expected = np.array([reference() for _ in range(3)])
    else:
        found = form.to_columns(form.inference(given)())
        expected = textbook.to_columns(textbook.inference(exact)())
    return float(np.max(np.abs(found - expected)) / np.max(np.abs(expected)))


def _duration(seconds: float) -> str:
    return f"{seconds * 1e6:.2f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.speed",
        description="Training and inference, beside their bare matrix products.",
    )
    workloads, peers = list(WORKLOADS), [peer.name for peer in PEERS]
    for option, known in (("--only", workloads), ("--peers", peers)):
        names = ", ".join(known)
        parser.add_argument(option, type=among(known), default=known, help=f"of {names}")
    parser.add_argument("--seconds", type=float, default=4.0, help="to measure each row for")
    parser.add_argument("--repeats", type=int, default=3, help="how often all is prepared anew")
    return parser.parse_args()


def among(known: Sequence[str]) -> Callable[[str], list[str]]:
    """A type for argparse: names of these, with commas between them."""

    def names(text: str) -> list[str]:
        chosen = [name for name in text.split(",") if name]
        for name in chosen:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(known)}")
        return chosen

    return names


if __name__ == "__main__":
    main()

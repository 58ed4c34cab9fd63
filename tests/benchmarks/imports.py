"""What `import fdnn` costs over NumPy's own import.

    python -m tests.benchmarks.imports

Each round is a new interpreter that imports NumPy, then attrs, then fdnn, and times each.  The
first round is not counted: it may have to write bytecode.
"""

from __future__ import annotations

import argparse
import json
import statistics

from tests.benchmarks import children, machine

PROGRAM = """
import json, time

def milliseconds(package):
    wall, cpu = time.perf_counter(), time.process_time()
    __import__(package)
    return 1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)

print(json.dumps([milliseconds(package) for package in ("numpy", "attrs", "fdnn")]))
"""


def main() -> None:
    """Print the medians of wall and CPU time."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.imports")
    parser.add_argument("--rounds", type=int, default=21, help="how many interpreters are started")
    rounds = parser.parse_args().rounds

    children.run(PROGRAM)
    found = [json.loads(children.run(PROGRAM).printed) for _ in range(rounds)]

    def median(clock: int, *packages: int) -> float:
        times = [sum(each[package][clock] for package in packages) for each in found]
        return float(statistics.median(times))

    print(machine.description())
    print(f"\n{f'medians of {rounds}':22} {'wall':>9} {'CPU':>9}")
    rows = {"NumPy": (0,), "fdnn over NumPy": (1, 2), "  of which attrs": (1,)}
    for name, packages in rows.items():
        print(f"{name:22} {median(0, *packages):6.1f} ms {median(1, *packages):6.1f} ms")


if __name__ == "__main__":
    main()

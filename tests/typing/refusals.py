"""How a wrong program states who refuses it, and with which words.

A program is a function without arguments.  The line that is wrong ends in `# E: ` and mypy's code,
and the rest of what is expected stands in its decorator:

    @refused(
        mypy='expected "Matrix[Pixel, Example]"',
        fdnn="ShapeError: forward: X has shape (11, 12), expected (Pixel=12, m): ...",
    )
    def rows_given_as_columns() -> None:
        params.forward(X.T)  # E: arg-type

`python -m tests.typing.refusals MODE` runs all of them, with typeguard `absent`, present but `off`,
or `on`, and prints what each of them raised.
"""

import importlib
import json
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import attrs

WRONG = Path(__file__).parent / "wrong"

Program = Callable[[], None]


@attrs.frozen
class Refusal:
    """Who refuses a wrong program, and with which words.

    `mypy` is a part of its message.  At run time one of these happens, with typeguard or without:
    `fdnn` refuses; only `numpy` or `python` does, in words of its own, whose beginning stands here;
    or nobody does, and `unseen` says why.  `guards` is what ring 4 says, where it speaks first.
    `pyright` says why that checker accepts the program, where it does.
    """

    mypy: str
    fdnn: str = ""
    numpy: str = ""
    python: str = ""
    unseen: str = ""
    guards: str = ""
    pyright: str = ""

    def __attrs_post_init__(self) -> None:
        if sum(map(bool, (self.fdnn, self.numpy, self.python, self.unseen))) != 1:
            raise ValueError("a refusal states one of fdnn, numpy, python and unseen")


PROGRAMS: dict[str, tuple[Program, Refusal]] = {}
"""All programs that have been imported, by module and name."""


def refused(
    *,
    mypy: str,
    fdnn: str = "",
    numpy: str = "",
    python: str = "",
    unseen: str = "",
    guards: str = "",
    pyright: str = "",
) -> Callable[[Program], Program]:
    """Register a wrong program with what is to refuse it."""
    refusal = Refusal(mypy, fdnn, numpy, python, unseen, guards, pyright)

    def register(program: Program) -> Program:
        name = f"{program.__module__.rpartition('.')[2]}.{program.__name__}"
        if name in PROGRAMS:
            raise ValueError(f"two programs are called {name}")
        PROGRAMS[name] = program, refusal
        return program

    return register


def load() -> dict[str, tuple[Program, Refusal]]:
    """Import all wrong programs, which registers them."""
    for path in sorted(WRONG.glob("*.py")):
        importlib.import_module(f"tests.typing.wrong.{path.stem}")
    return PROGRAMS


def outcome(program: Program) -> str:
    """What running the program raises: `ErrorClass: sentence`, or nothing."""
    try:
        program()
    except Exception as error:  # noqa: BLE001  # the question is which one
        return f"{type(error).__name__}: {error}"
    return ""


class Absent(MetaPathFinder):
    """Makes `import typeguard` fail, as where it is not installed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] == "typeguard":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def main(mode: str) -> None:
    """Run all programs in one mode, and print what they raised, as JSON."""
    if mode == "absent":
        sys.meta_path.insert(0, Absent())
    if mode == "on":
        import typeguard

        from fdnn import guards

        guards.enable()
        typeguard.install_import_hook("tests.typing.wrong")

    found = {name: outcome(program) for name, (program, _) in load().items()}
    print(json.dumps({"raised": found, "typeguard": "typeguard" in sys.modules}))


if __name__ == "__main__":
    # By its full name, which the programs import it by: a module run as a script is another one.
    importlib.import_module("tests.typing.refusals").main(sys.argv[1])

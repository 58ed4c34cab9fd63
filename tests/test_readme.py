"""What the README shows is what happens: its programs run, and mypy says of them what it quotes."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import fdnn
from fdnn import laws
from fdnn.shipped import SHIPPED
from fdnn.transforms import TRANSFORMS
from tests.test_structure import ORDER

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The fenced blocks that follow a marker `<!-- kind -->`, or of a language, in order."""
    if kind == "python":
        return re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    pattern = rf"^<!-- {kind} -->\n```text\n(.*?)^```$"
    return re.findall(pattern, README, re.MULTILINE | re.DOTALL)


def chapter(heading: str) -> str:
    """What stands below a heading of the second level."""
    return README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All Python of the README, from top to bottom, as one file."""
    path = tmp_path_factory.mktemp("readme") / "readme.py"
    path.write_text("\n\n".join(blocks("python")), encoding="utf-8")
    return path


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_programs_run_from_top_to_bottom_and_print_what_is_shown(program: Path) -> None:
    result = run(program, cwd=program.parent)

    assert result.stderr == ""
    assert "".join(blocks("prints")) == result.stdout


def test_mypy_says_of_the_programs_what_is_quoted_and_nothing_else(program: Path) -> None:
    result = run("-m", "mypy", "--strict", "--no-pretty", program.name, cwd=program.parent)
    said = [
        line.split(":", 2)[2].strip() for line in result.stdout.splitlines() if ": error:" in line
    ]

    assert [line for block in blocks("mypy") for line in block.splitlines()] == said


def test_the_output_of_the_command_is_that_of_the_command(tmp_path: Path) -> None:
    """To the digits, which another processor may round differently."""
    (shown,) = blocks("output")
    result = run("-m", "fdnn", "train", cwd=tmp_path)
    assert result.returncode == 0, result.stderr

    def form(text: str) -> str:
        without_program = re.sub(r"Now try: .* predict", "Now try: fdnn predict", text)
        return re.sub(r"\d", "0", without_program)

    beginning, end = form(shown).split(" ...\n")
    output = form(result.stdout)
    assert output.startswith(beginning)
    assert output.endswith(end)


def test_the_test_command_is_the_one_that_ci_runs() -> None:
    assert README.count("<!-- test command -->") == 1
    assert "README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


# ---------------------------------------------------------------------------------- what it says


def test_no_example_of_the_chapter_on_own_kinds_is_longer_than_15_lines() -> None:
    text = chapter("Your own kinds, held against the laws")
    programs = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)

    assert sum("laws." in program for program in programs) >= 7
    assert [program for program in programs if len(program.splitlines()) > 15] == []


def named() -> list[str]:
    """The names in the first table of the chapter on what there is."""
    table, _, _ = chapter("What there is").partition("\n\nThe activations, with")
    cells = [line.split("|")[2] for line in table.splitlines() if line.startswith("|")]
    return [name for cell in cells for name in re.findall(r"`([\w-][\w.-]*)`", cell)]


def public(module: ModuleType) -> Iterator[tuple[str, object]]:
    """What a module holds; the package is asked, for it loads a name when it is first asked for."""
    names = [name for name in dir(module) if not name.startswith("_")]
    return ((name, getattr(module, name)) for name in names)


def kinds() -> set[str]:
    """The names of all that fdnn has of each kind that the table has a row for."""
    records = (fdnn.Activation, fdnn.Cost, fdnn.Initializer, fdnn.Head)
    bases = (fdnn.Optimizer, fdnn.Schedule, fdnn.Regularizer)
    found = {name for name, it in public(fdnn) if isinstance(it, records)}
    for name, it in public(fdnn):
        if inspect.isclass(it) and issubclass(it, bases) and not inspect.isabstract(it):
            found.add(name)
        if inspect.isfunction(it):
            home = it.__module__.split(".")[1]
            if home in {"layers", "metrics", "streams", "splits", "labels"}:
                found.add(name)
    found.discard("dense_of")
    return found | {*SHIPPED} | ({*TRANSFORMS} - {"unchanged"})


def test_the_table_of_what_there_is_has_all_there_is() -> None:
    assert kinds() - {*named()} == set()


def test_what_is_in_the_table_is_there() -> None:
    text = chapter("What there is")
    of_modules = set(re.findall(r"in `fdnn\.(\w+)`", text))
    modules = [importlib.import_module(f"fdnn.{name}") for name in sorted(of_modules)]
    known = {name for module in (fdnn, laws, *modules) for name, _ in public(module)}

    unknown = {*named()} - known - {*SHIPPED} - {*TRANSFORMS}
    assert {name for name in unknown if not name.startswith("fdnn.")} == set()


def test_the_modules_stand_in_the_order_that_they_import_in() -> None:
    """All of them, a package by its own name, and neither `__init__` nor `__main__`."""
    _, _, after = README.partition("The modules stand in one order")
    told, _, _ = after.partition("\n\n")
    names = [name for name in re.findall(r"`(\w+)`", told) if name != "fdnn"]

    parts = (module.partition(".")[0] for module in ORDER if not module.startswith("__"))
    assert names == [*dict.fromkeys(parts)]


def test_links_within_the_repository_lead_somewhere() -> None:
    text = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    links = re.findall(r"\]\(([^)]+)\)", text)

    missing = [link for link in links if link.startswith("#") and link[1:] not in anchors]
    missing += [link for link in links if "#" not in link and not (ROOT / link).exists()]
    assert missing == []

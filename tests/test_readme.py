"""What the README shows is what happens: its programs run, and mypy says of them what it quotes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The fenced blocks that follow a marker `<!-- kind -->`, or of a language, in order."""
    if kind == "python":
        return re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    pattern = rf"^<!-- {kind} -->\n```text\n(.*?)^```$"
    return re.findall(pattern, README, re.MULTILINE | re.DOTALL)


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

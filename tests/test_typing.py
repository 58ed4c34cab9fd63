"""The checkers accept the library, its tests and the right programs, which also run."""

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import fdnn

ROOT = Path(__file__).parent.parent
RIGHT = sorted((ROOT / "tests/typing/right").glob("*.py"))


def test_mypy_strict_accepts_the_library_and_the_tests() -> None:
    command = [sys.executable, "-m", "mypy", "--no-pretty"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_pyright_strict_accepts_the_library_and_the_right_programs() -> None:
    programs = ["fdnn", "tests/typing/right", "tests/typing/scene.py", "tests/typing/refusals.py"]
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--project", "pyproject.toml"]
    command += ["--pythonpath", sys.executable, *programs]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    report = json.loads(run.stdout)
    assert report["summary"]["filesAnalyzed"] > len(RIGHT) + 15
    errors = [
        f"{error['file']}:{error['range']['start']['line'] + 1}: {error['message']}"
        for error in report["generalDiagnostics"]
    ]
    assert not errors, "\n".join(errors)


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_the_right_programs_run(path: Path) -> None:
    importlib.import_module(f"tests.typing.right.{path.stem}")


def test_the_right_programs_use_every_public_name() -> None:
    used = {
        alias.name
        for path in RIGHT
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "fdnn"
        for alias in node.names
    }
    public = {alias.asname for alias in exports()}
    assert len(public) > 80
    assert public - used == set()


def test_every_public_name_is_exported_explicitly() -> None:
    for alias in exports():
        assert alias.asname == alias.name


def exports() -> list[ast.alias]:
    """The names that the package lists for the type checkers."""
    tree = ast.parse(Path(fdnn.__file__).read_text())
    return [
        alias
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("fdnn.")
        for alias in node.names
    ]

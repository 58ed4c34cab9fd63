"""The house: who may import whom, how long the modules are, and what no file may do."""

import ast
import configparser
import json
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import fdnn

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "fdnn"

# Each module imports only from those above it.
ORDER = [
    # the core
    "errors",
    "axes",
    "normal",
    "matrix",
    "annotations",
    "bindings",
    "guards",
    "keys",
    "activations",
    "initializers",
    "propagation",
    "records",
    "layers",
    "layers.dense",
    "layers.dropout",
    "layers.normalization",
    "layers.residual",
    "costs.cost",
    "costs.cross_entropy",
    "costs.focal",
    "costs.margin",
    "costs.regression",
    "costs",
    "regularizers",
    "schedules",
    "optimizers",
    "adaptive",
    "lbfgs",
    "modifiers",
    "batches",
    "sources",
    "diagnosis",
    "calibration",
    "span",
    "plan",
    "plan.buffers",
    "plan.activations",
    "plan.layers",
    "plan.costs",
    "plan.modifiers",
    "plan.optimizers",
    "plan.regularizers",
    "plan.examples",
    "plan.gradients",
    "plan.spans",
    "plan.steps",
    "training",
    # what reads it, and the package itself
    "choices",
    "arrays",
    "names",
    "metrics.doors",
    "metrics.decisions",
    "metrics.errors",
    "metrics.named",
    "metrics.probabilities",
    "metrics.ranking",
    "metrics",
    "labels",
    "heads",
    "splits",
    "network",
    "predictor",
    "history",
    "scores",
    "streams",
    "rates",
    "__init__",
    # everything beyond
    "health",
    "atomic_files",
    "history_files",
    "array_files",
    "images",
    "tables",
    "encodings",
    "transforms",
    "model",
    "checkpoint",
    "reports",
    "examples",
    "predictions",
    "inputs",
    "recipes",
    "dataset",
    "shipped",
    "datasets",
    "experiment",
    "plots",
    "options",
    "screens",
    "interruption",
    "refusals",
    "laws.report",
    "laws.derivatives",
    "laws.samples",
    "laws.staging",
    "laws.activations",
    "laws.costs",
    "laws.initializers",
    "laws.layers",
    "laws.metrics",
    "laws.optimizers",
    "laws.regularizers",
    "laws.schedules",
    "laws.transforms",
    "laws",
    "course",
    "command",
    "__main__",
]
PLUG_IN = "bindings"  # ring 4: loaded by `guards.enable()` only, with typeguard
DOWN_TO_TRAINING = [module for module in ORDER[: ORDER.index("training") + 1] if module != PLUG_IN]
SPEED = [module for module in DOWN_TO_TRAINING if module.partition(".")[0] in {"plan", "span"}]
EQUATIONS = [module for module in DOWN_TO_TRAINING if module not in SPEED]


def path_of(module: str) -> Path:
    path = PACKAGE.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def modules() -> set[str]:
    """The modules of the package, named from within it."""
    names = {path.relative_to(PACKAGE).with_suffix("") for path in PACKAGE.rglob("*.py")}
    dotted = {".".join(name.parts) for name in names}
    return {name.removesuffix(".__init__") for name in dotted}


def imports(module: str) -> Iterator[str]:
    """The modules of the package that a module imports, wherever in it."""
    known = modules()
    for node in ast.walk(ast.parse(path_of(module).read_text())):
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            if module == "__init__" and node.module == "fdnn":
                continue  # named to the type checkers, and loaded when it is asked for
            source = f"{node.module}."
            inner = [f"{source}{alias.name}" for alias in node.names]
            named = [name if name.removeprefix("fdnn.") in known else source[:-1] for name in inner]
        else:
            continue
        for name in named:
            if name == "fdnn" or name.startswith("fdnn."):
                yield name.removeprefix("fdnn").removeprefix(".") or "__init__"


def lines_of_code(path: Path) -> int:
    """The lines that hold code: neither docstrings nor comments nor blank lines."""
    silent = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENCODING,
        tokenize.ENDMARKER,
    }
    lines: set[int] = set()
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type not in silent:
                lines.update(range(token.start[0], token.end[0] + 1))

    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Expr(ast.Constant(str()), lineno=first, end_lineno=int(last)):
                lines.difference_update(range(first, last + 1))
            case _:
                pass
    return len(lines)


def comments(path: Path) -> Iterator[str]:
    """The comments of a file, by line: several on one line stand together."""
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.string


def sources() -> Iterator[Path]:
    for folder in ("fdnn", "tests", "typings"):
        for pattern in ("*.py", "*.pyi"):
            yield from sorted((ROOT / folder).rglob(pattern))


# ----------------------------------------------------------------------------- the order of imports


def test_the_order_names_every_module_once() -> None:
    assert len(ORDER) == len(set(ORDER))
    assert set(ORDER) == modules()


@pytest.mark.parametrize("module", ORDER)
def test_a_module_imports_only_from_those_above_it(module: str) -> None:
    above = ORDER[: ORDER.index(module)]
    assert set(imports(module)) - set(above) == set()


def test_importing_the_package_loads_neither_typeguard_nor_any_extra() -> None:
    program = """
import json, sys
import attrs, numpy
before = set(sys.modules)
import fdnn
new = {name for name in set(sys.modules) - before}
print(json.dumps(sorted(new)))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(run.stdout))
    others = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names
    assert others <= {"fdnn", "numpy", "attrs", "attr"}

    ours = {name.removeprefix("fdnn.") for name in loaded if name.startswith("fdnn.")}
    assert ours <= set(ORDER[: ORDER.index("__init__")])


def test_the_type_checkers_and_the_program_see_the_same_names() -> None:
    """`fdnn/__init__.py` lists them twice; each is imported from where the checkers see it."""
    text = path_of("__init__").read_text()
    seen = re.findall(r"from fdnn\.([\w.]+) import (\w+) as (\w+)", text)
    program = "import fdnn, json; print(json.dumps({n: h for n, h in fdnn._HOMES.items()}))"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    homes: dict[str, str] = json.loads(run.stdout)

    assert [name for _, name, same in seen if name != same] == []
    assert {name: home for home, name, _ in seen} == homes
    assert all(getattr(fdnn, name) is not None for name in homes)


def test_importing_the_package_alone_loads_nothing_of_it() -> None:
    """A module is loaded when something of it is asked for, and then what it needs alone."""
    program = """
import json, sys
import fdnn
first = sorted(name for name in sys.modules if name.startswith("fdnn."))
fdnn.relu
then = sorted(name for name in sys.modules if name.startswith("fdnn."))
print(json.dumps([first, "fdnn.activations" in then, "fdnn.training" in then]))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout) == [[], True, False]


def test_a_name_that_is_not_there_is_said_in_pythons_own_words() -> None:
    with pytest.raises(AttributeError, match="module 'fdnn' has no attribute 'dnese'"):
        _ = fdnn.dnese  # type: ignore[attr-defined]  # that is the point


# -------------------------------------------------------------------------------- what files may do


@pytest.mark.parametrize(("part", "most"), [(EQUATIONS, 3750), (SPEED, 2300)])
def test_the_core_is_short_enough_to_be_read(part: list[str], most: int) -> None:
    """The equations and the records, down to training; and the plan with the span, for speed."""
    sizes = {module: lines_of_code(path_of(module)) for module in part}
    assert sum(sizes.values()) <= most, sizes


LONG = {"course"}  # the functions of three notebooks, each of which is read by itself


def test_each_module_is_short_enough_to_be_read_at_once() -> None:
    sizes = {module: lines_of_code(path_of(module)) for module in ORDER}
    assert {module for module, size in sizes.items() if size > 450} == LONG


def test_only_the_matrix_module_casts() -> None:
    casting = {
        module
        for module in modules()
        for node in ast.walk(ast.parse(path_of(module).read_text()))
        if (isinstance(node, ast.Name) and node.id == "cast")
        or (isinstance(node, ast.Attribute) and node.attr == "cast")
        or (isinstance(node, ast.alias) and node.name == "cast")
    }
    assert casting == {"matrix"}


def test_what_a_checker_is_told_to_ignore_has_a_code_and_a_reason() -> None:
    excuses = [
        f"{path.relative_to(ROOT)}: {comment}"
        for path in sources()
        for comment in comments(path)
        if re.search(r"(type|pyright): *ignore", comment)
    ]
    pattern = re.compile(r"# (type|pyright): ignore\[[\w, -]+\]  # \w.{5,}")
    assert [excuse for excuse in excuses if not pattern.search(excuse)] == []


def test_no_missing_import_is_ignored() -> None:
    for path in (ROOT / "mypy.ini", ROOT / "tests/client/mypy.ini", ROOT / "pyproject.toml"):
        settings = path.read_text()
        assert "ignore_missing_imports" not in settings
        assert "follow_imports" not in settings
        assert "ignore_errors" not in settings


def test_the_checkers_are_strict_and_look_at_everything() -> None:
    for path in (ROOT / "mypy.ini", ROOT / "tests/client/mypy.ini"):
        settings = configparser.ConfigParser()
        settings.read(path)
        assert settings["mypy"].getboolean("strict")

    settings = configparser.ConfigParser()
    settings.read(ROOT / "mypy.ini")
    assert settings["mypy"]["files"] == "fdnn, tests"
    assert settings["mypy"]["exclude"] == "^tests/(typing/wrong|client)/"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["tool"]["pyright"]["typeCheckingMode"] == "strict"


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=["check", "format"])
def test_ruff_finds_nothing(command: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "ruff", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr

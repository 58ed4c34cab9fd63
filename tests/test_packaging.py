"""The wheel: what is in it, and a client project that is checked and run against it installed."""

import email
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that can see neither the source tree nor this process's search paths."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MYPYPATH")
    }
    return subprocess.run(
        [*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir"]
    done = run(*build, folder, ROOT, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def client(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A copy of the client, and the Python of an environment where the wheel is installed."""
    folder = tmp_path_factory.mktemp("client")
    project = folder / "project"
    shutil.copytree(ROOT / "tests/client", project, ignore=shutil.ignore_patterns("__pycache__"))

    environment = folder / "environment"
    venv.create(environment, symlinks=True)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    purelib = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(run(python, "-c", purelib, cwd=folder).stdout.strip())
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    done = run(*install, "--target", site, wheel, cwd=folder)
    assert done.returncode == 0, done.stderr

    # The packages that fdnn needs are those of the tests.  Its own sources are not among them: an
    # editable install is a `.pth` file too, which Python does not read in a folder named by one.
    here = run(sys.executable, "-c", purelib, cwd=folder).stdout
    (site / "needed.pth").write_text(here)
    return project, python


def check(project: Path, python: Path, program: str) -> subprocess.CompletedProcess[str]:
    """mypy, strict, with the client's own settings."""
    cache = ROOT / ".mypy_cache" / "client"
    options: list[str | Path] = ["--python-executable", python, "--cache-dir", cache, "--no-pretty"]
    return run(sys.executable, "-m", "mypy", *options, program, cwd=project)


# -------------------------------------------------------------------------------------- the wheel


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    package = {path.relative_to(ROOT).as_posix() for path in (ROOT / "fdnn").rglob("*.py")}
    metadata = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}
    info = wheel.name.removesuffix("-py3-none-any.whl")

    assert held == package | {"fdnn/py.typed"} | {f"{info}.dist-info/{name}" for name in metadata}


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    info = wheel.name.removesuffix("-py3-none-any.whl")
    metadata = email.message_from_bytes(zipfile.ZipFile(wheel).read(f"{info}.dist-info/METADATA"))
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"

    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert sorted(line.partition(">")[0] for line in needed) == ["attrs", "numpy"]
    extras = {"all", "bench", "cli", "datasets", "files", "guards", "mnist", "oracles", "plots"}
    extras |= {"test"}
    assert set(metadata.get_all("Provides-Extra", [])) == extras


def test_twine_finds_nothing_wrong_with_the_wheel(wheel: Path) -> None:
    done = run(sys.executable, "-m", "twine", "check", "--strict", wheel, cwd=wheel.parent)
    assert done.returncode == 0, done.stdout + done.stderr


# ------------------------------------------------------------------------------------- the client


def test_the_client_sees_the_wheel_and_not_the_sources(client: tuple[Path, Path]) -> None:
    project, python = client
    done = run(python, "-c", "import fdnn; print(fdnn.__file__)", cwd=project)
    assert Path(done.stdout.strip()).is_relative_to(python.parent.parent), done.stderr


def test_mypy_strict_accepts_the_client_against_the_wheel(client: tuple[Path, Path]) -> None:
    done = check(*client, "train.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_knows_the_axes_from_the_wheel(client: tuple[Path, Path]) -> None:
    project, _ = client
    program = """
        from fdnn import Matrix
        class Pixel: ...
        class Example: ...
        def square(X: Matrix[Pixel, Example]) -> Matrix[Pixel, Pixel]:
            return X @ X
    """
    (project / "wrong.py").write_text("\n".join(line[8:] for line in program.splitlines()))
    done = check(*client, "wrong.py")
    assert '("Matrix[Pixel, Example]" and "Matrix[Pixel, Example]")' in done.stdout, done.stdout


def test_the_client_runs_and_learns(client: tuple[Path, Path]) -> None:
    project, python = client
    done = run(python, "-W", "error", "train.py", cwd=project)
    assert done.returncode == 0, done.stderr
    first, last = map(float, done.stdout.split())
    assert last < 0.1 < first

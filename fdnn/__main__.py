"""`python -m fdnn`, which is the command `fdnn`."""

from __future__ import annotations

import sys
from io import TextIOWrapper


def main() -> None:
    """Run the command; Ctrl-C ends it without a traceback, whenever it comes."""
    try:
        _main()
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _main() -> None:
    """Run the command; where what it is made of is missing, say what to install."""
    try:
        from fdnn.command import app
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        if package not in ("typer", "rich", "threadpoolctl"):
            raise
        sentence = f"fdnn: {package} is not installed, expected it to be: pip install 'fdnn[cli]'"
        print(sentence, file=sys.stderr)
        raise SystemExit(2) from None

    # A file's name may hold what the terminal's encoding lacks: that must not end the command.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="fdnn")


if __name__ == "__main__":
    main()

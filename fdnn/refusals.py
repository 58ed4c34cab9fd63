"""How the command refuses: one sentence on the error stream, exit status 2, and no traceback."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from fdnn import screens
from fdnn.choices import choice
from fdnn.errors import ArgumentError, FdnnError

REFUSED = 2
INTERRUPTED = 130
"""Exit statuses: bad input, and Ctrl-C (128 and the number of the signal)."""

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What typer raises for a command line that it cannot make sense of."""


class Command(TyperCommand):
    """One command; what it refuses, it refuses in its own name."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except FdnnError as error:
            screens.say_error(sentence(ctx.command_path, error))
        except MemoryError as error:
            why = str(error).lower() or "there is no more"
            came = "it does not fit into the memory"
            refused = ArgumentError(ctx.command_path, came, "less at a time", why)
            screens.say_error(str(refused))
        raise typer.Exit(REFUSED)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except UsageError as error:
            screens.say_error(str(usage(error, ctx)))
        raise typer.Exit(REFUSED)


class Program(TyperGroup):
    """All commands under one name, which alone shows its help."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args or ["--help"])
        except UsageError as error:
            screens.say_error(str(usage(error, ctx)))
        raise typer.Exit(REFUSED)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] in self.commands:
            return super().resolve_command(ctx, args)
        error = choice(ctx.command_path, "the command", args[0], self.commands)
        screens.say_error(str(error))
        raise typer.Exit(REFUSED)


def sentence(command: str, error: FdnnError) -> str:
    """An error as the user of a command meets it: the command is what refused."""
    return str(FdnnError(command, error.came, error.expected, error.why))


def usage(error: Any, context: Any) -> ArgumentError:
    """What typer says of a command line, in the grammar of all errors."""
    where = str(context.command_path)
    options = [name for parameter in context.command.params for name in parameter.opts]
    option = getattr(error, "option_name", None)
    missing = getattr(error, "param", None)
    help_says = f"{where} --help says what"

    message = str(error.format_message()).rstrip(".")
    if option in options and "requires" in message:
        return ArgumentError(where, f"{option} has no value", "one after it", help_says)
    if option is not None and option not in options:
        known = sorted(name for name in options if name.startswith("--"))
        # Without the dashes, which all options have in common and which make any two alike.
        words = [name.removeprefix("--") for name in known]
        near = get_close_matches(str(option).lstrip("-"), words, n=1)
        hint = f"did you mean '--{near[0]}'?" if near else ""
        came = f"the option is {str(option)!r}"
        return ArgumentError(where, came, f"one of {', '.join(known)}", hint)
    if missing is not None:
        return ArgumentError(where, f"{missing.metavar} is missing", "one", help_says)
    return ArgumentError(where, message[:1].lower() + message[1:], f"what {where} --help says")

"""The door of the ``cnncourse`` command; what it needs beyond the package is an extra, of which Colab has no need."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from cnncourse import __version__
from cnncourse.exercises.process import warm

NEEDED = ("typer", "rich", "watchfiles")  # the extra `terminal` in pyproject.toml


def main(arguments: list[str] | None = None) -> None:
    """Run the command, with the shell's arguments by default; ends in SystemExit."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        print(
            f'error: cnncourse needs {", ".join(missing)} in the terminal; install: pip install "cnncourse[terminal]"',
            file=sys.stderr,
        )
        sys.exit(2)
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["--version"]:
        print(f"cnncourse {__version__}")
        sys.exit(0)
    if given[:1] in (["check"], ["watch"]) and "--help" not in given:
        warm()  # it imports torch while we do
    try:
        from cnncourse.exercises.terminal.commands import run_command

        run_command(arguments)
    except KeyboardInterrupt:
        sys.exit(130)

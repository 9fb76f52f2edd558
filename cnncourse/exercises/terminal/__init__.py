"""The door of the ``cnncourse`` command; what it needs beyond the package is an extra, of which Colab has no need."""

from __future__ import annotations

import sys
from importlib.util import find_spec

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
    from cnncourse.exercises.terminal.commands import run_command

    run_command(arguments)

"""Texts that become files: each stands in a room's folder ``templates``, with %{name} where something is filled in."""

from __future__ import annotations

from importlib.resources import files
from string import Template

SUFFIX = ".template"  # so that neither pytest nor an editor's tools take a template for the file that it becomes


class _Text(Template):
    """A template whose blanks begin with %: a dollar sign is the shell's and the workflows'."""

    delimiter = "%"


def filled(room: str, name: str, **values: object) -> str:
    """Read a template and fill in its blanks.

    Args:
        room: the package whose folder ``templates`` holds it.
        name: of the file that it becomes.
        values: what is filled in, by the blank's name.

    Raises:
        ValueError: a blank is left, or a value has no blank.

    >>> filled("cnncourse.exercises.workspace", "cnncourse.toml", version="1.2").splitlines()[1]
    'package = "1.2"'
    """
    text = _Text(files(room).joinpath("templates", name + SUFFIX).read_text(encoding="utf-8"))
    blanks = text.get_identifiers()
    if odd := set(blanks) ^ set(values):
        raise ValueError(
            f"{name}{SUFFIX} has the blanks {sorted(blanks)}, the values are {sorted(values)}; expected the same "
            f"names; mend {', '.join(sorted(odd))}"
        )
    return text.substitute(values)

"""Companion package of the course: one module a chapter, named after it.

``import cnncourse`` loads nothing else; a module is loaded when it is first named, so that listing shapes does not wait
for torch, and computing does not wait for matplotlib.

>>> import cnncourse
>>> cnncourse.shapes.output_size(28, 5)
24
"""

from types import ModuleType

__version__ = "0.1.0"


def __getattr__(name: str) -> ModuleType:
    """Load the submodule ``cnncourse.name`` on first use (PEP 562)."""
    from importlib import import_module

    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{name}":  # the module is there, something that it imports is not
            raise
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


def __dir__() -> list[str]:
    from pkgutil import iter_modules

    return sorted([*globals(), *(module.name for module in iter_modules(__path__))])

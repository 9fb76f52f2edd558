"""A function's own code on a page: shown where it stands, never copied."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable


def show_source(function: Callable) -> None:
    """Display a function's code as it stands in the package, without its docstring, highlighted.

    Args:
        function: a function or class written in Python.
    """
    from IPython.display import display  # only a notebook needs it

    text = plain_source(function)
    display({"text/markdown": f"```python\n{text}\n```", "text/plain": text}, raw=True)


def plain_source(function: Callable) -> str:
    """Return a function's code without its docstring.

    Raises:
        TypeError: not a function or a class.

    >>> from cnncourse.figures.grammar import new_figure
    >>> print(plain_source(new_figure))
    def new_figure(height: float, *, width: float = WIDTH) -> Figure:
        return Figure(figsize=(width, height), dpi=DPI, facecolor="white", layout="constrained")
    """
    if not callable(function):
        raise TypeError(f"function is {function!r}, a {type(function).__name__}; expected a function or a class")
    lines = inspect.getsource(function).rstrip().splitlines()
    nodes = ast.walk(ast.parse("\n".join(lines)))
    documented = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    for node in sorted(documented, key=lambda node: -node.lineno):  # from the end, so that line numbers stay true
        if ast.get_docstring(node) is not None:
            text = node.body[0]
            end = text.end_lineno or text.lineno
            blank = end < len(lines) and not lines[end].strip()
            del lines[text.lineno - 1 : end + blank]
    return "\n".join(lines)

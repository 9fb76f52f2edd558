"""What the book's extensions leave out.

Alt texts that a cell computed, how far the numbers below folded code may move, pages rebuilt when only their outputs
have changed, and pages without thebe, which Jupyter Book adds to every page though it works only online.
"""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer
from sphinx.application import Sphinx

TOLERANCE = re.compile(r"# (± [\d.]+(?: %)?)$", flags=re.MULTILINE)  # as tools/tolerance.py reads it
_render_image = NbElementRenderer.render_image


def render_image(self: NbElementRenderer, data: MimeData) -> list:
    """Render an image output with the alt text in its own metadata; myst-nb takes width and height from there only."""
    images = _render_image(self, data)
    if alt := data.output_metadata.get(data.mime_type, {}).get("alt"):
        images[0]["alt"] = alt
    return images


def show_tolerances(app: Sphinx, doctree: nodes.document) -> None:
    """Say below an output whose code is folded how far its numbers may move: elsewhere the code says it."""
    for cell in doctree.findall(lambda node: "tag_hide-input" in getattr(node, "attributes", {}).get("classes", [])):
        code = "\n".join(
            block.astext() for block in cell.findall(nodes.literal_block) if block.get("language") != "none"
        )
        if stated := dict.fromkeys(TOLERANCE.findall(code)):
            line = f"{', '.join(stated)}: what other machines may give"
            cell.append(nodes.container("", nodes.paragraph("", line), classes=["tolerance"]))


def depend_on_notebook(app: Sphinx, docname: str, source: list[str]) -> None:
    """Have Sphinx read a page again when its notebook is newer: the source cannot tell that the package changed."""
    notebook = Path(app.env.doc2path(docname)).with_suffix(".ipynb")
    if notebook.exists():
        app.env.note_dependency(str(notebook))


def leave_out_thebe(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    """Drop the scripts and styles of thebe from a page."""
    for kind in ("script_files", "css_files"):
        files = context.get(kind, [])
        context[kind] = [
            file for file in files if "thebe" not in f"{file.filename}{file.attributes.get('body', '')}".lower()
        ]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    NbElementRenderer.render_image = render_image
    app.connect("doctree-read", show_tolerances)
    app.connect("source-read", depend_on_notebook)
    app.connect("html-page-context", leave_out_thebe, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

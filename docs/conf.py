"""The documents as a site, which requests nothing from anybody else: `make docs`."""

import re
import sys
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "middleware"))

from evenhand.version import __version__  # noqa: E402  found only now

project = html_title = "Evenhand"
author = copyright = "The Evenhand developers"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
default_role = "code"  # in docstrings
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 60
myst_heading_anchors = 4
html_theme = "furo"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_copy_source = html_show_sphinx = False

PROJECT = {"ARCHITECTURE", "CHANGELOG", "CONTRIBUTING", "SECURITY"}
"""Files at the root that are pages here; each has a page of its name that leads to it."""
WORD = re.compile(r"[A-Za-z][\w.-]*")


def setup(app: Sphinx) -> None:
    app.connect("source-read", bring_in)
    app.connect("doctree-read", anchor_rows)


def bring_in(_: Sphinx, page: str, source: list[str]) -> None:
    """Puts a root file in the place of the page that leads to it, and turns links to it there."""
    if page.upper() in PROJECT:
        text = (ROOT / f"{page.upper()}.md").read_text("utf-8")
        text = re.sub(r"\]\((?!https?:|#|docs/)", "](../", text)
        source[0] = text.replace("](docs/", "](")
    named = "|".join(PROJECT)
    source[0] = re.sub(
        rf"\]\(\.\./({named})\.md", lambda found: f"]({found[1].lower()}.md", source[0]
    )


def anchor_rows(_: Sphinx, doctree: nodes.document) -> None:
    """Gives each row of a table that begins with a word in code an anchor of that name."""
    for row in doctree.findall(nodes.row):
        first = next(row.findall(nodes.entry))
        literal = next(first.findall(nodes.literal), None)
        if literal is None or not WORD.fullmatch(word := literal.astext()):
            continue
        if word not in doctree.ids:
            row["ids"].append(word)
            doctree.ids[word] = row
            link = nodes.reference("", "", literal.deepcopy(), refuri=f"#{word}", internal=True)
            link["classes"].append("word")
            literal.parent.replace(literal, link)

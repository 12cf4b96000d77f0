"""The documents as a site, which requests nothing from anybody else: `make docs`."""

import re
import sys
from os.path import normpath
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

BROUGHT = {
    "architecture": "ARCHITECTURE.md",
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
    "security": "SECURITY.md",
    "examples": "examples/README.md",
    "example-nginx": "examples/behind_nginx/README.md",
    "example-hosts": "examples/several_hosts/README.md",
}
"""Pages here that are files elsewhere; in this folder stands only a line that leads to each."""
PAGES = {file: f"{page}.md" for page, file in BROUGHT.items()}
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
WORD = re.compile(r"[A-Za-z][\w.-]*")


def setup(app: Sphinx) -> None:
    app.connect("source-read", bring_in)
    app.connect("doctree-read", anchor_rows)


def bring_in(_: Sphinx, page: str, source: list[str]) -> None:
    """Puts a file in the place of the page that leads to it, and has all links lead to pages."""
    file = ROOT / BROUGHT.get(page, f"docs/{page}.md")
    if page in BROUGHT:
        source[0] = file.read_text("utf-8")
    source[0] = LINK.sub(lambda found: f"]({_from_here(file.parent / found[1])}", source[0])


def _from_here(target: Path) -> str:
    path = normpath(target.relative_to(ROOT))
    return PAGES.get(path) or (
        path.removeprefix("docs/") if path.startswith("docs/") else f"../{path}"
    )


def anchor_rows(_: Sphinx, doctree: nodes.document) -> None:
    """Gives rows of tables that begin with words in code an anchor of each word's name."""
    for row in doctree.findall(nodes.row):
        first = next(row.findall(nodes.entry))
        for literal in list(first.findall(nodes.literal)):
            word = literal.astext()
            if WORD.fullmatch(word) and word not in doctree.ids:
                link = nodes.reference("", "", literal.deepcopy(), refuri=f"#{word}", internal=True)
                link["classes"].append("word")
                literal.parent.replace(literal, link)
                named = link if row["ids"] else row
                named["ids"].append(word)
                doctree.ids[word] = named

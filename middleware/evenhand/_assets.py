"""Where the bundled scripts, templates, rules and dashboards live."""

from pathlib import Path

_PACKAGE = Path(__file__).parent

# A wheel carries static/, templates/ and deploy/ inside the package; a checkout
# keeps them at its top level, beside middleware/.
_ROOT = _PACKAGE if (_PACKAGE / "templates").is_dir() else _PACKAGE.parents[1]

SCRIPTS = _ROOT / "static" / "js"
STYLES = _ROOT / "static" / "css"
TEMPLATES = _ROOT / "templates"
DEPLOY = _ROOT / "deploy"

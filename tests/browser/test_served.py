"""The scripts as served mean what their source means, by the word of a real compiler."""

import json
import subprocess
from pathlib import Path

import pytest

from evenhand._assets import SCRIPTS
from evenhand.scripts import served

from .harness import ROOT, missing

pytestmark = pytest.mark.browser

PRINT = """
import ts from "typescript";
const [one, two] = JSON.parse(await new Response(process.stdin).text());
const compilerOptions = { target: "esnext", module: "esnext", removeComments: true };
const print = (text) => ts.transpileModule(text, { compilerOptions }).outputText;
process.exit(print(one) === print(two) ? 0 : 1);
"""


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.js")), ids=lambda path: path.name)
def test_nothing_but_comments_is_lost(path: Path) -> None:
    if reason := missing("node"):
        pytest.skip(reason)
    source = path.read_text("utf-8")
    assert len(served(source)) < len(source)
    compared = subprocess.run(
        ["node", "--input-type=module", "-e", PRINT],
        input=json.dumps([source, served(source)]).encode(),
        cwd=ROOT,
        check=False,
    )
    assert compared.returncode == 0

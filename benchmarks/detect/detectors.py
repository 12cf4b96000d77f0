"""The detectors: ours, the best-known libraries, two classics and three third-party probes."""

import json
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
CHECKS = HERE / "checks"
PACKAGES = HERE / "node_modules"


@dataclass(frozen=True)
class Detector:
    """One detector and the parts of its page: a check that asks it through its public API, and
    the published files that the check may `require`, by the name that it requires them under."""

    key: str  # of its figures and its check
    name: str  # in tables
    modules: dict[str, str] = field(default_factory=dict)
    asks_for: str = ""  # a script that the page itself asks for

    @property
    def is_ours(self) -> bool:
        return self.key == "evenhand"

    @property
    def label(self) -> str:
        """The first label of its host names. Not its name: lists have rules against some names."""
        return f"site{DETECTORS.index(self)}"

    @property
    def script(self) -> str:
        """What the page runs: the way to be heard, the published files, the check."""
        talk, check = (
            (CHECKS / f"{name}.js").read_text("utf-8")
            for name in ("talk", self.key.replace("_", "-"))
        )
        return f"{talk}\n{_bundle(self.modules)}\n{check}"


def _bundle(modules: dict[str, str]) -> str:
    """CommonJS modules, as published, behind a `require` as a bundler would write it."""
    published = {name: (PACKAGES / path).read_text("utf-8") for name, path in modules.items()}
    bodies = ",\n".join(
        f"{json.dumps(name)}(module, exports, require) {{\n{source}\n}}"
        for name, source in published.items()
    )
    return f"""const modules = {{{bodies}}}, loaded = {{}};
const require = (name) => {{
  if (!loaded[name]) {{
    const module = (loaded[name] = {{ exports: {{}} }});
    modules[name](module, module.exports, require);
  }}
  return loaded[name].exports;
}};"""


_DETECTOR = {"adblock-detector": "adblock-detector/lib/index.js"}
_REACT = {
    "adblock-detect-react": "adblock-detect-react/cjs/hooks/useDetectAdBlock.js",
    "react": "react/cjs/react.production.js",
    "react-dom": "react-dom/cjs/react-dom.production.js",
    "react-dom/client": "react-dom/cjs/react-dom-client.production.js",
    "scheduler": "scheduler/cjs/scheduler.production.js",
}

DETECTORS = (
    Detector("evenhand", "Evenhand"),
    Detector(
        "just_detect_adblock",
        "just-detect-adblock",
        {"just-detect-adblock": "just-detect-adblock/dist/bundle.umd.js"},
    ),
    Detector("blockadblock", "blockadblock", {"blockadblock": "blockadblock/blockadblock.js"}),
    Detector("fuckadblock", "fuckadblock", {"fuckadblock": "fuckadblock/fuckadblock.js"}),
    Detector("adblock_detector", "adblock-detector, at once", _DETECTOR),
    Detector("adblock_detector_1s", "adblock-detector, after 1 s", _DETECTOR),
    Detector("adblock_detect", "adblock-detect", {"adblock-detect": "adblock-detect/src/index.js"}),
    Detector("adblock_detect_react", "adblock-detect-react", _REACT),
    Detector("naive_ads_js", "naive /ads.js", asks_for="/ads.js"),
    Detector("naive_adsbox", "naive .adsbox"),
    Detector("head_probe", "HEAD adsbygoogle.js"),
    Detector("fetch_probe", "fetch adsbygoogle.js"),
    Detector("script_probe", "script adsbygoogle.js"),
)
OURS, *PEERS = DETECTORS

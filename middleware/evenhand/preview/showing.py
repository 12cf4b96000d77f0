"""What the middleware would serve for chosen settings, made by the code that serves it."""

from dataclasses import replace
from typing import NamedTuple

from evenhand.asking.page import NoticePage
from evenhand.languages.catalogues import Languages
from evenhand.lint.examine import Matter, examined
from evenhand.lint.findings import Finding
from evenhand.notice import Notice
from evenhand.preview.choice import Choice
from evenhand.scripts import Scripts
from evenhand.settings import Settings
from evenhand.templating import environment


class Shown(NamedTuple):
    """One choice's notice, byte for byte as it would be served."""

    notice: bytes
    style: bytes
    script: bytes

    @property
    def files(self) -> dict[str, bytes]:
        """By the names under which they are served."""
        return {"notice": self.notice, "notice.css": self.style, "notice.js": self.script}


class Showing:
    """One app's notice, with whatever of it is chosen otherwise."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.base = settings, settings.notice or Notice()
        self.site = settings.site_names[0]
        self._languages = Languages(settings.templates)
        self._templates = environment(settings.templates, self._languages)

    def shown(self, choice: Choice) -> Shown:
        """What readers get. Raises what a publisher's template raises."""
        scripts = Scripts(replace(self.settings, notice=choice.notice))
        who = choice.blocking
        html = self._page(choice).render(
            self.site, who.reader, choice.verdict, who.signals, language=choice.view.language
        )
        return Shown(html, scripts.text("notice.css").encode(), scripts.text("notice.js").encode())

    def language(self, choice: Choice) -> str:
        """The one that it is shown in: not every notice speaks every language."""
        return self._page(choice).language((choice.view.language,))

    def languages(self, choice: Choice) -> list[str]:
        """All that it can be shown in."""
        return sorted(self._page(choice).languages)

    def findings(self, choice: Choice) -> tuple[Finding, ...]:
        """The linter's."""
        prefix, templates = self.settings.prefix, self.settings.templates
        return examined(Matter(choice.notice, templates, self.site, prefix))

    def _page(self, choice: Choice) -> NoticePage:
        """The arm's; for a hold-out, whom nothing is shown, the experiment's own."""
        notice = choice.shown or choice.notice
        return NoticePage(notice, self._templates, self.settings.prefix, self._languages)

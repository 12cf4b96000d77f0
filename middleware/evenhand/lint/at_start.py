"""The linter when an app starts: findings as warnings in the log, and never more than that."""

import logging

from evenhand.settings import Settings

log = logging.getLogger("evenhand.lint")

MOST = 10
"""Lines in the log; ``evenhand lint`` says all."""


def warn(settings: Settings) -> None:
    """Log what is impolite about a notice. Never raises: a fault here is one line in the log."""
    if settings.notice is None or settings.off or not log.isEnabledFor(logging.WARNING):
        return
    try:
        from evenhand.lint.examine import Matter, examined

        site = settings.site_names[0]
        found = examined(Matter(settings.notice, settings.templates, site, settings.prefix))
        for each in found[:MOST]:
            log.warning(
                "Impolite: %s at %s: %s. Fix: %s", each.id, each.place, each.seen, each.entry.fix
            )
        if len(found) > MOST:
            log.warning("Impolite: %d findings more; see `evenhand lint`", len(found) - MOST)
    except Exception as fault:  # a template may hold anything, and the start is not ours to cost
        log.warning("The notice could not be checked for politeness: %r", fault)

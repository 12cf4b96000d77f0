"""The languages that readers are spoken to in: tags, catalogues, and which words they hold."""


def marked(text: str) -> str:
    """Marks a text for the catalogues; it is translated where it is used."""
    return text


def marked_plural(one: str, many: str) -> tuple[str, str]:
    """Marks the two English forms of a text with a ``{n}``."""
    return one, many

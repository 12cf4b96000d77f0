"""Writes docs/commands.md: each command with its options, as `--help` has them."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from evenhand.cli import app

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
BEGIN = "<!-- commands: `make command-docs` writes them -->\n"
END = "<!-- end of commands -->\n"


def commands(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, with its whole name."""
    for part, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {part}")
        else:
            yield f"{name} {part}", command


def section(name: str, command: click.Command) -> str:
    """A command as Markdown."""
    context = click.Context(command, info_name=name)
    lines = [
        f"## {name}",
        "",
        _cleaned(command.help),
        "",
        "```text",
        context.get_usage().removeprefix("Usage: "),
        "```",
        "",
    ]
    options = [option for option in command.params if isinstance(option, click.Option)]
    lines += ["| option | meaning |", "| --- | --- |"]
    lines += [f"| `{_written(option)}` | {_cleaned(option.help)} |" for option in options]
    return "\n".join([*lines, ""])


def written(page: str) -> str:
    """The page with the commands as they are now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    found = "\n".join(section(name, command) for name, command in commands(app, "evenhand"))
    return f"{before}{BEGIN}\n{found}\n{END}{after}"


def _written(option: click.Option) -> str:
    kind = "" if option.is_flag else f" {option.make_metavar(click.Context(click.Command('')))}"
    return "/".join(option.opts) + kind


def _cleaned(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
    sys.stdout.write(f"{PAGE.name} is up to date\n")

"""What a page of the documentation has its reader type, save and edit."""

import re
import shlex
from pathlib import Path

BLOCK = r"\n\n```\w+\n(.*?)```"
SAVED = re.compile(r"[Ss]ave as (\S+\.yaml)[^\n]*:" + BLOCK, re.S)
NEW = re.compile(r"New file `([^`]+)`:" + BLOCK, re.S)
ABOVE = re.compile(r"In `([^`]+)`, above (?:the last line|`([^`]+)`):" + BLOCK, re.S)
INSTEAD = re.compile(r"In `([^`]+)`, `([^`]+)` becomes `([^`]+)`")


def commands(text: str) -> list[str]:
    """Every line of a page's console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.S)
    return [line for block in blocks for line in block.splitlines() if line]


def messages(text: str) -> list[str]:
    """Every line of a page's text blocks."""
    blocks = re.findall(r"```text\n(.*?)```", text, re.S)
    return [line for block in blocks for line in block.splitlines() if line]


def follow(text: str, folder: Path) -> None:
    """Save and edit in a copy of the project all that a page says."""
    for name, content in (*SAVED.findall(text), *NEW.findall(text)):
        (folder / name).write_text(content)
    for name, anchor, block in ABOVE.findall(text):
        lines = (folder / name).read_text().splitlines(keepends=True)
        found = [place for place, line in enumerate(lines) if anchor and line.startswith(anchor)]
        place = found[0] if anchor else len(lines) - 1
        (folder / name).write_text("".join([*lines[:place], block, *lines[place:]]))
    for name, old, new in INSTEAD.findall(text):
        before = (folder / name).read_text()
        assert before.count(old) == 1, f"{name}: {old}"
        (folder / name).write_text(before.replace(old, new))


def arguments(command: str) -> list[str]:
    """What a snakemake command passes on, with the small study's values laid under it."""
    words = shlex.split(command)
    words = words[words.index("snakemake") + 1 :]
    if "--configfile" not in words:
        return words
    place = words.index("--configfile") + 1
    return [*words[:place], "small.yaml", *words[place:]]


def environment(command: str) -> dict[str, str]:
    """The variables that are set before a command."""
    words = shlex.split(command)
    return dict(word.split("=", 1) for word in words[: words.index("snakemake")])

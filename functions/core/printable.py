"""Strangers' words made plain: one line, no control characters, no longer than fits."""

from __future__ import annotations


def visible(text: object) -> str:
    """Whatever cannot be seen becomes a space."""
    return "".join(char if char.isprintable() else " " for char in str(text))


def printable(text: object, longest: int) -> str:
    """One line of bounded length, whatever stood in it; what is cut off ends in `...`."""
    return _cut(visible(text), longest)


def trimmed(text: object, longest: int) -> str:
    """The same without spaces at its ends. Empty where nothing is left."""
    return _cut(visible(text).strip(), longest)


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{line[: longest - 3]}..."

"""Strangers' words made plain: one line, no control characters, no longer than fits."""

from __future__ import annotations


def printable(text: object, most: int) -> str:
    """Whatever cannot be seen becomes a space, none at its ends; what is cut off ends in `...`. Empty where nothing is left."""
    line = "".join(char if char.isprintable() else " " for char in str(text)).strip()
    return line if len(line) <= most else f"{line[: most - 3]}..."

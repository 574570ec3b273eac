"""Strangers' words made fit for Slack: no markup, no mention, no link, and no longer than Slack takes.

Escaping: docs.slack.dev/messaging/formatting-message-text. Limits: docs.slack.dev/reference/block-kit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from functions.core.incident.incident import Incident
from functions.core.printable import printable

LONGEST_HEADER, LONGEST_SECTION, LONGEST_FIELD = 150, 3000, 2000
LONGEST_CHANNEL = 80
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_NO_NAME = re.compile(r"[^a-z0-9_-]+")


def escape(text: str, longest: int) -> str:
    """One line, with Slack's three control characters as entities, none of them cut in two."""
    escaped = ""
    for char in printable(text, longest):
        piece = _ENTITIES.get(char, char)
        if len(escaped) + len(piece) > longest:
            break
        escaped += piece
    return escaped


def plain(text: str) -> Mapping[str, Any]:
    """A text that Slack does not format, of what is escaped already."""
    return {"type": "plain_text", "text": text or "-", "emoji": False}


def section(text: str) -> Mapping[str, Any]:
    return {"type": "section", "text": plain(escape(text, LONGEST_SECTION))}


def channel_name(incident: Incident) -> str:
    """As Slack wants names: lower case, without blanks and dots, 80 characters at most. The incident's id makes it its own."""
    ascii_only = unicodedata.normalize("NFKD", f"{incident.id} {incident.service}").encode("ascii", "ignore").decode()
    return _NO_NAME.sub("-", ascii_only.lower())[:LONGEST_CHANNEL].strip("-")

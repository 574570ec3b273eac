"""Block Kit's limits, as documented: docs.slack.dev/reference/block-kit/blocks. A block that goes beyond them is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

MOST_BLOCKS = 50
Block = Mapping[str, Any]


def fits(blocks: Sequence[Block]) -> bool:
    """Whether Slack would take these: header, section, context and actions are known, with buttons."""
    return len(blocks) <= MOST_BLOCKS and all(
        block["type"] in _FITS and _FITS[block["type"]](block) for block in blocks
    )


def _header(block: Block) -> bool:
    return block["text"]["type"] == "plain_text" and 0 < len(block["text"]["text"]) <= 150


def _section(block: Block) -> bool:
    fields = block.get("fields", [])
    whole = bool(fields) if "text" not in block else 0 < len(block["text"]["text"]) <= 3000
    return whole and len(fields) <= 10 and all(0 < len(field["text"]) <= 2000 for field in fields)


def _context(block: Block) -> bool:
    return 0 < len(block["elements"]) <= 10 and all(element["text"] for element in block["elements"])


def _actions(block: Block) -> bool:
    buttons = block["elements"]
    short = all(0 < len(one["text"]["text"]) <= 75 and len(one["value"]) <= 2000 for one in buttons)
    return 0 < len(buttons) <= 25 and short and len({one["action_id"] for one in buttons}) == len(buttons)


_FITS: Mapping[str, Callable[[Block], bool]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
}

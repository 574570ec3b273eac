"""Text for Jira, in Atlassian's document format (developer.atlassian.com/cloud/jira/platform/apis/document/structure): what stands in
a text node is shown as it is, so that nobody's words become a link, a mention or a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Node = dict[str, Any]


def document(*paragraphs: Node) -> Node:
    """The whole of a description or a comment."""
    return {"type": "doc", "version": 1, "content": list(paragraphs)}


def fact(name: str, text: str) -> Node:
    """A paragraph: a name in bold, and what it is. Neither is empty."""
    return _paragraph(_text(f"{name}: ", {"type": "strong"}), _text(text))


def line(text: str) -> Node:
    """A paragraph of its own. `text` is not empty."""
    return _paragraph(_text(text))


def reference(name: str, text: str, url: str) -> Node:
    """A paragraph with a link to an address of our own making."""
    return _paragraph(_text(f"{name}: ", {"type": "strong"}), _text(text, {"type": "link", "attrs": {"href": url}}))


def last_line(said: object) -> str:
    """The text of a document's last paragraph where that is plain text alone, else nothing."""
    texts = list(_texts(said["content"][-1])) if isinstance(said, Mapping) and said.get("content") else []
    return texts[0] if len(texts) == 1 else ""


def _texts(node: Mapping[str, Any]) -> Iterator[str]:
    return (str(inner.get("text", "")) for inner in node.get("content", []))


def _paragraph(*content: Node) -> Node:
    return {"type": "paragraph", "content": list(content)}


def _text(text: str, *marks: Node) -> Node:
    return {"type": "text", "text": text, **({"marks": list(marks)} if marks else {})}

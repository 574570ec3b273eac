"""What the pages for people are built of. Whatever is put into a block is escaped, cut and free of control characters, but for
titles and captions, which are ours."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape

from functions.core.incident.review.page_style import STYLE
from functions.core.incident.review.words import line

_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none';"
    f" style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
)
_TIME = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d UTC)?|(\d\d \w{3} )?\d\d:\d\d:\d\d")
Cell = str | tuple[str, str]
"""A text; or one with how it is marked: good, bad, or brief, which is not broken."""


def document(title: str, inner: str, *, pictures: bool = False) -> str:
    """A whole page around markup that is made of blocks. `pictures` lets it show those that it holds itself, as data: URIs."""
    policy = f"{_POLICY}; img-src data:" if pictures else _POLICY
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
        f'<meta name="robots" content="noindex"><title>{text(title)}</title>'
        f"<style>{STYLE}</style></head><body><main>{inner}</main></body></html>\n"
    )


def section(title: str, inner: str) -> str:
    return f"<section><h2>{title}</h2>{inner}</section>"


def short(sentences: Iterable[str]) -> str:
    said = "".join(f"<li>{text(sentence)}</li>" for sentence in sentences)
    return f'<section><h2>In short</h2><ul class="short">{said}</ul></section>'


def drawing(picture: str, caption: str) -> str:
    """Around the markup of a picture. The caption may be a stranger's."""
    region = f'role="region" aria-label="{text(caption)}" tabindex="0"'
    return f'<figure><figcaption>{text(caption)}</figcaption><div class="scroll" {region}>{picture}</div></figure>'


def nothing(sentence: str) -> str:
    return f'<p class="none">{sentence}.</p>'


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    head = "".join(f'<th scope="col">{title}</th>' for title in heads)
    body = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    return (
        '<div class="scroll">'
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def text(said: str) -> str:
    return escape(line(said))


def _cell(cell: Cell) -> str:
    said, kind = cell if isinstance(cell, tuple) else (cell, "brief" if _TIME.fullmatch(cell) else "")
    return f'<td class="{kind}">{text(said)}</td>' if kind else f"<td>{text(said)}</td>"

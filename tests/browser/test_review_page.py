"""The review as people see it: a real browser opens it, reads it, and takes its picture."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from functions.core.incident.review.markdown import markdown
from functions.core.incident.review.page import page
from functions.core.incident.review.review import Review
from tests.browser.browser import look
from tests.core.incident.review.test_renderers import hostile
from tests.reviewed import review

Look = Callable[..., dict[str, Any]]
EVIL = "<img src=x onerror=alert(1)><script>alert(1)</script>](javascript:alert(1)) ![x](https://evil.example/x.png) [y](https://evil.example)"
MORE = "https://evil.example www.evil.example evil@evil.example `a` *b* _c_ ~~d~~ | e | # f &lt;b&gt; \u202ecod.exe <https://evil.example>"


@pytest.fixture
def open_page(tmp_path: Path) -> Look:
    """Opens a review in the browser."""

    def opened(found: Review, **how: Any) -> dict[str, Any]:
        file = tmp_path / "review.html"
        file.write_text(page(found))
        return look(file, tmp_path, **how)

    return opened


def table(seen: dict[str, Any], caption: str) -> list[list[str]]:
    rows: list[list[str]] = next(one["rows"] for one in seen["tables"] if one["caption"].startswith(caption))
    return rows


def test_a_browser_reads_the_whole_review_and_asks_nobody_for_anything(open_page: Look, tmp_path: Path) -> None:
    picture = tmp_path / "review.png"
    seen = open_page(review(), picture=str(picture))
    assert seen["title"] == "Review of INC-20261123-0a1b2c3d: web-cpu-high"
    assert [heading for heading in seen["headings"] if ":" not in heading] == [
        "web-cpu-high", "In short", "What happened when", "Times against their targets", "Left behind",
        "Questions to answer together", "Action items", "What the automation decided, did and declined",
        "Timeline, line by line",
    ]  # fmt: skip
    assert table(seen, "As the runbook has them")[1:2] == [
        ["Acknowledged", "2026-11-23 12:19:40 UTC", "Ann Example", "2026-11-23 12:15:10 UTC", "missed by 4 min"]
    ]
    assert len(table(seen, "All times in UTC")) == 21
    assert all(one["caption"] and one["heads"] for one in seen["tables"])
    assert [label.split(".")[0] for label in seen["drawings"]][:1] == ["Timeline"] and all(seen["drawings"])
    assert (seen["complaints"], [url for url in seen["requests"] if not url.startswith("file:")]) == ([], [])
    assert seen["overlaps"] == [] and not seen["wider"]
    assert colours(picture) > 20


@pytest.mark.parametrize(("dark", "background"), [(False, "rgb(255, 255, 255)"), (True, "rgb(20, 23, 27)")])
def test_it_follows_the_readers_choice_of_light_or_dark(open_page: Look, dark: bool, background: str) -> None:
    assert open_page(review(), dark=dark)["background"] == background


def test_on_paper_it_is_dark_on_light_and_nothing_is_folded_away(open_page: Look) -> None:
    printed, shown = open_page(review(), printed=True, dark=True), open_page(review())
    assert (printed["background"], printed["unfolded"], shown["unfolded"]) == ("rgb(255, 255, 255)", True, False)


def test_a_phone_shows_it_without_scrolling_sideways(open_page: Look) -> None:
    assert not open_page(review(), wide=400)["wider"]


@pytest.mark.parametrize(
    "word", [EVIL, MORE, "w" * 5000, "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u05e2\u05d1\u05e8\u05d9\u05ea"]
)
def test_a_strangers_words_stay_words_in_the_page(open_page: Look, word: str) -> None:
    seen, calm = open_page(hostile(word)), open_page(review())
    assert seen["tags"] == calm["tags"] and seen["handlers"] == []
    assert (seen["complaints"], len(seen["requests"])) == ([], 1)
    assert not seen["wider"]
    assert word.split()[0][:40] in seen["text"]


@pytest.mark.parametrize("word", [EVIL, MORE])
def test_a_strangers_words_stay_words_where_markdown_is_rendered(tmp_path: Path, word: str) -> None:
    file = tmp_path / "review.md"
    file.write_text(markdown(hostile(word)))
    seen = look(file, tmp_path, markdown=True)
    assert set(seen["tags"]) == {
        "html", "head", "body", "h1", "h2", "h3", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert (seen["complaints"], seen["requests"], seen["handlers"]) == ([], [], [])
    assert len(seen["tables"][0]["rows"]) == 4
    assert word.replace("\u202e", " ")[:20] in seen["headings"][0].replace("\u200b", "")


def colours(picture: Path) -> int:
    """How many different pixels a PNG has, by a look at each of its rows."""
    data, at, packed = picture.read_bytes(), 8, b""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    while at < len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        packed += data[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    rows = zlib.decompress(packed)
    return len({rows[i : i + 3] for i in range(0, len(rows), 3)})

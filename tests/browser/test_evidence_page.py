"""The evidence as people see it: a real browser shows its pictures, asks nobody for anything, and takes no stranger's word for markup."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from functions.core.incident.inquiry.findings import Findings, Part, Picture
from functions.core.incident.inquiry.page import page
from tests.browser.browser import look
from tests.inquired import CURVE, FOUND, hostile
from tests.picture import png

DRAWN = replace(
    FOUND, pictures=Part(items=(Picture(title="the last 3 h", png=png()), Picture(title="a week ago", curve=CURVE)))
)  # fmt: skip


def opened(found: Findings, folder: Path, **how: object) -> dict[str, object]:
    file = folder / "evidence.html"
    file.write_text(page(found))
    return look(file, folder, **how)


def test_a_browser_shows_all_parts_with_their_pictures_and_asks_nobody(tmp_path: Path) -> None:
    seen = opened(DRAWN, tmp_path)
    assert seen["headings"] == [
        "web-cpu-high", "In short", "Other alarms that fire", "Deployments and changes", "What belongs to it",
        "The alarm's metric, now and a week ago", "Log lines that speak of trouble",
    ]  # fmt: skip
    assert isinstance(seen["requests"], list)
    assert [url.partition(":")[0] for url in seen["requests"]] == ["file", "data"]
    assert (seen["complaints"], seen["overlaps"], seen["wider"]) == ([], [], False)


def test_a_phone_shows_it_without_scrolling_sideways(tmp_path: Path) -> None:
    assert not opened(DRAWN, tmp_path, wide=400)["wider"]


def test_a_strangers_words_stay_words(tmp_path: Path) -> None:
    seen, calm = opened(hostile(), tmp_path), opened(DRAWN, tmp_path)
    assert (seen["tags"], seen["handlers"], seen["complaints"]) == (calm["tags"], [], [])

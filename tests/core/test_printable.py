"""Strangers' words on one line, however they were written."""

from __future__ import annotations

import pytest

from functions.core.printable import printable, trimmed, visible


@pytest.mark.parametrize("text", ["a\r\nb", "a\x1b[31mb", "a\u202eb", "a\x00\u200bb"])
def test_nothing_is_left_that_breaks_a_line_or_cannot_be_seen(text: str) -> None:
    assert visible(text).isprintable()
    assert len(visible(text)) == len(text)


def test_what_is_cut_says_so_and_is_no_longer_than_allowed() -> None:
    assert [printable("abcdef", most) for most in (6, 5)] == ["abcdef", "ab..."]
    assert trimmed("\n abcdef \n", 6) == "abcdef"
    assert (printable("\n", 5), trimmed("\n", 5)) == (" ", "")

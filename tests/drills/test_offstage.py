"""Rows that are played in process."""

from __future__ import annotations

import pytest

from drills.offstage import rehearse, rows
from functions.catalogue import load_all, names


def test_every_row_of_the_runbook_can_be_played() -> None:
    assert list(rows()) == names()
    assert all(does.endswith(".") for does in rows().values())


@pytest.mark.parametrize("row", names())
def test_each_scene_of_a_row_is_told_and_ends(row: str) -> None:
    told: list[tuple[str, str, str]] = []
    played = rehearse(row, lambda *line: told.append(line))
    assert played
    assert all(one.outcomes for one in played), played
    ends = {kind for _, kind, _ in told}
    assert {outcome for one in played for outcome in one.outcomes} <= ends
    assert [text for _, kind, text in told if kind == "scene"] == [one.scene.replace("_", " ") for one in played]


def test_what_is_no_row_is_refused_with_the_names_of_all() -> None:
    with pytest.raises(LookupError, match=f"no row is called 'nothing'; there are .*{load_all()[0].name}"):
        rehearse("nothing", lambda *line: None)

"""What a run changes may belong to somebody else than what its alarm watches: both have to let it."""

from __future__ import annotations

import pytest

from functions.readings.both_owners import MODE, tags_of_both

_MODES = ("never", "observe", "propose", "act")


@pytest.mark.parametrize("target", _MODES)
@pytest.mark.parametrize("changed", _MODES)
def test_of_two_modes_the_more_careful_one_holds(target: str, changed: str) -> None:
    lower = min(target, changed, key=_MODES.index)
    assert tags_of_both({MODE: target}, {MODE: changed}) == {MODE: lower}


@pytest.mark.parametrize(
    ("target", "changed", "mode"),
    [
        (None, None, None),
        (None, "act", "act"),
        ("act", None, None),
        ("propose", None, "propose"),
        ("observe", None, "observe"),
        ("never", None, "never"),
    ],
)
def test_where_the_owner_of_what_is_changed_is_silent_the_target_lets_nothing_be_changed(
    target: str | None, changed: str | None, mode: str | None
) -> None:
    said = tags_of_both({MODE: target} if target else {}, {MODE: changed} if changed else {})
    assert said.get(MODE) == mode


@pytest.mark.parametrize(("target", "changed"), [("atc", "act"), ("act", "atc"), ("never", "atc")])
def test_a_mode_that_cannot_be_read_comes_through_to_stop_the_run(target: str, changed: str) -> None:
    assert tags_of_both({MODE: target}, {MODE: changed})[MODE] == "atc"


def test_all_else_is_the_targets() -> None:
    target = {MODE: "act", "first-responder:cooldown": "2h"}
    assert tags_of_both(target, {MODE: "act", "first-responder:cooldown": "1m"}) == target

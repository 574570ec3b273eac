"""A request that is handed over in a sentence is one that the other row understands."""

from __future__ import annotations

import json

from functions.core.arn import parse_arn
from functions.core.hand_over import hand_over
from functions.core.manual import requested
from functions.core.policy import Mode
from tests.conftest import NOON
from tests.ecs_account import SERVICE
from tests.events import FUNCTION


def test_the_request_can_be_sent_as_it_is_and_changes_nothing_unasked() -> None:
    said = hand_over("scale_up_ecs_task", SERVICE, "it is too small", short_of="memory")
    row, _, body = said.removeprefix("Hand over to ").partition(": ")
    alarm = requested(json.loads(body), parse_arn(FUNCTION, "function"), NOON, "delivery")
    assert row == "scale_up_ecs_task"
    assert alarm.request is not None and alarm.request.target == SERVICE
    assert alarm.request.mode is Mode.PROPOSE and alarm.request.parameters == {"short_of": "memory"}


def test_what_strangers_have_named_stays_one_text() -> None:
    name = 'web", "mode": "act'
    assert json.loads(hand_over("restart_ecs_service", name, "why").partition(": ")[2])["target"] == name

"""Slack: each line once, in its order, where it belongs, whatever dies on the way; and buttons only where they make sense."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from drills.people_standin.block_kit import fits
from functions.adapters.clock import FakeClock
from functions.adapters.memory_chat import MemoryChat, Posted
from functions.adapters.memory_delivery import MemoryDelivery
from functions.adapters.memory_incidents import MemoryIncidents
from functions.core.incident.chat import Gone, Message
from functions.core.incident.incident import Incident, Moment, Severity
from functions.core.incident.news import SWITCHES, News
from functions.core.ports import Settings
from functions.core.remediation import Audience
from functions.core.run import Run
from functions.lifecycle.announce_slack import Announcer, post_line
from functions.lifecycle.slack_room import Rooms
from tests.events import eventbridge
from tests.house import House
from tests.told import INCIDENT, NOON, Died, Life, Mortal, line
from tests.toy import Dials

HOME, SECURITY = "CHOME", "CSECURITY"
CALM = replace(INCIDENT, severity=Severity.P3)
HIDDEN = replace(INCIDENT, audience=Audience.SECURITY, service="security/role-x")
NAME = "inc-20261129-abcdef12-shop"


@dataclass
class Workspace:
    """Slack, our record, and the announcer between them; `told` has it say lines until none is left, as the queue does."""

    channels: dict[str, str] = field(default_factory=lambda: {"operations": HOME, "security": SECURITY})
    chat: MemoryChat = field(default_factory=MemoryChat)
    delivery: MemoryDelivery = field(default_factory=MemoryDelivery)
    incidents: MemoryIncidents = field(default_factory=MemoryIncidents)
    runs: dict[tuple[str, str], Run] = field(default_factory=dict)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON))

    def __post_init__(self) -> None:
        self.chat.channels = {HOME: ("incidents", False), SECURITY: ("security", True)}
        self.chat.members = {SECURITY: {"UANN"}}

    def announcer(self, life: Life | None = None) -> Announcer:
        life = life or Life()
        return Announcer(
            rooms=Rooms(chat=Mortal(self.chat, life), delivery=Mortal(self.delivery, life)),
            channels=self.channels,
            incidents=self.incidents,
            run=lambda incident, run: self.runs.get((incident, run)),
            clock=self.clock,
            settings=Settings(policy={}),
        )

    def stands(self, incident: Incident) -> None:
        self.incidents.incidents[incident.id] = incident

    def told(self, *lines: News, life: Life | None = None) -> None:
        for news in lines:
            try:
                post_line(self.announcer(life), news)
            except Died:
                post_line(self.announcer(), news)

    def room(self, name: str = NAME) -> str:
        (found,) = [at for at, (said, _) in self.chat.channels.items() if said == name]
        return found

    def said(self, channel: str, *, below: bool = False) -> list[Posted]:
        return [one for one in self.chat.posted if one.channel == channel and bool(one.thread) is below]

    def buttons(self, message: Message) -> list[str]:
        rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
        return [button["action_id"] for row in rows for button in row]


@pytest.fixture
def workspace() -> Workspace:
    made = Workspace()
    made.stands(INCIDENT)
    return made


def test_an_urgent_incident_has_a_channel_a_status_and_a_thread_of_its_own(workspace: Workspace) -> None:
    workspace.told(line(1), line(2))
    room = workspace.room()
    (status,) = workspace.said(room)
    assert [one.thread for one in workspace.said(room, below=True)] == [status.id, status.id]
    assert [one.key for one in workspace.said(room, below=True)] == ["news1", "news2"]
    assert workspace.delivery.state("slack", INCIDENT.id)["channel"] == room
    assert workspace.delivery.state("slack", INCIDENT.id)["ts"] == status.id
    (opened,) = workspace.said(HOME)
    assert f"<#{room}>" in json.dumps(opened.message.blocks)


def test_where_a_line_was_said_is_on_record_so_that_slack_need_not_be_asked(workspace: Workspace) -> None:
    workspace.told(line(1))
    (said,) = workspace.said(workspace.room(), below=True)
    assert workspace.delivery.begin("slack", INCIDENT.id, "news1") == said.id


def test_the_status_says_how_things_stand(workspace: Workspace) -> None:
    workspace.told(line(1))
    workspace.stands(replace(INCIDENT, acknowledged=Moment(at=NOON, by="ann")))
    workspace.told(line(2))
    (status,) = workspace.said(workspace.room())
    shown = json.dumps(status.message.blocks)
    assert status.message.blocks[0]["text"]["text"] == "[P1] orders: disk full"
    for text in (
        "Service\\nshop",
        "Status\\nacknowledged",
        "Taken on by\\nann, 2026-11-29 12:00 UTC",
        "Response due\\n2026-11-29 12:15 UTC",
        "Resolution due\\n2026-11-29 16:00 UTC",
        "plan: line 2",
    ):
        assert text in shown, shown


def test_a_calm_incident_is_told_in_the_shared_channel(workspace: Workspace) -> None:
    workspace.stands(CALM)
    workspace.told(line(1, CALM), line(2, CALM))
    assert len(workspace.said(HOME)) == 1
    assert len(workspace.said(HOME, below=True)) == 2
    assert set(workspace.chat.channels) == {HOME, SECURITY}


def test_what_belongs_to_no_incident_is_told_in_the_shared_channel(workspace: Workspace) -> None:
    news = replace(line(1, CALM), incident=SWITCHES, of=SWITCHES, kind="stop")
    workspace.told(news, news)
    (said,) = workspace.said(HOME)
    assert said.key == "news1"


def test_a_severity_that_is_raised_opens_the_channel_and_leaves_word_in_the_shared_one(workspace: Workspace) -> None:
    workspace.stands(CALM)
    workspace.told(line(1, CALM))
    workspace.stands(INCIDENT)
    workspace.told(line(2, kind="severity"), line(3))
    room = workspace.room()
    assert [one.key for one in workspace.said(HOME, below=True)] == ["news1"]
    assert [one.key for one in workspace.said(room, below=True)] == ["news2", "news3"]
    old, opened = workspace.said(HOME)
    for message in (old.message, opened.message):
        assert f"<#{room}>" in json.dumps(message.blocks)
        assert workspace.buttons(message) == []


def test_an_incident_moves_even_where_its_old_message_was_deleted(workspace: Workspace) -> None:
    workspace.stands(CALM)
    workspace.told(line(1, CALM))
    workspace.chat.posted.clear()
    workspace.stands(INCIDENT)
    workspace.told(line(2))
    assert [one.key for one in workspace.said(workspace.room(), below=True)] == ["news2"]


def test_a_severity_that_is_lowered_moves_nothing(workspace: Workspace) -> None:
    workspace.told(line(1))
    workspace.stands(CALM)
    workspace.told(line(2, CALM))
    assert len(workspace.said(workspace.room(), below=True)) == 2


def test_security_is_told_in_its_own_channels_alone(workspace: Workspace) -> None:
    workspace.stands(HIDDEN)
    workspace.told(line(1, HIDDEN))
    room = workspace.room("inc-20261129-abcdef12-security-role-x")
    assert workspace.chat.channels[room][1] is True
    assert workspace.chat.members[room] == {"UANN"}
    assert workspace.said(HOME) == []
    assert len(workspace.said(SECURITY)) == 1
    assert len(workspace.said(room, below=True)) == 1


def test_where_security_has_no_channel_nothing_is_sent_and_nothing_told(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    del workspace.channels["security"]
    workspace.stands(HIDDEN)
    workspace.told(line(1, HIDDEN, text="role-x was taken over"))
    assert workspace.chat.posted == []
    logged = "".join(str(vars(record)) for record in caplog.records)
    assert HIDDEN.id in logged and "role-x" not in logged


def _dies(workspace: Workspace, life: Life) -> bool:
    """A whole story, of which one line is interrupted; whether there was anything left to interrupt."""
    workspace.stands(CALM)
    workspace.told(line(1, CALM), line(2, CALM), life=life)
    workspace.stands(INCIDENT)
    workspace.told(line(3, kind="severity"), line(4), life=life)
    return life.over


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_whatever_dies_on_the_way_each_thing_is_said_once_and_in_its_order(*, after: bool) -> None:
    for calls in range(100):
        workspace = Workspace()
        if not _dies(workspace, Life(calls, after=after)):
            break
        room = workspace.room()
        assert [one.key for one in workspace.said(HOME, below=True)] == ["news1", "news2"], calls
        assert [one.key for one in workspace.said(room, below=True)] == ["news3", "news4"], calls
        assert sorted(one.key for one in workspace.said(HOME)) == [f"channel-{room}", f"status-{INCIDENT.id}-{HOME}"], (
            calls
        )
        assert [one.key for one in workspace.said(room)] == [f"status-{INCIDENT.id}-{room}"], calls
        assert "line 4" in json.dumps(workspace.said(room)[0].message.blocks), calls
        assert "channel of its own" in json.dumps(workspace.said(HOME)[0].message.blocks), calls
    assert 20 < calls < 100


def test_a_line_that_comes_late_is_said_and_does_not_become_the_last_one(workspace: Workspace) -> None:
    workspace.told(line(1), line(3), line(2))
    room = workspace.room()
    assert [one.key for one in workspace.said(room, below=True)] == ["news1", "news3", "news2"]
    assert "line 3" in json.dumps(workspace.said(room)[0].message.blocks)


def test_what_comes_after_the_channel_was_archived_is_told_in_the_shared_one_once(workspace: Workspace) -> None:
    workspace.told(line(1))
    workspace.chat.closed.add(workspace.room())
    workspace.told(line(2), line(2))
    assert [one.key for one in workspace.said(HOME)][1:] == ["news2"]
    assert INCIDENT.id in workspace.said(HOME)[1].message.text


def test_where_the_shared_channel_is_archived_it_is_an_error(workspace: Workspace) -> None:
    workspace.stands(CALM)
    workspace.chat.closed.add(HOME)
    with pytest.raises(Gone):
        post_line(workspace.announcer(), line(1, CALM))


def test_an_incident_that_is_not_on_record_is_an_error(workspace: Workspace) -> None:
    workspace.incidents.incidents.clear()
    with pytest.raises(LookupError, match="not on record"):
        post_line(workspace.announcer(), line(1))


HOSTILE = "<!everyone> @channel <https://evil.example|click> & *bold* \r\n\x1b[31m" + "&<>" * 2000


def test_strangers_words_are_neither_markup_nor_mention_nor_longer_than_slack_takes(workspace: Workspace) -> None:
    names = dict.fromkeys(("title", "service", "target", "severity_why"), HOSTILE)
    hostile = replace(INCIDENT, **names, acknowledged=Moment(at=NOON, by=HOSTILE))  # type: ignore[arg-type]
    workspace.stands(hostile)
    workspace.told(line(1, hostile, text=HOSTILE, remediation=HOSTILE, kind=HOSTILE), line(2, hostile))
    assert len(workspace.chat.posted) == 4
    for posted in workspace.chat.posted:
        assert fits(posted.message.blocks)
        texts = list(_texts(posted.message.blocks))
        ours = f"<#{workspace.chat.posted[0].channel}>"
        for text in [posted.message.text, *(one["text"] for one in texts if one["type"] == "plain_text")]:
            assert not set("<>\x1b\r") & set(text)
            assert "&" not in text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
        assert [one["text"] for one in texts if one["type"] == "mrkdwn"] in ([], [ours])
        assert len(posted.message.text) <= 3000


def test_a_channels_name_is_one_that_slack_takes(workspace: Workspace) -> None:
    workspace.stands(replace(INCIDENT, service="Łódź Café / Orders.API" + "x" * 100))
    workspace.told(line(1))
    name = next(said for said, _ in workspace.chat.channels.values() if said.startswith("inc-"))
    assert name.startswith("inc-20261129-abcdef12-odz-cafe-orders-api")
    assert len(name) <= 80


def test_buttons_go_when_they_make_no_sense_any_more(workspace: Workspace) -> None:
    def shown() -> list[str]:
        return workspace.buttons(workspace.said(workspace.room())[0].message)

    workspace.told(line(1))
    assert shown() == ["acknowledge", "resolve"]
    workspace.stands(replace(INCIDENT, acknowledged=Moment(at=NOON, by="ann")))
    workspace.told(line(2))
    assert shown() == ["resolve"]
    workspace.stands(replace(INCIDENT, resolved=Moment(at=NOON, by="ann")))
    workspace.told(line(3))
    assert shown() == []


def _of(run: Run, number: int) -> News:
    return line(number, of=run.incident, run=run.id)


def test_a_plan_can_be_answered_only_while_it_waits(workspace: Workspace, house: House, dials: Dials) -> None:
    dials.tags = {"first-responder:mode": "propose"}
    workspace.clock = house.clock
    run = house.run(house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"})))
    assert run.plan is not None
    workspace.runs[run.incident, run.id] = run
    workspace.told(line(1), _of(run, 2))
    status = workspace.said(workspace.room())[0].message
    assert workspace.buttons(status) == ["approve", "decline", "acknowledge", "resolve"]
    approve = next(block for block in status.blocks if block["type"] == "actions")["elements"][0]
    assert json.loads(approve["value"]) == {"incident": run.incident, "run": run.id, "plan": run.plan["hash"]}
    shown = json.dumps(status.blocks)
    assert run.plan["hash"] in shown and "turn dial a from 1 to 2" in shown and "way back" in shown
    house.clock.move(timedelta(hours=2))
    workspace.told(_of(run, 3))
    assert workspace.buttons(workspace.said(workspace.room())[0].message) == ["acknowledge", "resolve"]


def test_a_plan_that_is_too_long_to_be_shown_cannot_be_approved_unseen(
    workspace: Workspace, house: House, dials: Dials
) -> None:
    dials.tags = {"first-responder:mode": "propose"}
    workspace.clock = house.clock
    run = house.run(house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"})))
    assert run.plan is not None
    workspace.runs[run.incident, run.id] = replace(run, plan={**run.plan, "lines": ["turn a" + "<" * 900, "turn b"]})
    workspace.told(_of(run, 1))
    status = workspace.said(workspace.room())[0].message
    assert workspace.buttons(status) == ["acknowledge", "resolve"]
    assert f"./first-responder approve {run.incident} {run.id}" in json.dumps(status.blocks)


def test_a_run_that_has_changed_something_can_be_taken_back_until_it_is(workspace: Workspace, house: House) -> None:
    def shown() -> list[str]:
        return workspace.buttons(workspace.said(workspace.room())[0].message)

    answer = house.follow(house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"})))
    run = house.run(answer)
    workspace.runs[run.incident, run.id] = run
    workspace.told(line(1), _of(run, 2))
    assert shown() == ["undo", "acknowledge", "resolve"]
    back = replace(run, id=f"{run.id}-undo-1", undoes=run.id)
    workspace.runs[back.incident, back.id] = back
    workspace.told(_of(back, 3))
    assert shown() == ["acknowledge", "resolve"]


def test_what_cannot_be_taken_back_has_no_button(workspace: Workspace, house: House) -> None:
    run = house.run(house.follow(house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"}))))
    assert run.plan is not None
    for_good = replace(run, plan={**run.plan, "way_back": ["none: gone", "none: gone"]})
    workspace.runs[run.incident, run.id] = for_good
    workspace.told(_of(run, 1))
    assert workspace.buttons(workspace.said(workspace.room())[0].message) == ["acknowledge", "resolve"]


def test_what_other_places_keep_is_linked(workspace: Workspace) -> None:
    workspace.delivery.keep("ticket", INCIDENT.id, {"url": "https://jira.example/browse/OPS-1?a=1&b=2"})
    workspace.delivery.keep("review", INCIDENT.id, {"url": "javascript:alert(1)"})
    workspace.told(line(1))
    shown = json.dumps(workspace.said(workspace.room())[0].message.blocks)
    assert "<https://jira.example/browse/OPS-1?a=1&amp;b=2|ticket>" in shown
    assert "javascript" not in shown


def _texts(value: Any) -> Any:
    """Every text object in some blocks."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)

"""What reaches people, as the drill reads it from the places themselves: nothing is missed, nothing counted twice."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from io import StringIO

import pytest
from rich.console import Console

from drills import arrived, show
from drills.arrivals import counts, twice
from drills.arrived import Arrival
from drills.inbox import Mail
from drills.people_standin.jira import Jira
from drills.people_standin.slack import TOKEN, Slack
from drills.people_standin.slack_workspace import Channel
from drills.places import HOME, standing_in

INCIDENT = "INC-20261129-abcdef12"
OTHER = "INC-20261129-00000002"


@pytest.fixture
def slack() -> Iterator[Slack]:
    with standing_in() as places:
        yield places.slack


def said(slack: Slack, method: str, **asked: object) -> Arrival | None:
    """What arrives by one call, as its answer comes back over HTTP."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{slack.api}{method}", json.dumps(asked).encode(), headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert json.load(answer)["ok"]
    return arrived.in_slack(slack, *slack.done[-1])


def content(key: str, text: str = "text", action: str = "") -> dict[str, object]:
    button = {"type": "button", "action_id": action, "text": {"type": "plain_text", "text": action}, "value": "{}"}
    rows = [{"type": "actions", "elements": [button]}] if action else []
    return {"text": text, "blocks": rows, "metadata": {"event_payload": {"key": key}}}


def test_a_message_its_thread_and_what_takes_its_place_belong_to_its_incident(slack: Slack) -> None:
    posted = said(slack, "chat.postMessage", channel=HOME, **content(f"status-{INCIDENT}-{HOME}", "open", "Approve"))
    ts = slack.channels[HOME].messages[0]["ts"]
    named = content("news1", f"{OTHER} has joined")
    reply = said(slack, "chat.postMessage", channel=HOME, thread_ts=ts, **named)
    update = said(
        slack, "chat.update", channel=HOME, ts=ts, **content(f"status-{INCIDENT}-{HOME}", f"{OTHER} has joined")
    )
    assert posted == Arrival(
        place="slack",
        incident=INCIDENT,
        what="message",
        text="#incidents open [Approve]",
        line=f"status-{INCIDENT}-{HOME}",
    )
    assert reply == Arrival(
        place="slack", incident=INCIDENT, what="reply", text=f"#incidents > {OTHER} has joined", line="news1"
    )
    assert update == Arrival(
        place="slack", incident=INCIDENT, what="in place", text=f"#incidents now: {OTHER} has joined"
    )


def test_a_channel_of_its_own_and_the_word_of_it_belong_to_the_incident(slack: Slack) -> None:
    made = said(slack, "conversations.create", name=f"{INCIDENT.lower()}-shop")
    assert made is not None
    (channel,) = [one.id for one in slack.channels.values() if one.name.startswith("inc-")]
    link = {"type": "context", "elements": [{"type": "mrkdwn", "text": f"<#{channel}>"}]}
    word = said(slack, "chat.postMessage", channel=HOME, **{**content(f"channel-{channel}"), "blocks": [link]})
    assert (made.incident, made.text) == (INCIDENT, f"channel #{INCIDENT.lower()}-shop created")
    assert word is not None and word.incident == INCIDENT
    assert said(slack, "conversations.list") is None


def test_a_page_is_told_from_every_other_by_all_that_it_says() -> None:
    event = {"event_action": "trigger", "dedup_key": INCIDENT, "payload": {"summary": "[P1] opened"}}
    taken_back = {"event_action": "resolve", "dedup_key": INCIDENT}
    other = {**event, "payload": {"summary": "[P1] missed"}}
    pages = [arrived.in_pagerduty("enqueue", (), one, {}) for one in (event, other, taken_back, event)]
    assert [one.what for one in pages] == ["page sent", "page sent", "page resolved", "page sent"]
    assert twice(pages) == ["pagerduty has got 2 times: page sent: [P1] opened"]


def test_a_ticket_its_notes_and_its_end_are_told_and_what_is_only_read_is_not() -> None:
    jira = Jira("OPS")
    labels = ["first-responder", f"incident-{INCIDENT}"]
    body = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "w"}]}]}
    fields = {
        "project": {"key": "OPS"},
        "issuetype": {"name": "Task"},
        "summary": "s",
        "labels": labels,
        "description": body,
    }
    _, made = jira.create({"fields": fields})
    asked = [
        ("create", (), {"fields": fields}, made),
        ("comment", ("OPS-1",), {"body": body}, {}),
        ("transition", ("OPS-1",), {"transition": {"id": "30"}}, {}),
        ("edit", ("OPS-1",), {}, {}),
        ("read", ("OPS-1",), {}, {}),
    ]
    found = [arrived.in_jira(jira, *one) for one in asked]
    jira.close()
    texts = [one.text if one else None for one in found]
    assert texts == ["OPS-1 opened: s", "OPS-1 note: w", "OPS-1 is Done", "OPS-1 rated anew", None]
    assert {one.incident for one in found if one} == {INCIDENT}


def test_a_mail_that_comes_perhaps_again_is_the_same_line() -> None:
    text = f"What: a disk is full\nIncident: {INCIDENT} (P1, open)"
    first, again = (
        arrived.by_mail(Mail("[P1] opened", text)),
        arrived.by_mail(Mail("(perhaps again) [P1] opened", text)),
    )
    assert first.text == "[P1] opened: a disk is full"
    assert (first.incident, twice([first, again])) == (
        INCIDENT,
        ["mail has got 2 times: (perhaps again) [P1] opened: a disk is full"],
    )


def test_what_takes_the_place_of_itself_may_do_so_any_number_of_times() -> None:
    update = Arrival(place="slack", incident=INCIDENT, what="in place", text="now")
    assert twice([update, update]) == []
    assert [(one.what, one.times) for one in counts([update, update])] == [("in place", 2)]


def test_the_table_names_each_incident_and_nothing_that_was_said_is_markup() -> None:
    terminal = Console(file=StringIO(), width=120, highlight=False)
    mail = Arrival(place="mail", incident=INCIDENT, what="mail", text="[bold]a name[/bold]", line="1")
    show.line(terminal, "2026-11-29T12:00:00.000+00:00", mail.place, mail.text)
    again = show.told(terminal, [mail, mail])
    assert isinstance(terminal.file, StringIO)
    shown = terminal.file.getvalue()
    assert again == ["mail has got 2 times: [bold]a name[/bold]"]
    assert shown.count("[bold]a name[/bold]") == 2
    assert "2 mail" in shown and "came twice: 1" in shown


def test_a_channel_that_is_there_before_is_named_in_full(slack: Slack) -> None:
    slack.channels["C0OTHER000"] = Channel("C0OTHER000", f"{INCIDENT.lower()}-shop")
    posted = said(slack, "chat.postMessage", channel="C0OTHER000", **content("news1"))
    assert posted is not None and posted.text.startswith("#abcd-shop ")

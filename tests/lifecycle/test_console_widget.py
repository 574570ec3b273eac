"""The dashboard's widget: what a browser makes of it, and what its buttons do when somebody clicks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from html.parser import HTMLParser
from typing import Any, ClassVar

import pytest

from functions.adapters.runbook_files import due_by, severity_rules, time_rules
from functions.core.incident.approvers import Approvers
from functions.core.incident.incident import Incident
from functions.core.incident.turns import Turn, note
from functions.core.remediation import Audience
from functions.lifecycle.answer import answer
from functions.lifecycle.console_answer import answer_by_widget, is_widget
from functions.lifecycle.console_widget import MOST, Window, look
from functions.lifecycle.report import Counter, report
from tests.desk import Desk
from tests.events import ACCOUNT, REGION
from tests.toy import BreakSeal, TurnDial, TurnDialsUp

ANSWERS = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:first-responder-answer"
CONTEXT = {"dashboardName": "first-responder", "accountId": ACCOUNT, "forms": {"all": {}}, "params": {}}
NASTY = "</td><script>alert(1)</script><img src=x onerror=alert(1)>\"'&{\x1b"
ADA = {"by": "ada", "reason": "go"}


class BreaksTheSeal(TurnDialsUp):
    seals: ClassVar = (TurnDial, BreakSeal)


@dataclass
class Button:
    """What is clicked, and the cwdb-action right behind it."""

    label: str
    attributes: Mapping[str, str | None]
    content: str = ""

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.content)
        return found


@dataclass
class Seen(HTMLParser):
    """A widget as a browser parses it."""

    html: str
    tags: list[str] = field(default_factory=list)
    attributes: dict[str, list[str | None]] = field(default_factory=dict)
    buttons: list[Button] = field(default_factory=list)
    words: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._before, self._clicked = "", ""
        self.feed(self.html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attributes:
            self.attributes.setdefault(name, []).append(value)
        if tag == "cwdb-action":
            assert self._before == "a", "CloudWatch binds the action to the element right before it"
            self.buttons.append(Button(self._clicked, dict(attributes)))
        if tag not in ("input",):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        self._before = tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["cwdb-action"]:
            self.buttons[-1].content += data
        elif self._open[-1:] == ["a"]:
            self._clicked = data
        elif self._open[-1:] != ["style"]:
            self.words += data

    def button(self, label: str) -> Button:
        return next(button for button in self.buttons if button.label == label)


class Dashboard:
    """Somebody looks at it, types into its form and clicks."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.window = Window(ports=desk.ports, incidents=desk.incidents, answers=ANSWERS)
        self.counter = Counter(
            incidents=desk.incidents, rules=severity_rules(), due=due_by(time_rules({})), clock=desk.clock
        )

    def report(self, service: str = "shop", title: str = "Checkout is slow", severity: str = "P2") -> str:
        said = {"service": service, "title": title, "what": "customers wait", "severity": severity}
        return report(self.counter, {"report": said, "by": "bob"}, f"{service}{title}")["incident"]

    def waiting_run(self, incident: str) -> Any:
        """A proposal that belongs to the incident."""
        run = self.desk.house.run(self.desk.propose())
        known = self.desk.incidents.load(incident)
        assert known is not None
        self.desk.incidents.save(
            Turn(replace(known, joiners=(run.incident,)), note(known, "joined", "x", run.due).entries)
        )
        return run

    def see(self, **typed: str) -> Seen:
        html = look(self.window, {"widgetContext": {**CONTEXT, "forms": {"all": typed}}})
        assert isinstance(html, str)
        return Seen(html)

    def click(self, event: Mapping[str, Any], **typed: str) -> Seen:
        whole = {**event, "widgetContext": {**CONTEXT, "forms": {"all": typed}}}
        assert is_widget(whole)
        desk = self.desk.answers
        return Seen(answer_by_widget(whole, desk, partial(answer, desk)))

    def incident(self, which: str) -> Incident:
        found = self.desk.incidents.load(which)
        assert found is not None
        return found


@pytest.fixture
def dashboard(desk: Desk) -> Dashboard:
    return Dashboard(desk)


def test_it_says_what_it_is_for(dashboard: Dashboard) -> None:
    said = look(dashboard.window, {"describe": True})
    assert isinstance(said, dict)
    assert "first-responder-answer" in said["markdown"]


def test_without_incidents_it_says_so_and_offers_nothing(dashboard: Dashboard) -> None:
    seen = dashboard.see()
    assert (seen.words, seen.buttons) == ("No incident is open.", [])


def test_it_lists_the_most_urgent_first_with_their_newest_lines(dashboard: Dashboard, desk: Desk) -> None:
    low, high = dashboard.report(service="bank", severity="P3"), dashboard.report()
    known = dashboard.incident(high)
    for number in range(8):
        known = desk.incidents.save(
            note(known, "update", f"look {number}", desk.clock.now() + timedelta(seconds=number))
        )
    seen = dashboard.see()
    assert seen.words.index(high) < seen.words.index(low)
    assert [f"look {number}" in seen.words for number in range(8)] == [False, False, *[True] * 6]
    desk.clock.move(timedelta(hours=1))
    assert [value for value in dashboard.see().attributes["class"] if value == "late"] == ["late"]


def test_more_than_there_is_room_for_is_counted(dashboard: Dashboard) -> None:
    for number in range(MOST + 2):
        dashboard.report(service=f"s{number}")
    seen = dashboard.see()
    assert seen.tags.count("section") == MOST
    assert "2 more: ./first-responder incidents" in seen.words


def test_what_concerns_security_is_counted_and_not_shown(dashboard: Dashboard, desk: Desk) -> None:
    known = dashboard.incident(dashboard.report(title="Keys were stolen"))
    hidden = replace(known, audience=Audience.SECURITY)
    desk.incidents.save(note(hidden, "update", "secret", desk.clock.now()))
    seen = dashboard.see()
    assert "1 of security, which are not shown here" in seen.words
    assert not any(word in seen.html for word in ("Keys", "secret", known.id))


def test_strangers_words_are_text_and_nothing_else(dashboard: Dashboard, desk: Desk) -> None:
    incident = dashboard.incident(dashboard.report())
    desk.incidents.save(note(replace(incident, title=NASTY, service=NASTY), NASTY, NASTY, desk.clock.now()))
    seen = dashboard.see(by=NASTY, reason=NASTY)
    allowed = {
        "style",
        "div",
        "form",
        "p",
        "label",
        "input",
        "section",
        "h3",
        "span",
        "table",
        "tr",
        "td",
        "a",
        "cwdb-action",
    }
    assert set(seen.tags) <= allowed
    attributes = {"class", "name", "maxlength", "value", "action", "display", "endpoint", "confirmation"}
    assert set(seen.attributes) <= attributes
    assert "\x1b" not in seen.html
    assert seen.words.count("<script>alert(1)</script>") == 4
    assert seen.attributes["value"] == [NASTY.replace("\x1b", " ")] * 2


def test_what_a_button_sends_stays_data_whatever_stands_in_it(dashboard: Dashboard, desk: Desk) -> None:
    known = dashboard.incident(dashboard.report())
    odd = replace(known, id='INC-</cwdb-action><script>"&amp;', version=0)
    desk.incidents.open(note(odd, "opened", "x", desk.clock.now()))
    seen = dashboard.see()
    assert "script" not in seen.tags
    assert odd.id in [button.event["incident"] for button in seen.buttons]


def test_acknowledging_is_recorded_under_the_typed_name_and_that_it_came_from_the_console(dashboard: Dashboard) -> None:
    incident = dashboard.report()
    button = dashboard.see().button("Acknowledge")
    assert button.attributes == {
        "action": "call",
        "display": "popup",
        "endpoint": ANSWERS,
        "confirmation": f"Take {incident} on?",
    }
    assert "console:ada has taken it on" in dashboard.click(button.event, **ADA).words
    taken = dashboard.incident(incident).acknowledged
    assert taken is not None and taken.by == "console:ada"
    assert [button.label for button in dashboard.see().buttons] == ["Resolve"]
    assert "Not done: " in dashboard.click(button.event, **ADA).words


def test_a_plan_is_approved_by_its_hash_and_only_while_it_is_the_same(dashboard: Dashboard, desk: Desk) -> None:
    desk.use(BreaksTheSeal())
    dashboard.window = replace(dashboard.window, ports=desk.ports)
    run = dashboard.waiting_run(dashboard.report())
    button = dashboard.see().button("Approve")
    assert button.event == {"answer": "approve", "incident": run.incident, "run": run.id, "plan": run.plan["hash"]}
    assert str(button.attributes["confirmation"]).startswith("It CANNOT ALL BE TAKEN BACK. Carry out plan ")
    assert "none: a broken seal stays broken" in dashboard.see().words
    other = dashboard.click({**button.event, "plan": "0" * 16}, **ADA)
    assert "look at it again" in other.words
    assert "approved by console:ada" in dashboard.click(button.event, **ADA).words
    assert desk.house.follow(desk.wake()).decision == "recovered"
    assert "Approve" not in [button.label for button in dashboard.see().buttons]


class SaysMuch(TurnDial):
    def __str__(self) -> str:
        return f"turn {'on and ' * 100}on to {self.to}"


class TurnsAtLength(TurnDialsUp):
    seals: ClassVar = (SaysMuch, SaysMuch)
    actions: ClassVar = (SaysMuch,)


def test_what_somebody_answers_is_shown_whole(dashboard: Dashboard, desk: Desk) -> None:
    desk.use(TurnsAtLength())
    dashboard.window = replace(dashboard.window, ports=desk.ports)
    dashboard.waiting_run(dashboard.report())
    assert f"turn {'on and ' * 100}on to 2" in dashboard.see().words


def test_what_a_joiner_says_of_its_own_opening_is_left_out(dashboard: Dashboard) -> None:
    first = dashboard.report()
    assert dashboard.report(title="Search is slow") == first
    words = dashboard.see().words
    assert ("has joined: Search is slow" in words, words.count("opened"), "followed at" in words) == (True, 1, False)


def test_declining_and_resolving_are_offered_too(dashboard: Dashboard, desk: Desk) -> None:
    incident = dashboard.report()
    dashboard.waiting_run(incident)
    seen = dashboard.see(by="ada")
    assert "declined by console:ada" in dashboard.click(seen.button("Decline").event, by="ada").words
    assert "is looked at first" in dashboard.click(seen.button("Resolve").event, by="ada").words
    assert desk.wake().decision == "declined"


@pytest.mark.parametrize("typed", [{}, {"by": " "}, {"by": "a" * 100}])
def test_who_gives_no_name_answers_nothing(dashboard: Dashboard, typed: dict[str, str]) -> None:
    incident = dashboard.report()
    words = dashboard.click(dashboard.see().button("Acknowledge").event, **typed).words
    assert "type your name into the widget first" in words
    assert dashboard.incident(incident).acknowledged is None


@pytest.mark.parametrize("context", [{}, {"forms": None}, {"forms": {"all": []}}, {"forms": {"all": {"by": ["ada"]}}}])
def test_a_context_that_is_not_as_documented_answers_nothing(dashboard: Dashboard, context: Any) -> None:
    event = {"answer": "acknowledge", "incident": dashboard.report(), "widgetContext": context}
    desk = dashboard.desk.answers
    assert "type your name" in answer_by_widget(event, desk, partial(answer, desk))


@pytest.mark.parametrize("verb", ["list", "incident", "resolve_anyway", "severity", "mitigate", None])
def test_it_takes_what_it_offers_and_nothing_else(dashboard: Dashboard, verb: Any) -> None:
    words = dashboard.click({"answer": verb, "incident": dashboard.report()}, **ADA).words
    assert words == "Not done: the widget offers approve, decline, acknowledge, resolve"


def test_what_makes_no_sense_is_refused_in_a_sentence(dashboard: Dashboard) -> None:
    for event in (
        {"answer": "approve"},
        {"answer": "acknowledge", "incident": "INC-1"},
        {"answer": "resolve", "by": "x"},
    ):
        assert "allowed: " in dashboard.click(event, **ADA).words, event
    assert "by is " in dashboard.click({"answer": "acknowledge", "incident": "INC-1"}, by="a\nb").words


def test_who_is_listed_by_name_is_not_vouched_for_by_typing_that_name(dashboard: Dashboard) -> None:
    incident, listed = dashboard.report(), Approvers({"*": ("ada", "console:eve")})
    dashboard.desk.answers = replace(dashboard.desk.answers, approvers=listed)
    resolving = dashboard.see().button("Resolve").event
    assert "console:ada may not answer for shop" in dashboard.click(resolving, by="ada").words
    assert "is looked at first" in dashboard.click(resolving, by="eve").words
    assert dashboard.incident(incident).id == incident


def test_a_plan_that_takes_two_is_not_approved_by_typed_names(dashboard: Dashboard, desk: Desk) -> None:
    run = dashboard.waiting_run(dashboard.report())
    desk.store.save(replace(run, plan={**run.plan, "second_person": True}), [])
    seen = dashboard.see()
    assert "takes a second person" in dashboard.click(seen.button("Approve").event, **ADA).words
    assert "declined by console:ada" in dashboard.click(seen.button("Decline").event, **ADA).words

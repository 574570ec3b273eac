"""PagerDuty: one alert for each incident that is urgent enough, answered and ended with it, whatever is tried again."""

from __future__ import annotations

import pytest

from functions.adapters.memory_pager import MemoryPager
from functions.core.incident.incident import Severity
from functions.core.incident.pager import Step
from functions.core.incident.places import PLACES
from functions.core.remediation import Audience
from functions.lifecycle.announce_pagerduty import Switchboard, page, page_line
from tests.lifecycle.crashing_delivery import POINTS, CrashingDelivery, Died
from tests.lifecycle.lines import INCIDENT, line

TRIGGERS = ("opened", "severity", "escalation", "missed", "proposed")


@pytest.fixture
def delivery() -> CrashingDelivery:
    return CrashingDelivery()


@pytest.fixture
def pager() -> MemoryPager:
    return MemoryPager()


@pytest.fixture
def board(pager: MemoryPager, delivery: CrashingDelivery) -> Switchboard:
    severities = frozenset({Severity.P1, Severity.P2})
    return Switchboard(pagers={Audience.OPERATIONS: pager}, severities=severities, delivery=delivery)


def steps(pager: MemoryPager) -> list[Step]:
    return [page.step for page in pager.pages]


def test_every_kind_of_line_that_comes_has_its_step(board: Switchboard, pager: MemoryPager) -> None:
    assert PLACES["pagerduty"].kinds == {*TRIGGERS, "acknowledged", "resolved"}
    for number, kind in enumerate((*TRIGGERS, "acknowledged", "resolved")):
        page_line(board, line(kind, number))
    assert steps(pager) == [Step.TRIGGER] * 5 + [Step.ACKNOWLEDGE, Step.RESOLVE]
    assert {page.incident for page in pager.pages} == {INCIDENT}
    assert (pager.calls, pager.open) == (1, set())


def test_a_line_that_comes_twice_is_sent_once(board: Switchboard, pager: MemoryPager) -> None:
    for _ in range(2):
        page_line(board, line("opened"))
    assert len(pager.pages) == 1


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kind", ["opened", "resolved"])
def test_a_crash_anywhere_calls_nobody_twice_and_leaves_no_call_open(
    board: Switchboard, pager: MemoryPager, delivery: CrashingDelivery, kind: str, point: str
) -> None:
    for number, each in enumerate(("opened", "resolved")):
        delivery.dies = point if each == kind else ""
        try:
            page_line(board, line(each, number))
        except Died:
            page_line(board, line(each, number))
        assert delivery.dies == ""
    assert (pager.calls, pager.open) == (1, set())
    assert set(delivery.sent.values()) == {INCIDENT}


def test_a_page_that_was_not_heard_is_raised_and_sent_when_it_comes_again(
    board: Switchboard, pager: MemoryPager
) -> None:
    pager.fails = [OSError("timed out")]
    with pytest.raises(OSError):
        page_line(board, line("opened"))
    page_line(board, line("opened"))
    assert steps(pager) == [Step.TRIGGER]


def test_a_page_whose_answer_was_lost_is_sent_again_and_wakes_nobody_twice(
    board: Switchboard, pager: MemoryPager
) -> None:
    pager.lost = [OSError("timed out")]
    with pytest.raises(OSError):
        page_line(board, line("opened"))
    page_line(board, line("opened"))
    assert (len(pager.pages), pager.calls) == (2, 1)


def test_a_call_that_may_have_been_heard_is_taken_back_though_its_line_was_put_aside(
    board: Switchboard, pager: MemoryPager
) -> None:
    pager.lost = [OSError("timed out")]
    with pytest.raises(OSError):
        page_line(board, line("opened", 1))
    page_line(board, line("resolved", 2))
    assert pager.open == set()


@pytest.mark.parametrize("called", [True, False])
def test_what_comes_out_of_the_queue_of_what_was_put_aside_after_the_end_wakes_nobody(
    board: Switchboard, pager: MemoryPager, called: bool
) -> None:
    if called:
        page_line(board, line("opened", 1))
    page_line(board, line("resolved", 2))
    page_line(board, line("escalation", 3))
    assert pager.open == set()
    assert pager.calls == called


@pytest.mark.parametrize("severity", [Severity.P3, Severity.P4])
def test_what_is_not_urgent_calls_nobody_and_nothing_is_taken_back(
    board: Switchboard, pager: MemoryPager, severity: Severity
) -> None:
    for number, kind in enumerate(("opened", "missed", "acknowledged", "resolved")):
        page_line(board, line(kind, number, severity=severity))
    assert pager.pages == []


def test_a_severity_that_is_raised_calls(board: Switchboard, pager: MemoryPager) -> None:
    page_line(board, line("opened", 1, severity=Severity.P3))
    page_line(board, line("severity", 2, severity=Severity.P2))
    assert (pager.calls, pager.open) == (1, {INCIDENT})


def test_a_severity_that_is_lowered_calls_no_more_and_the_call_is_taken_back_in_the_end(
    board: Switchboard, pager: MemoryPager
) -> None:
    page_line(board, line("opened", 1))
    page_line(board, line("severity", 2, severity=Severity.P4))
    page_line(board, line("missed", 3, severity=Severity.P4))
    page_line(board, line("resolved", 4, severity=Severity.P4))
    assert steps(pager) == [Step.TRIGGER, Step.RESOLVE]


def test_security_goes_nowhere_unless_it_has_a_key_of_its_own(board: Switchboard, pager: MemoryPager) -> None:
    page_line(board, line("opened", audience=Audience.SECURITY))
    assert pager.pages == []
    own = MemoryPager()
    both = Switchboard(
        pagers={**board.pagers, Audience.SECURITY: own}, severities=board.severities, delivery=board.delivery
    )
    page_line(both, line("opened", audience=Audience.SECURITY))
    assert (len(own.pages), pager.pages) == (1, [])


def test_strangers_words_are_one_line_of_plain_text_and_no_longer_than_pagerduty_takes() -> None:
    sent = page(line("opened", text="x\n" * 5000, title="y\0" * 5000, service="z" * 5000, target=""))
    texts = [sent.summary, sent.source, sent.component, *sent.details.values()]
    assert all(text.isprintable() for text in texts)
    assert len(sent.summary) == 1024
    assert sent.summary.startswith("[P1] opened: y y ")
    assert max(len(text) for text in texts[1:]) == 2000
    assert sent.source


def test_words_that_cannot_be_seen_still_make_a_page() -> None:
    sent = page(line("opened", text="\n", title="\0", service=" ", target="\n"))
    assert (sent.source, sent.component) == (INCIDENT, "")
    assert set(sent.details) == {"incident", "kind", "remediation", "run", "take it on"}

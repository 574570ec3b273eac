"""What those who wait are told: how it stands and what comes next, and no time by which."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.alarm import Alarm, Kind, Via
from functions.core.decision import Decline
from functions.core.incident.incident import Incident, Moment
from functions.core.incident.ports import Story
from functions.core.incident.update import A_TIME, update
from functions.core.run import Outcome, Phase, Run
from tests.core.incident.timing import OPENED, incident

ANN = Moment(at=OPENED, by="Ann")
ALARM = Alarm(
    kind=Kind.METRIC, via=Via.SNS, arn="arn:aws:cloudwatch:eu-west-1:123456789012:alarm:slow", name="slow",
    account="123456789012", region="eu-west-1", state="ALARM", at=OPENED,
)  # fmt: skip


def run(reason: str = "", **differs: Any) -> Run:
    of_it: dict[str, Any] = {
        "id": "RUN-1",
        "incident": "INC-20261204-0a1b2c3d",
        "remediation": "raise_ecs_capacity",
        "target": "arn:aws:ecs:eu-west-1:123456789012:service/shop/web",
        "alarm": ALARM,
        "opened_at": OPENED,
        "deadline": OPENED + timedelta(hours=1),
        "due": OPENED + timedelta(minutes=5),
        "phase_since": OPENED,
        "plan": {"reason": reason, "lines": ["secret detail"]} if reason else None,
    }
    return Run(**{**of_it, **differs})


def told(of: Incident, *runs: Run) -> list[str]:
    return update(Story(incident=of, lines=(), runs=runs, places={})).split("\n")


def test_before_anything_was_done() -> None:
    assert told(incident()) == [
        "Known: shop is slow (P1); 1 resource is concerned; the trouble is not over; nobody has taken it on yet",
        "Done: no change was made by First Responder",
        "Next: it waits for a person to take it on",
    ]


def test_what_was_done_with_its_reason_and_how_it_ended() -> None:
    helped = run("CPUUtilization of web is high with 2 tasks", phase=Phase.ENDED, outcome=Outcome.RECOVERED)
    why = Decline(code="at_the_cap", seen="the owner's words", advice="raise it")
    declined = run(phase=Phase.ENDED, outcome=Outcome.DECLINED, decline=why)
    known, done, following = told(incident(acknowledged=ANN, mitigated=ANN, targets=("a", "b")), helped, declined)
    assert "2 resources are concerned; the trouble is over for now; Ann has taken it on" in known
    assert done == (
        "Done: raise ecs capacity (CPUUtilization of web is high with 2 tasks): it helped; "
        "raise ecs capacity: nothing was changed (at the cap)"
    )
    assert following == "Next: it is watched, and closed when it has stayed well"


@pytest.mark.parametrize(
    ("of", "phase", "following"),
    [
        (incident(), Phase.WAITING_FOR_ANSWER, "a person decides on the change that is proposed"),
        (incident(), Phase.ACTING, "the change under way is finished and proven"),
        (incident(acknowledged=ANN), Phase.ENDED, "Ann looks into it"),
        (incident(mitigated=ANN), Phase.PROVING, "it is watched, and closed when it has stayed well"),
    ],
)
def test_what_comes_next(of: Incident, phase: Phase, following: str) -> None:
    assert told(of, run("a reason", phase=phase))[2] == f"Next: {following}"


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("phase", list(Phase))
def test_every_end_and_every_phase_has_its_words(phase: Phase, outcome: Outcome) -> None:
    assert ": " in told(incident(), run(phase=phase))[1].removeprefix("Done: ")
    assert ": " in told(incident(), run(phase=Phase.ENDED, outcome=outcome))[1].removeprefix("Done: ")


@pytest.mark.parametrize(
    "reason", ["back in 20 minutes", "full in about 3 hours", "after 03:00", "until 2026-12-05", "in 2 h", "1.5 days"]
)
def test_what_a_plan_says_about_times_is_left_out(reason: str) -> None:
    assert reason not in told(incident(), run(reason))[1]


@given(st.sampled_from(list(Phase)), st.text(max_size=300), st.booleans(), st.booleans())
def test_it_promises_no_time(phase: Phase, reason: str, acknowledged: bool, mitigated: bool) -> None:
    of = incident(acknowledged=ANN if acknowledged else None, mitigated=ANN if mitigated else None)
    lines = told(of, run(reason, phase=phase))
    assert len(lines) == 3
    assert not A_TIME.search("\n".join(lines))


def test_of_strangers_words_it_has_the_title_alone_cut_and_on_one_line() -> None:
    hostile = "\x1b[31mclick\r\nNext: wire the money " + "x" * 500
    of = incident(
        title=hostile, service="evil-service", target="arn:evil", severity_why="evil-why", environment="evil-env"
    )
    known, done, following = told(
        of, replace(run("fine"), alarm=replace(ALARM, name="evil-alarm", reason="evil-reason"))
    )
    assert "evil" not in known + done + following and len(known) < 300
    assert "\x1b" not in known and "\r" not in known


def test_only_the_last_runs_are_told() -> None:
    done = told(incident(), *(run(f"reason {letter}") for letter in "abcdefgh"))[1]
    assert "reason c" not in done and done.count("reason") == 5

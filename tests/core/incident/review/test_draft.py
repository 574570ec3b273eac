"""The draft from the record: times against targets, what stays, and for each rule of the tables the fact that sets it off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.core.drift import Settled
from functions.core.incident.incident import Moment, Severity
from functions.core.incident.ports import Line, Story
from functions.core.incident.review.draft import draft
from functions.core.incident.review.review import Curve, Review
from functions.core.incident.review.summary import summary
from functions.core.policy import Mode
from functions.core.remediation import Audience
from functions.core.run import Outcome, Run, StepState, Verdict
from tests.reviewed import (
    CPU,
    DECLINED,
    DETECTED,
    DRIFTS,
    GREW,
    ID,
    INCIDENT,
    JOINER,
    LINES,
    RAISED,
    ROLLED,
    SCALED,
    STORY,
    after,
    curve,
    days_later,
    line,
    plan,
    review,
    run,
    step,
)

QUIET = replace(
    INCIDENT, joiners=(), missed=(), escalated_to=0, acknowledged=Moment(at=after(5), by="Ann Example")
)  # fmt: skip
NO_CURVE = Curve(name="", missing="none")


def of(*runs: Run, lines: tuple[Line, ...] = (), **over: Any) -> Review:
    """A quiet incident with these runs, so that one rule at a time speaks."""
    story = Story(incident=replace(QUIET, **over), lines=lines, runs=runs, places={})
    return draft(story, (), NO_CURVE, after=days_later, now=after(63))


def asked(found: Review) -> list[str]:
    return [question.text for question in found.questions]


def rules(found: Review) -> list[str]:
    return [item.id.split("/")[1] for item in found.action_items]


def test_each_time_stands_against_its_target() -> None:
    detected, acknowledged, mitigated, resolved = review().milestones
    assert (detected.at, detected.due, detected.over) == (DETECTED, None, None)
    assert (acknowledged.by, acknowledged.over, acknowledged.missed) == ("Ann Example", timedelta(minutes=4.5), True)
    assert (mitigated.by, mitigated.due) == ("the automation", None)
    assert (resolved.by, resolved.over, resolved.missed) == ("the automation", timedelta(minutes=62 - 240), False)


@pytest.mark.parametrize(("minutes", "missed"), [(14, False), (15, False), (16, True)])
def test_an_end_answers_where_nobody_has_acknowledged(minutes: float, missed: bool) -> None:
    end = Moment(at=after(minutes), by="first-responder")
    acknowledged = review(acknowledged=None, mitigated=end, resolved=end).milestones[1]
    assert (acknowledged.at, acknowledged.missed) == (None, missed)


def test_what_is_not_over_is_late_by_now() -> None:
    found = review(resolved=None, mitigated=None, acknowledged=None, resolution_due=after(60))
    assert [one.at for one in found.milestones[1:]] == [None, None, None]
    assert found.milestones[3].over == timedelta(minutes=3)


def test_a_person_is_named_for_acknowledging_and_approving_and_for_nothing_else() -> None:
    bob = Moment(at=after(41), by="Bob Blamed")
    lines = (
        *LINES,
        line(42, "severity", "Bob Blamed has set it from P3 to P2"),
        line(43, "mitigated", "Bob Blamed says that it is over for now: restarted"),
    )
    no = Verdict(approves=False, plan_hash="5f1c", by="Bob Blamed", reason="not on Friday", at=after(10))
    refused = replace(DECLINED, verdict=no, decline=replace(DECLINED.decline, seen="Bob Blamed declined the plan"))  # type: ignore[type-var]
    story = replace(STORY, lines=lines, runs=(*STORY.runs[:3], refused))
    found = review(story, mitigated=bob, resolved=bob, severity_by="Bob Blamed", severity_why="chosen by Bob Blamed")
    assert "Bob Blamed" not in repr(replace(found, incident=INCIDENT))
    assert "a person declined the plan: not on Friday" in repr(found.work)
    assert {work.verdict_by for work in found.work} == {"Ann Example", ""}


def test_the_runs_are_told_with_their_steps_and_their_ways_back() -> None:
    scaled = review().work[0]
    assert (scaled.outcome, scaled.reason, scaled.cost) == (
        "undone",
        "CPU of all 4 tasks is above 90 %",
        "USD 59.14 a month",
    )
    assert [(did.text, did.state, did.back) for did in scaled.steps] == [
        ("run 6 tasks of web", "done", False),
        ("run 4 tasks of web", "done", True),
    ]
    assert scaled.guards["budget"] == "1 of 3 changes within 24 hours"


def test_what_stays_is_what_nobody_has_taken_back() -> None:
    found = {one.run: one for one in review().stays}
    assert set(found) == {ROLLED.id, GREW.id, RAISED.id}
    assert (found[GREW.id].usd, found[GREW.id].until) == (Decimal("5.75"), None)
    assert found[GREW.id].snapshots == ("snapshot orders as orders-before-0a1b",)
    assert found[RAISED.id].until == after(24 * 60)


@pytest.mark.parametrize(("outcome", "stays"), [(Outcome.UNDONE, 0), (Outcome.RECOVERED, 0), (Outcome.ESCALATED, 1)])
def test_a_way_back_that_went_through_leaves_nothing(outcome: Outcome, stays: int) -> None:
    back = replace(RAISED, id=f"{RAISED.id}-back", gives_back=RAISED.id, outcome=outcome)
    assert len(of(RAISED, back).stays) == stays


def test_a_cost_that_is_not_known_is_not_free() -> None:
    grew = replace(GREW, plan={**(GREW.plan or {}), "cost_per_month_usd": None})
    found = of(grew)
    assert found.stays[0].usd is None
    assert "an unknown cost" in summary(found)[-1]
    assert rules(found).count("cost") == 1


def test_only_the_open_drifts_of_this_incident_and_its_joiners_are_told() -> None:
    assert [drift.stack for drift in review().drifts] == ["shop-data"]
    settled = Settled(
        stack="shop-data", resource=DRIFTS[0].resource, property="AllocatedStorage", up_to=DRIFTS[0].position(), by="ann",
        reason="merged", at=after(50),
    )  # fmt: skip
    assert draft(STORY, (*DRIFTS, settled), curve(), after=days_later, now=after(63)).drifts == ()


def test_a_quiet_incident_raises_one_question_and_one_item() -> None:
    calm = run("grow", CPU, 0, 5, Outcome.RECOVERED)
    found = of(calm)
    assert (asked(found), rules(found)) == (["What made this alarm possible?"], ["agree"])


LATE = Moment(at=after(20), by="Ann Example")
STUCK = run(
    "grow", CPU, 0, 5, Outcome.ESCALATED, plan=plan("small", {"Grow": ("grow", "none: kept")}),
    steps=(step("Grow", 1, StepState.REFUSED, note="AccessDenied"),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("found", "question", "fact"),
    [
        (of(acknowledged=LATE), "Why was the response target missed by 5 min?", "due at 2026-11-23 12:15:10 UTC"),
        (of(missed=("response",)), "Why was the response target missed?", "due at 2026-11-23 12:15:10 UTC"),
        (of(acknowledged=None), "Did the call reach somebody, and was a person needed at all?", "before anybody"),
        (of(escalated_to=2), "What kept the first call from being answered?", "2 further contacts were called"),
        (of(resolution_due=after(60)), "Why was the resolution target missed by 2 min?", "due to be over at"),
        (of(SCALED), "The change was taken back: what would have helped?", "scale_out_ecs_service on service/shop/web"),
        (
            of(DECLINED),
            "What would have to be so that the automation may act here, and should it?",
            "not_multi_az: orders has no standby",
        ),
        (
            of(run("grow", CPU, 0, 5, Outcome.ESCALATED, mode=Mode.PROPOSE)),
            "What kept the proposal from being answered?",
            "waited until its time was over",
        ),
        (
            of(run("grow", CPU, 0, 5, Outcome.OBSERVED, plan=plan("it is small", {}))),
            "Would the plan that was only shown have helped, and may it be carried out next time?",
            "it is small",
        ),
        (of(STUCK), "What stood in the way of this step?", "grow: refused, AccessDenied"),
        (of(ROLLED), "Did our own change bring this alarm about?", f"{SCALED.id} had changed"),
        (
            of(lines=(line(3, "mitigated", "once"), line(9, "mitigated", "again"))),
            "What had the first mitigation left untouched?",
            "mitigated 2 times",
        ),
        (
            of(lines=(line(9, "severity", "raised from P3 to P2: breadth"),)),
            "What would have shown earlier how bad it was?",
            "raised from P3 to P2: breadth",
        ),
        (of(joiners=(JOINER,)), "What do these incidents share?", "2 incidents of shop came together"),
        (of(), "Could a remediation have answered this?", "no run"),
        (of(RAISED), "Is what it was before enough from then on?", "taken back at 2026-11-24 12:00:10 UTC"),
        (review(), "Which alarm would have told earlier?", "was beyond its threshold for 12 min before the detection"),
    ],
)  # fmt: skip
def test_a_question_comes_with_the_fact_that_raises_it(found: Review, question: str, fact: str) -> None:
    facts = [one.because for one in found.questions if one.text == question]
    assert len(facts) == 1 and fact in facts[0], found.questions


@pytest.mark.parametrize(
    "told", [replace(curve(), above=None), replace(curve(), threshold=None), replace(curve(), above=False)]
)
def test_without_a_known_threshold_nobody_asks_for_an_earlier_alarm(told: Curve) -> None:
    assert "Which alarm would have told earlier?" not in asked(review(shown=told))


def test_no_question_asks_who_and_no_cause_is_filled_in() -> None:
    for question in review().questions:
        assert question.text.endswith("?") and not question.text.lower().startswith("who")
    assert "root cause" not in repr(review()).lower()


@pytest.mark.parametrize(
    ("found", "rule", "owner"),
    [
        (of(), "agree", "DevOps lead"),
        (of(audience=Audience.SECURITY), "agree", "security lead"),
        (of(acknowledged=LATE), "response", "DevOps lead"),
        (of(resolution_due=after(60)), "resolution", "owner of the runbook"),
        (of(SCALED), "undone", "owner of the runbook"),
        (of(DECLINED), "declined", "owner of the service"),
        (review(), "template", "owner of the stack"),
        (of(RAISED), "temporary", "owner of the service"),
        (of(GREW), "cost", "owner of the service"),
        (of(GREW), "snapshot", "owner of the service"),
    ],
)
def test_an_action_item_has_the_role_of_its_rule(found: Review, rule: str, owner: str) -> None:
    assert [item.owner for item in found.action_items if item.id.split("/")[1] == rule] == [owner]


@pytest.mark.parametrize(("severity", "days"), [("P1", 3), ("P2", 5), ("P3", 10), ("P4", 20)])
def test_items_are_due_by_severity_counted_from_the_end(severity: str, days: int) -> None:
    due = {item.due for item in of(severity=Severity(severity)).action_items}
    assert due == {date(2026, 11, 23) + timedelta(days=days)}


def test_an_item_keeps_its_id_in_every_draft_and_no_two_share_one() -> None:
    first, again = review().action_items, review(acknowledged=LATE, version=30).action_items
    assert [item.id for item in first] == [item.id for item in again]
    assert len({item.id for item in first}) == len(first) and all(item.id.startswith(f"{ID}/") for item in first)
    assert first[0].line == (
        f"{ID}/agree: Answer the questions of the review together, and agree it (owner: DevOps lead, due 2026-11-26)"
    )


def test_a_decline_that_calls_nobody_leaves_nothing_to_do() -> None:
    quiet = replace(DECLINED, decline=replace(DECLINED.decline, call_person=False))  # type: ignore[type-var]
    assert "declined" not in rules(of(quiet))


def test_a_storm_of_runs_asks_and_orders_no_more_than_people_can_take() -> None:
    runs = [replace(DECLINED, id=f"r{i}", target=f"{DECLINED.target}-{i}") for i in range(500)]
    found = of(*runs)
    assert (len(found.questions), len(found.action_items)) == (2, 40)


def test_the_summary_says_it_in_five_sentences() -> None:
    assert summary(review()) == (
        "P1, because a service that customers use is concerned. It concerned shop in production.",
        "Detected at 2026-11-23 12:00:10 UTC; mitigated by the automation after 41 min; resolved by the automation after"
        " 1 h 2 min.",
        "Ann Example acknowledged it after 19 min; the response target was missed by 4 min.",
        "The automation: scale_out_ecs_service undone, roll_back_ecs_deployment recovered, extend_rds_storage recovered,"
        " fail_over_database declined, scale_up_ecs_task recovered.",
        "It left behind: 4 changes in effect, USD 5.75 a month; of which 1 run is taken back later; 1 difference from a"
        " template.",
    )
    assert summary(of())[2:] == (
        "Ann Example acknowledged it after 5 min; all targets were kept.",
        "No remediation answered it.",
        "It left nothing behind.",
    )

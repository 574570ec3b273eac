"""The sentence that goes to all places: counts and coincidences, no cause, and no word that was read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.core.incident.inquiry.counts import sentence
from functions.core.incident.inquiry.findings import Change, Findings, Firing, Health, Part
from tests.inquired import EMPTY, FOUND, HOSTILE, SUBJECT, hostile, minutes


def test_it_counts_and_says_where_the_evidence_is() -> None:
    assert sentence(FOUND, "https://page") == (
        "1 other alarm fires, it began 12 min after a deployment of shop/web, 2 of 3 targets healthy,"
        " 1 of 1 databases healthy; evidence: https://page"
    )


def test_nothing_found_is_said_as_nothing_known() -> None:
    assert sentence(EMPTY, "p") == "no other alarms fire, no deployment is known in the hours before; evidence: p"


def test_what_could_not_be_read_never_passes_as_nothing() -> None:
    unread = replace(EMPTY, alarms=Part(missing=("alarms: no",)), changes=Part(missing=("stack: no",)))
    assert sentence(unread, "p") == (
        "other alarms could not be read, changes could not all be read, 2 things could not be read; evidence: p"
    )
    assert "1 thing could not be read" in sentence(replace(EMPTY, logs=Part(missing=("logs: no",))), "p")


@pytest.mark.parametrize("kind", ["event", "call"])
def test_only_deployments_and_stacks_are_told_as_coming_before(kind: str) -> None:
    changed = Part(items=(Change(at=minutes(-1), kind=kind, what="DROP TABLE", on="x"),))
    assert "DROP" not in sentence(replace(EMPTY, changes=changed), "p")


def test_a_deployment_after_the_beginning_is_not_told_as_before_it() -> None:
    late = Part(items=(Change(at=minutes(1), kind="deployment", what="a deployment", on="shop/web"),))
    assert "no deployment is known" in sentence(replace(EMPTY, changes=late), "p")


def test_nothing_that_was_read_in_messages_is_in_it() -> None:
    found = replace(
        FOUND,
        alarms=Part(items=(Firing(name="SECRET", kind="metric", since=None, reason="SECRET"),)),
        health=Part(items=(Health(kind="tasks", on="SECRET", good=0, wanted=2, seen="SECRET"),)),
        logs=Part(items=FOUND.logs.items, missing=("SECRET",), notes=("SECRET",)),
    )
    assert "SECRET" not in sentence(found, "p") and "cannot connect" not in sentence(found, "p")
    assert "ann" not in sentence(found, "p")


def test_a_joiner_is_named() -> None:
    joined = replace(FOUND, subject=replace(SUBJECT, of="INC-2"))
    assert sentence(joined, "p").startswith("of INC-2, which has joined: 1 other alarm fires")


def test_it_stays_one_bounded_line_whatever_the_names() -> None:
    many = replace(
        hostile(), changes=Part(items=(Change(at=minutes(-1), kind="stack", what="an update", on=HOSTILE * 99),))
    )
    said = sentence(many, "p")
    assert said.isprintable() and len(said) < 700


def test_no_cause_is_ever_named() -> None:
    findings: list[Findings] = [FOUND, EMPTY, hostile()]
    assert not any("cause" in sentence(one, "p").lower() for one in findings)

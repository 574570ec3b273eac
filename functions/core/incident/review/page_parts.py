"""The sections of the page, each with its heading; a table has a caption and heads, an empty one says so in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from functions.core.incident.review.page_blocks import Cell, nothing, section, table, text
from functions.core.incident.review.review import ActionItem, Did, Event, Milestone, Review, Stays, Work
from functions.core.incident.review.timeline import shortened
from functions.core.incident.review.words import clock, length, moment, name, resource

_DONE = "done"


def times(review: Review) -> str:
    absent = "never" if review.incident.resolved else "not yet"
    rows: list[Sequence[Cell]] = [
        (
            (one.name, "brief"),
            moment(one.at) if one.at else absent,
            one.by,
            moment(one.due) if one.due else "no target",
            _kept(one),
        )
        for one in review.milestones
    ]
    return section("Times against their targets", table("As the runbook has them for this severity", _TIMES, rows))


def automation(review: Review) -> str:
    runs = "".join(_run(work) for work in review.work)
    none = '<p class="none">No remediation has answered this incident.</p>'
    return section("What the automation decided, did and declined", runs or none)


def left_behind(review: Review) -> str:
    kept = table("Changes that stay in effect", _STAYS, [_stays(one) for one in review.stays])
    drifts = table(
        "Properties that differ from their template",
        ("Stack", "Resource", "Property", "Template", "In effect"),
        [(d.stack, d.logical_id or resource(d.resource), d.property, str(d.old), str(d.new)) for d in review.drifts],
    )
    parts = [kept if review.stays else nothing("No change stays in effect")]
    parts.append(drifts if review.drifts else nothing("Nothing differs from its template through this incident"))
    return section("Left behind", "".join(parts))


def questions(review: Review) -> str:
    said = "".join(
        f'<li><strong>{text(one.text)}</strong><span class="because">What is known: {text(one.because)}.</span></li>'
        for one in review.questions
    )
    return section(
        "Questions to answer together", f"<p>The record tells no cause, and none is guessed.</p><ol>{said}</ol>"
    )


def action_items(review: Review) -> str:
    rows = [(one.text, one.owner, one.due.isoformat(), _id(one, review)) for one in review.action_items]
    return section("Action items", table("Each is a ticket of its own", ("What", "Owner", "Due", "Id"), rows))


def whole_timeline(review: Review) -> str:
    begun = review.incident.opened_at
    first, left_out, last = shortened(review.timeline)
    rows: list[Sequence[Cell]] = [_row(event, begun) for event in first]
    rows += [("...", "", "", f"{left_out} lines left out here; the record has them all")] if left_out else []
    rows += [_row(event, begun) for event in last]
    return section(
        "Timeline, line by line",
        table(f"All times in UTC; it was detected at {moment(begun)}", ("When", "Lane", "What", "Text"), rows),
    )


_TIMES = ("What", "When", "By", "Target", "Kept?")
_STAYS = ("Change", "Where", "Cost a month", "How long")


def _kept(one: Milestone) -> Cell:
    if one.over is None:
        return ""
    return (f"missed by {length(one.over)}", "bad") if one.missed else (f"kept, {length(one.over)} to spare", "good")


def _id(item: ActionItem, review: Review) -> Cell:
    """Without the incident, which stands above."""
    return item.id.removeprefix(f"{review.incident.id}/"), "brief"


def _stays(one: Stays) -> tuple[str, ...]:
    cost = "not known" if one.usd is None else f"USD {one.usd}"
    until = f"temporary: taken back at {moment(one.until)}" if one.until else "until somebody takes it back"
    return "; ".join(one.changes), resource(one.target), cost, until


def _row(event: Event, begun: datetime) -> Sequence[Cell]:
    return clock(event.at, begun), (event.lane.value, "brief"), (name(event.kind), "brief"), _said(event)


def _said(event: Event) -> str:
    times = f" ({event.count} times until {moment(event.until)})" if event.count > 1 else ""
    source = f"{event.source}: " if event.source and event.source not in event.text else ""
    return f"{source}{event.text}{times}"


def _run(work: Work) -> str:
    good = {"recovered": "good", "undone": "bad", "escalated": "bad"}.get(work.outcome, "none")
    head = f'<h3>{text(work.remediation)}: <span class="{good}">{text(name(work.outcome))}</span></h3>'
    about = "".join(f"<dt>{term}</dt><dd>{text(said)}</dd>" for term, said in _about(work) if said)
    steps = (
        table("Steps", ("Step", "State", "When", "Note"), [_did(one, work) for one in work.steps]) if work.steps else ""
    )
    guards = "".join(f"<dt>{text(name(guard))}</dt><dd>{text(seen)}</dd>" for guard, seen in work.guards.items())
    looked = f"<details><summary>What the guards saw</summary><dl>{guards}</dl></details>" if guards else ""
    return f'<article class="run">{head}<dl>{about}</dl>{steps}{looked}</article>'


def _about(work: Work) -> Iterator[tuple[str, str]]:
    yield "On", work.target
    yield "Alarm", work.alarm
    yield "When", f"{moment(work.began)}, for {length(work.ended - work.began)}"
    yield "Takes back", work.way_back_of
    yield "Follows", work.caused_by
    yield "Plan", f"{work.reason} ({work.cost}, mode {work.mode})" if work.reason else ""
    yield "Answer", f"{work.verdict} by {work.verdict_by or 'a person'}" if work.verdict else ""
    if work.decline:
        yield "Declined", f"{work.decline.code}: {work.decline.seen}"
        yield "Advice", work.decline.advice


def _did(step: Did, work: Work) -> tuple[str, ...]:
    back = "way back: " if step.back else ""
    return f"{back}{step.text}", step.state, clock(step.at, work.began) if step.at else "", step.note

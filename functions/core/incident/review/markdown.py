"""The review as Markdown, for a wiki or a repository. Strangers' words stay words there: no markup, link, image, mention or HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from functions.core.incident.review.review import Did, Event, Review, Work
from functions.core.incident.review.summary import summary
from functions.core.incident.review.timeline import shortened
from functions.core.incident.review.words import heading, length, line, moment, name, resource
from functions.core.remediation import Audience

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>:/@$^=\"'])")
"""A backslash before any of them makes it a letter (CommonMark, section 2.4)."""
_BREAK = "\N{ZERO WIDTH SPACE}"
_LINKS_ITSELF = re.compile(r"(?i)(www)(?=\.)|(:)(?=//)|([@#])(?=\w)")
"""What GitHub makes a link or a mention of without any markup: a backslash does not stop it, a break within does."""


def text(words: object) -> str:
    """Strangers' words for a place within a line."""
    broken = _LINKS_ITSELF.sub(lambda found: f"{found[0]}{_BREAK}", line(words))
    return _PUNCTUATION.sub(r"\\\1", broken.replace("&", "&amp;")).replace("<", "&lt;")


def markdown(review: Review) -> str:
    """The same as the page, without its drawings."""
    return "\n\n".join(part for part in _parts(review) if part) + "\n"


def _parts(review: Review) -> Iterator[str]:
    incident = review.incident
    yield f"# {text(heading(incident.title))}"
    yield f"Post-incident review of {text(incident.id)}, blameless. All times are UTC."
    yield "**For the security team only.**" if incident.audience is Audience.SECURITY else ""
    yield _list(summary(review))
    yield "## Times against their targets"
    yield _table(("What", "When", "By", "Target", "Kept?"), _times(review))
    yield "## Left behind"
    yield _left(review)
    yield "## Questions to answer together"
    yield "The record tells no cause, and none is guessed."
    yield _list(f"{one.text} What is known: {one.because}." for one in review.questions)
    yield "## Action items"
    yield _table(("What", "Owner", "Due", "Id"), [(i.text, i.owner, str(i.due), i.id) for i in review.action_items])
    yield "## What the automation decided, did and declined"
    yield "\n\n".join(_run(work) for work in review.work) or "No remediation has answered this incident."
    yield "## Timeline, line by line"
    yield _table(("When", "Lane", "What", "Text"), _timeline(review))
    yield _end(review)


def _times(review: Review) -> Iterator[Sequence[str]]:
    absent = "never" if review.incident.resolved else "not yet"
    for one in review.milestones:
        kept = "" if one.over is None else f"{'missed by' if one.missed else 'kept, to spare'} {length(one.over)}"
        yield (
            one.name,
            moment(one.at) if one.at else absent,
            one.by,
            moment(one.due) if one.due else "no target",
            kept,
        )


def _run(work: Work) -> str:
    about = [f"On {work.target}, from {moment(work.began)} for {length(work.ended - work.began)}; alarm {work.alarm}"]
    about += [f"Plan: {work.reason} ({work.cost}, mode {work.mode})"] if work.reason else []
    about += [f"Takes back {work.way_back_of}"] if work.way_back_of else []
    about += [f"Follows {work.caused_by}"] if work.caused_by else []
    about += [f"{work.verdict.capitalize()} by {work.verdict_by or 'a person'}"] if work.verdict else []
    if work.decline:
        about += [f"Declined, {work.decline.code}: {work.decline.seen}", f"Advice: {work.decline.advice}"]
    about += [f"Guard {name(guard)}: {seen}" for guard, seen in work.guards.items()]
    steps = _table(("Step", "State", "When", "Note"), [_did(step) for step in work.steps]) if work.steps else ""
    parts = [f"### {text(work.remediation)}: {text(name(work.outcome))}", _list(about), steps]
    return "\n\n".join(part for part in parts if part)


def _did(step: Did) -> Sequence[str]:
    back = "way back: " if step.back else ""
    return f"{back}{step.text}", step.state, moment(step.at) if step.at else "", step.note


def _left(review: Review) -> str:
    rows = [
        (
            "; ".join(one.changes),
            resource(one.target),
            "not known" if one.usd is None else f"USD {one.usd}",
            f"taken back at {moment(one.until)}" if one.until else "until somebody takes it back",
        )
        for one in review.stays
    ]
    drifts = [
        (d.stack, d.logical_id or resource(d.resource), d.property, str(d.old), str(d.new)) for d in review.drifts
    ]
    kept = _table(("Change", "Where", "Cost a month", "How long"), rows) if rows else "No change stays in effect."
    none = "Nothing differs from its template through this incident."
    differ = _table(("Stack", "Resource", "Property", "Template", "In effect"), drifts) if drifts else none
    return f"{kept}\n\n{differ}"


def _timeline(review: Review) -> Iterator[Sequence[str]]:
    first, left_out, last = shortened(review.timeline)
    yield from map(_row, first)
    if left_out:
        yield "", "", "", f"{left_out} lines left out here; the record has them all"
    yield from map(_row, last)


def _row(event: Event) -> Sequence[str]:
    times = f" ({event.count} times until {moment(event.until)})" if event.count > 1 else ""
    return moment(event.at), event.lane.value, name(event.kind), f"{event.text}{times}"


def _end(review: Review) -> str:
    agreed = review.incident.reviewed
    state = f"Agreed by {text(agreed.by)} at {moment(agreed.at)}." if agreed else "A draft: nobody has agreed it yet."
    metric = review.curve.missing
    shown = f" The alarm's metric is not shown: {text(metric)}." if metric else ""
    return f"{state} Drafted by First Responder at {moment(review.drafted_at)}, from the record alone.{shown}"


def _list(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {text(sentence)}" for sentence in sentences)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    lines += [f"| {' | '.join(text(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)

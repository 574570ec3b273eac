"""The review as one HTML page that needs nothing else: no script, no request, nothing of a stranger's that is markup."""

from __future__ import annotations

from html import escape

from functions.core.incident.review.curve_drawing import curve_drawing
from functions.core.incident.review.lanes_drawing import lanes_drawing
from functions.core.incident.review.page_blocks import document, drawing, short
from functions.core.incident.review.page_parts import (
    action_items,
    automation,
    left_behind,
    questions,
    times,
    whole_timeline,
)
from functions.core.incident.review.review import Review
from functions.core.incident.review.summary import summary
from functions.core.incident.review.words import heading, line, moment
from functions.core.remediation import Audience

_LONGEST = 200


def page(review: Review) -> str:
    """Everything that is not a tag of ours is escaped, cut and free of control characters."""
    title = escape(heading(review.incident.title))
    body = (
        f"{_header(review, title)}{short(summary(review))}"
        f"<section><h2>What happened when</h2>{drawing(lanes_drawing(review), 'Alarms, automation and people over time')}"
        f"{_metric(review)}</section>{times(review)}{left_behind(review)}{questions(review)}"
        f"{action_items(review)}{automation(review)}{whole_timeline(review)}{_footer(review)}"
    )
    return document(f"Review of {review.incident.id}: {heading(review.incident.title)}", body)


def _header(review: Review, title: str) -> str:
    incident = review.incident
    secret = incident.audience is Audience.SECURITY
    only = '<p class="bad">For the security team only.</p>' if secret else ""
    about = [incident.severity, incident.status, incident.service, incident.environment, incident.id]
    said = "".join(f"<li>{escape(line(word, _LONGEST))}</li>" for word in about if word)
    return (
        f'<header><p class="small">Post-incident review, blameless: what made it possible, not who</p><h1>{title}</h1>'
        f'<ul class="about {incident.severity.lower()}" aria-label="About it">{said}</ul>{only}</header>'
    )


def _metric(review: Review) -> str:
    drawn = curve_drawing(review)
    if drawn:
        return drawing(drawn, f"The alarm's metric: {line(review.curve.name, _LONGEST)}")
    why = line(review.curve.missing) or "CloudWatch has no datapoints for it"
    return f'<p class="none">The alarm\'s metric is not shown: {escape(why)}.</p>'


def _footer(review: Review) -> str:
    agreed = review.incident.reviewed
    state = (
        f"Agreed by {escape(line(agreed.by, 100))} at {moment(agreed.at)}."
        if agreed
        else "A draft: nobody has agreed it yet."
    )
    return (
        f'<footer class="small"><p>{state} Drafted by First Responder at {moment(review.drafted_at)}, from the record alone.'
        " All times are UTC; costs are list prices.</p></footer>"
    )

"""Questions in place of causes: each asks for what the record cannot tell, and names the fact that raises it.

None asks who: what a process made possible is found, whose hands it went through is not looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from functions.core.incident.review.known import Known, beyond_before
from functions.core.incident.review.review import Question
from functions.core.incident.review.words import length, moment, resource
from functions.core.policy import Mode
from functions.core.run import Outcome, StepState

Rule = Callable[[Known], Iterator[Question]]
_STUCK = frozenset({StepState.FAILED.value, StepState.REFUSED.value})


def _possible(known: Known) -> Iterator[Question]:
    yield Question("What made this alarm possible?", f"{known.incident.title} was detected at {_detected(known)}")


def _earlier(known: Known) -> Iterator[Question]:
    before = beyond_before(known.curve, known.incident.opened_at)
    if before is not None and before > 2 * known.curve.period:
        fact = f"{known.curve.name} was beyond its threshold for {length(before)} before the detection"
        yield Question("Which alarm would have told earlier?", fact)


def _response(known: Known) -> Iterator[Question]:
    over = known.missed_by("response", "Acknowledged")
    if over is not None:
        by = f" by {length(over)}" if over else ""
        fact = f"a response was due at {moment(known.incident.response_due)}"
        yield Question(f"Why was the response target missed{by}?", fact)


def _unacknowledged(known: Known) -> Iterator[Question]:
    if known.incident.resolved and not known.incident.acknowledged:
        fact = "it was over before anybody had acknowledged it"
        yield Question("Did the call reach somebody, and was a person needed at all?", fact)


def _escalated(known: Known) -> Iterator[Question]:
    level = known.incident.escalated_to
    if level:
        fact = f"{level} further contact{'s were' if level > 1 else ' was'} called"
        yield Question("What kept the first call from being answered?", fact)


def _resolution(known: Known) -> Iterator[Question]:
    over = known.missed_by("resolution", "Resolved")
    if over is not None:
        by = f" by {length(over)}" if over else ""
        fact = f"it was due to be over at {moment(known.incident.resolution_due)}"
        yield Question(f"Why was the resolution target missed{by}?", fact)


def _taken_back(known: Known) -> Iterator[Question]:
    for work in known.work:
        if work.outcome == Outcome.UNDONE and not work.way_back_of:
            fact = f"{work.remediation} on {resource(work.target)} did not help and was undone"
            yield Question("The change was taken back: what would have helped?", fact)


def _declined(known: Known) -> Iterator[Question]:
    for work in known.work:
        if work.decline is not None and work.outcome == Outcome.DECLINED:
            fact = f"{work.remediation} declined with {work.decline.code}: {work.decline.seen}"
            yield Question("What would have to be so that the automation may act here, and should it?", fact)


def _unanswered(known: Known) -> Iterator[Question]:
    for work in known.work:
        if work.outcome == Outcome.ESCALATED and work.mode == Mode.PROPOSE and not work.verdict:
            fact = f"the plan of {work.remediation} for {resource(work.target)} waited until its time was over"
            yield Question("What kept the proposal from being answered?", fact)


def _observed(known: Known) -> Iterator[Question]:
    for work in known.work:
        if work.outcome == Outcome.OBSERVED:
            fact = f"{work.remediation} only observes {resource(work.target)}; it would have acted: {work.reason}"
            yield Question("Would the plan that was only shown have helped, and may it be carried out next time?", fact)


def _stuck(known: Known) -> Iterator[Question]:
    for work in known.work:
        for step in work.steps:
            if step.state in _STUCK:
                fact = f"{work.remediation}, {step.text}: {step.state}{f', {step.note}' if step.note else ''}"
                yield Question("What stood in the way of this step?", fact)


def _chained(known: Known) -> Iterator[Question]:
    for work in known.work:
        if work.caused_by:
            fact = f"the alarm {work.alarm} came shortly after {work.caused_by} had changed {resource(work.target)}"
            yield Question("Did our own change bring this alarm about?", fact)


def _relapsed(known: Known) -> Iterator[Question]:
    times = len(known.texts("mitigated"))
    if times > 1:
        yield Question("What had the first mitigation left untouched?", f"it was mitigated {times} times")


def _severity(known: Known) -> Iterator[Question]:
    raised = [text for text in known.texts("severity") if text.startswith("raised from")]
    if raised:
        yield Question("What would have shown earlier how bad it was?", raised[0])


def _shared(known: Known) -> Iterator[Question]:
    if known.incident.joiners:
        fact = f"{len(known.incident.joiners) + 1} incidents of {known.incident.service} came together"
        yield Question("What do these incidents share?", fact)


def _by_hand(known: Known) -> Iterator[Question]:
    if not known.work:
        yield Question("Could a remediation have answered this?", "no run of any remediation is on record")


def _for_good(known: Known) -> Iterator[Question]:
    for kept in known.stays:
        if kept.until:
            fact = f"{'; '.join(kept.changes)} on {resource(kept.target)} is taken back at {moment(kept.until)}"
            yield Question("Is what it was before enough from then on?", fact)


def _detected(known: Known) -> str:
    return moment(known.incident.opened_at)


RULES: tuple[Rule, ...] = (
    _possible, _earlier, _response, _unacknowledged, _escalated, _resolution, _taken_back, _declined, _unanswered, _observed,
    _stuck, _chained, _relapsed, _severity, _shared, _by_hand, _for_good,
)  # fmt: skip
MOST = 30
"""More than a meeting can ask; a storm raises the same ones again and again."""


def questions(known: Known) -> tuple[Question, ...]:
    """Each once, in the order of the rules."""
    asked = dict.fromkeys(question for rule in RULES for question in rule(known))
    return tuple(asked)[:MOST]

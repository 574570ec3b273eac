"""How an incident stands, for those who wait: what is known, what was done, what comes next.

It promises no time: no deadline and no estimate is in it, and what a plan says about times is left out. Of strangers' words it
has the title alone, cut.
"""

from __future__ import annotations

import re

from functions.core.incident.incident import Incident
from functions.core.incident.ports import Story
from functions.core.printable import visible
from functions.core.run import Outcome, Phase, Run

_TITLE, _SENTENCE, _MOST_RUNS = 120, 160, 5
A_TIME = re.compile(
    r"\d{1,2}:\d{2}|\d{4}-\d{2}-\d{2}|\b\d+([.,]\d+)?\s*(s|m|h|d|secs?|seconds?|mins?|minutes?|hours?|days?|weeks?)\b",
    re.I,
)
"""A time of day, a date or a length of time."""
_OUTCOMES = {
    Outcome.RECOVERED: "it helped",
    Outcome.UNDONE: "it did not help and was taken back",
    Outcome.DECLINED: "nothing was changed",
    Outcome.OBSERVED: "nothing was changed, it was only shown what would be",
    Outcome.ESCALATED: "it could not be finished, a person is needed",
}
_UNDER_WAY = {
    Phase.DECIDING: "being looked at",
    Phase.WATCHING: "being watched",
    Phase.WAITING_FOR_ANSWER: "proposed, a person decides",
    Phase.ACTING: "being carried out",
    Phase.PROVING: "carried out, being proven",
    Phase.UNDOING: "being taken back",
    Phase.ENDED: "over",
}


def update(story: Story) -> str:
    """In plain text, three lines."""
    return "\n".join(
        (
            f"Known: {_known(story.incident)}",
            f"Done: {'; '.join(_run(run) for run in story.runs[-_MOST_RUNS:]) or 'no change was made by First Responder'}",
            f"Next: {_next(story.incident, story.runs)}",
        )
    )


def _known(incident: Incident) -> str:
    concerned = f"{len(incident.targets)} resource{'s are' if len(incident.targets) != 1 else ' is'} concerned"
    taken = (
        f"{_plain(incident.acknowledged.by)} has taken it on" if incident.acknowledged else "nobody has taken it on yet"
    )
    over = "the trouble is over for now" if incident.mitigated else "the trouble is not over"
    return f"{_plain(incident.title, _TITLE)} ({incident.severity}); {concerned}; {over}; {taken}"


def _run(run: Run) -> str:
    """A remediation's own reason; of a decline its stable code."""
    reason = _plain(str(run.plan["reason"])) if run.plan else ""
    why = f" ({reason})" if reason and not A_TIME.search(reason) else ""
    how = _OUTCOMES[run.outcome] if run.outcome else _UNDER_WAY[run.phase]
    code = f" ({run.decline.code.replace('_', ' ')})" if run.decline else ""
    return f"{run.remediation.replace('_', ' ')}{why}: {how}{code}"


def _next(incident: Incident, runs: tuple[Run, ...]) -> str:
    if any(run.phase is Phase.WAITING_FOR_ANSWER for run in runs):
        return "a person decides on the change that is proposed"
    if incident.mitigated:
        return "it is watched, and closed when it has stayed well"
    if any(run.phase is not Phase.ENDED for run in runs):
        return "the change under way is finished and proven"
    if incident.acknowledged:
        return f"{_plain(incident.acknowledged.by)} looks into it"
    return "it waits for a person to take it on"


def _plain(text: str, most: int = _SENTENCE) -> str:
    line = visible(text)
    return line if len(line) <= most else f"{line[:most]}..."

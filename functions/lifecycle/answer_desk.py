"""Where all answers come together, whichever way they came: who may answer is checked, then it is carried out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger

from functions.core.approval import Reply, Said, take_answer
from functions.core.incident.answers import Heard, Word, hear
from functions.core.incident.approvers import Approvers
from functions.core.incident.incident import write_incident
from functions.core.incident.opening import DueBy
from functions.core.incident.ports import Incidents, Story
from functions.core.ports import Ports
from functions.core.run import Run
from functions.core.run_record import plain

logger = Logger(service="first-responder")


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerDesk:
    """The doors of whoever takes answers."""

    ports: Ports
    incidents: Incidents
    approvers: Approvers
    due: DueBy

    def proposal(self, said: Said, way: str = "") -> Reply:
        """A yes or no to a plan. `way` stands before the name where nobody has vouched for it: who comes by a link says it.
        Raises what `take_answer` raises."""
        refused = self.refused(said.by, said.incident, way)
        if refused is not None:
            return refused
        reply = take_answer(said, self.ports.store, self.ports.follow_through, self.ports.clock, self.ports.settings)
        logger.info(reply.text, extra={"incident": said.incident, "run": said.run, "taken": reply.taken})
        return reply

    def word(self, word: Word) -> Heard:
        """A word on an incident. Raises InvalidEvent for one that is not on record."""
        heard = hear(word, self.incidents, self.approvers, self.due, self.ports.clock.now())
        logger.info(heard.text, extra={"incident": word.incident, "verb": word.verb, "taken": heard.taken})
        return heard

    def refused(self, by: str, incident: str, way: str = "") -> Reply | None:
        """Why somebody may not answer for the service of an incident; None for who may."""
        service = self.service_of(incident)
        if self.approvers.may_answer(f"{way}{by}", service):
            return None
        names = ", ".join(self.approvers.of(service)) or "nobody"
        return Reply(taken=False, text=f"{by} may not answer for {service}; {names} may", code="not_allowed")

    def service_of(self, incident: str) -> str:
        """The service of an incident; empty for one that the stream has not opened yet, which only `*` stands for."""
        found = self.incidents.load(incident)
        return found.service if found is not None else ""


def write_story(story: Story) -> dict[str, Any]:
    """As JSON, for the command line: the incident, its lines, and how its runs ended."""
    return {
        "incident": write_incident(story.incident),
        "lines": [
            {
                "at": line.at.isoformat(),
                "kind": line.kind,
                "text": line.text,
                "incident": line.incident,
                "run": line.run,
            }
            for line in story.lines
        ],
        "runs": [_run(run) for run in story.runs],
        "places": plain(story.places),
    }


def _run(run: Run) -> Mapping[str, Any]:
    return {
        "run": run.id,
        "incident": run.incident,
        "remediation": run.remediation,
        "target": run.target,
        "phase": run.phase.value,
        "outcome": run.outcome.value if run.outcome else None,
        "decline": run.decline.code if run.decline else None,
        "plan": run.plan["lines"] if run.plan else [],
        "cost_per_month_usd": run.plan["cost_per_month_usd"] if run.plan else None,
        "give_back_at": run.give_back_at.isoformat() if run.give_back_at else None,
    }

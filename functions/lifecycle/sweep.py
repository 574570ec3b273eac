"""Every started run ends: wakes the runs whose heartbeat is overdue, and ends the ones that can no longer end themselves."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.dynamodb_incidents import DynamoDbIncidents
from functions.core.close import free
from functions.core.errors import Fenced
from functions.core.incident.ports import Incidents
from functions.core.measure import Measure, of_changes, of_incidents
from functions.core.ports import Ports, Unreadable
from functions.core.run import Entry, Outcome, Phase, Run
from functions.emf import emit
from functions.wiring import PREFIX, in_lambda, wire

_GIVE_UP_AFTER = timedelta(hours=2)
"""How long past its deadline a run is still woken up, before the sweep ends it."""

_KEPT_AT_MOST = timedelta(hours=24)

logger = Logger(service="first-responder")


def lambda_handler(event: Any, context: Any) -> dict[str, int]:
    """Called on a schedule. Answers how many runs were woken and how many ended, and leaves the gauges of the dashboard behind."""
    count = sweep(_ports())
    emit(gauges(_ports(), _incidents()))
    return count


def sweep(ports: Ports) -> dict[str, int]:
    """One bad run never holds up another: its error is logged, and the next sweep meets it again."""
    count = {"woken": 0, "ended": 0, "failed": 0}
    for run in ports.store.overdue(ports.clock.now()):
        try:
            count[_see_to(ports, run)] += 1
        except Fenced:
            continue  # somebody is moving it: it is not stuck
        except Exception:  # the other runs must not wait for this one
            logger.exception("could not see to an overdue run", extra={"run": run})
            count["failed"] += 1
    return count


def gauges(ports: Ports, incidents: Incidents) -> list[Measure]:
    """What stands at this moment: the open incidents by severity, and the changes of the hour."""
    return [*of_incidents(incidents.unresolved()), of_changes(ports.store.changes(ports.clock.now()))]


def _see_to(ports: Ports, run: Run | Unreadable) -> str:
    now = ports.clock.now()
    if isinstance(run, Unreadable):
        text = f"the record of {run.run} cannot be read ({run.why}); look at the item and at its target"
        ports.store.abandon(run, Entry(at=now, kind="escalated", text=text[:1000], call_person=True))
        return "ended"
    if run.give_back_at is not None and now >= run.give_back_at + _KEPT_AT_MOST + _GIVE_UP_AFTER:
        text = (
            "the temporary change stays until somebody takes it back: it could not be looked at; see its function's log"
        )
        ports.store.save(replace(run, give_back_at=None), [Entry(at=now, kind="kept", text=text, call_person=True)])
        return "ended"
    if run.phase is Phase.ENDED or now < run.deadline + _GIVE_UP_AFTER:
        ports.follow_through.start(run, timedelta(), f"sweep-{now:%Y%m%dT%H%M}")
        return "woken"
    text = f"could not be moved on from {run.phase} since {run.due:%Y-%m-%d %H:%M} UTC; look at its function's log"
    ended = replace(run.to(Phase.ENDED, now), outcome=Outcome.ESCALATED)
    free(ports, ports.store.save(ended, [Entry(at=now, kind="escalated", text=text, call_person=True)]))
    return "ended"


@cache
def _ports() -> Ports:
    return wire(os.environ)


@cache
def _incidents() -> Incidents:
    return DynamoDbIncidents(_ports().aws.client("dynamodb"), os.environ[f"{PREFIX}TABLE"])


if in_lambda():
    _incidents()

"""How runs, incidents, alarms and timeline entries are spelled as items of the table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from functions.adapters.dynamodb_table import Item, stamp, to_item
from functions.core.alarm import Alarm
from functions.core.run import Entry, Outcome, Phase, Run
from functions.core.run_record import write_run

_ALARMS_KEPT = timedelta(days=90)


def concerns_people(run: Run, entries: Sequence[Entry]) -> bool:
    """An incident begins with a plan or with a call to a person: an ordinary deployment that is only watched is none."""
    news = any(entry.kind == "plan" or entry.call_person for entry in entries)
    return news or (run.phase is Phase.ENDED and run.plan is not None)


def incident_update(run: Run) -> Item:
    """The header of a run's incident, as it is after this write: key, update and values."""
    status = "mitigated" if run.outcome is Outcome.RECOVERED else "open"
    values = {":at": stamp(run.opened_at), ":target": run.target, ":title": run.alarm.name, ":status": status}
    severity = run.decline.severity if run.decline else ""
    return {
        "Key": to_item({"pk": f"INCIDENT#{run.incident}", "sk": "INCIDENT"}),
        "UpdateExpression": "SET opened_at = if_not_exists(opened_at, :at), target = :target,"
        " title = if_not_exists(title, :title), #status = :status, last_run = :run"
        f"{', severity = :severity' if severity else ''}",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": to_item(
            {**values, ":run": run.id, **({":severity": severity} if severity else {})}
        ),
    }


def run_item(run: Run) -> Item:
    item: Item = {
        "pk": f"INCIDENT#{run.incident}",
        "sk": f"RUN#{run.id}",
        "version": run.version,
        "phase": run.phase,
        "outcome": run.outcome,
        "remediation": run.remediation,
        "target": run.target,
        "due": stamp(run.due),
        "record": write_run(run),
    }
    return {**item, "open": "RUN"} if run.open else item


def alarm_item(alarm: Alarm, run: Run | None, decision: str) -> Item:
    return {
        "pk": f"ALARM#{alarm.arn}",
        "sk": f"STATE#{alarm.state_key}",
        "at": stamp(alarm.at),
        "name": alarm.name,
        "via": alarm.via,
        "decision": decision,
        "expires_at": int((alarm.at + _ALARMS_KEPT).timestamp()),
        **({"run": run.id, "incident": run.incident, "remediation": run.remediation} if run else {}),
        **({"code": run.decline.code} if run and run.decline else {}),
    }


def entry_item(entry: Entry, run: Run, number: int) -> Item:
    return {
        "pk": f"INCIDENT#{run.incident}",
        "sk": f"AT#{stamp(entry.at)}#{run.id[-12:]}.{run.version:04}.{number}",
        "at": stamp(entry.at),
        "kind": entry.kind,
        "text": entry.text,
        "call_person": entry.call_person,
        "audience": entry.audience,
        "run": run.id,
        "incident": run.incident,
        "target": run.target,
        "remediation": run.remediation,
    }

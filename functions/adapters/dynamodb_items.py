"""How runs, incidents, alarms and timeline entries are spelled as items of the table."""

from __future__ import annotations

from datetime import timedelta

from functions.adapters.dynamodb_table import Item, stamp
from functions.core.alarm import Alarm
from functions.core.run import Entry, Run
from functions.core.run_record import write_run

_ALARMS_KEPT = timedelta(days=90)


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
        "arn": alarm.arn,
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

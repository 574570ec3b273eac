"""Runs, incidents, timelines and answered alarms: the written record. Each write is one transaction over items of one incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from functions.adapters.dynamodb_table import Item, Table, from_item, stamp, to_item
from functions.core.alarm import Alarm
from functions.core.decision import Decline
from functions.core.errors import AlreadyRecorded, Fenced
from functions.core.run import Entry, Outcome, Phase, Run
from functions.core.run_record import read_run, write_run

OPEN_INDEX = "open"
_ALARMS_KEPT = timedelta(days=90)
_TRIES = 3


class Journal(Table):
    """Optimistic: each run carries the number of its writes, and a writer that has been overtaken is stopped."""

    def save(self, run: Run, entries: Sequence[Entry]) -> Run:
        """See `Store.save`."""
        written = replace(run, version=run.version + 1)
        condition = "attribute_not_exists(pk)" if run.version == 0 else "version = :before"
        before = {":before": run.version} if run.version else {}
        writes = [self._put(_run_item(written), condition, before)]
        answers_alarm = run.version == 0 and run.gives_back is None
        if answers_alarm:
            writes.append(self._put(_alarm_item(run.alarm, run, "run"), "attribute_not_exists(pk)"))
        if _concerns_people(written, entries):
            writes.append(self._incident(written))
        writes += [self._put(_entry_item(entry, written, number)) for number, entry in enumerate(entries)]
        failed = self._transact(writes)
        if answers_alarm and 1 in failed:
            raise AlreadyRecorded(f"{run.alarm.arn} {run.alarm.state_key}")
        if failed:
            raise Fenced(f"{run.id} was moved on by another invocation after version {run.version}")
        return written

    def load(self, incident: str, run: str) -> Run | None:
        """See `Store.load`."""
        key = {"pk": f"INCIDENT#{incident}", "sk": f"RUN#{run}"}
        answer = self.client.get_item(TableName=self.name, Key=to_item(key), ConsistentRead=True)
        return read_run(from_item(answer["Item"])["record"]) if "Item" in answer else None

    def record(self, alarm: Alarm, remediation: str, decline: Decline, incident: str | None) -> bool:
        """See `Store.record`."""
        answer = {"code": decline.code, "seen": decline.seen, "advice": decline.advice, "remediation": remediation}
        item = {**_alarm_item(alarm, None, "declined"), **answer}
        line = {
            "kind": "declined",
            "text": f"{alarm.name}: {decline.code}: {decline.seen}. {decline.advice}",
            "call_person": decline.call_person,
            "target": alarm.name,
        }
        if not incident:
            return not self._transact([self._put({**item, **line}, "attribute_not_exists(pk)")])
        where = {"pk": f"INCIDENT#{incident}", "sk": f"AT#{stamp(alarm.at)}#{alarm.transition}", "incident": incident}
        return not self._transact([self._put(item, "attribute_not_exists(pk)"), self._put({**item, **line, **where})])

    def overdue(self, now: datetime) -> Sequence[Run]:
        """See `Store.overdue`."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            IndexName=OPEN_INDEX,
            KeyConditionExpression="#open = :open AND due < :now",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues=to_item({":open": "RUN", ":now": stamp(now)}),
        )
        return [read_run(from_item(item)["record"]) for page in pages for item in page["Items"]]

    def _incident(self, run: Run) -> Item:
        status = "mitigated" if run.outcome is Outcome.RECOVERED else "open"
        values = {":at": stamp(run.opened_at), ":target": run.target, ":title": run.alarm.name, ":status": status}
        return {
            "Update": {
                "TableName": self.name,
                "Key": to_item({"pk": f"INCIDENT#{run.incident}", "sk": "INCIDENT"}),
                "UpdateExpression": "SET opened_at = if_not_exists(opened_at, :at), target = :target,"
                " title = if_not_exists(title, :title), #status = :status, last_run = :run",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": to_item({**values, ":run": run.id}),
            }
        }

    def _put(self, item: Item, condition: str = "", values: Mapping[str, Any] | None = None) -> Item:
        put: Item = {"TableName": self.name, "Item": to_item(item)}
        if condition:
            put["ConditionExpression"] = condition
        if values:
            put["ExpressionAttributeValues"] = to_item(values)
        return {"Put": put}

    def _transact(self, writes: list[Item]) -> set[int]:
        """Write all or nothing: the numbers of the writes whose condition failed, none where all is written."""
        for last in (False,) * (_TRIES - 1) + (True,):
            try:
                self.client.transact_write_items(TransactItems=writes)
                return set()
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
                codes = [reason.get("Code") for reason in error.response["CancellationReasons"]]
                failed = {number for number, code in enumerate(codes) if code == "ConditionalCheckFailed"}
                if failed:
                    return failed
                if last or "TransactionConflict" not in codes:
                    raise
        raise AssertionError("unreachable: the last try returns or raises")


def _concerns_people(run: Run, entries: Sequence[Entry]) -> bool:
    """An incident begins with a plan or with a call to a person: an ordinary deployment that is only watched is none."""
    news = any(entry.kind == "plan" or entry.call_person for entry in entries)
    return news or (run.phase is Phase.ENDED and run.plan is not None)


def _run_item(run: Run) -> Item:
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


def _alarm_item(alarm: Alarm, run: Run | None, decision: str) -> Item:
    return {
        "pk": f"ALARM#{alarm.arn}",
        "sk": f"STATE#{alarm.state_key}",
        "at": stamp(alarm.at),
        "name": alarm.name,
        "via": alarm.via,
        "decision": decision,
        "expires_at": int((alarm.at + _ALARMS_KEPT).timestamp()),
        **({"run": run.id, "incident": run.incident, "remediation": run.remediation} if run else {}),
    }


def _entry_item(entry: Entry, run: Run, number: int) -> Item:
    return {
        "pk": f"INCIDENT#{run.incident}",
        "sk": f"AT#{stamp(entry.at)}#{run.id[-12:]}.{run.version:04}.{number}",
        "at": stamp(entry.at),
        "kind": entry.kind,
        "text": entry.text,
        "call_person": entry.call_person,
        "run": run.id,
        "incident": run.incident,
        "target": run.target,
        "remediation": run.remediation,
    }

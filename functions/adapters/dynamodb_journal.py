"""Runs, incidents, timelines and answered alarms: the written record. Each write is one transaction over items of one incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.adapters.dynamodb_drifts import puts
from functions.adapters.dynamodb_items import alarm_item, entry_item, run_item
from functions.adapters.dynamodb_leases import KEEP_LEDGER, lease_key, ledger_values
from functions.adapters.dynamodb_table import Item, Table, from_item, stamp, to_item
from functions.core.alarm import Alarm, said_by
from functions.core.decision import Decline
from functions.core.drift import Drift
from functions.core.errors import AlreadyRecorded, Fenced, FirstResponderError, LeaseLost
from functions.core.ports import Transition, Unreadable
from functions.core.run import Entry, Run
from functions.core.run_record import read_run

OPEN_INDEX = "open"
_TRIES = 3


class Journal(Table):
    """Optimistic: each run carries the number of its writes, and a writer that has been overtaken is stopped."""

    def save(self, run: Run, entries: Sequence[Entry], *, changing: bool = False, drifts: Sequence[Drift] = ()) -> Run:
        """See `Store.save`."""
        written = replace(run, version=run.version + 1)
        condition = "attribute_not_exists(pk)" if run.version == 0 else "version = :before"
        before = {":before": run.version} if run.version else {}
        writes = {"run": self._put(run_item(written), condition, before)}
        if run.version == 0 and run.gives_back is None:
            writes["alarm"] = self._put(alarm_item(run.alarm, run, "run"), "attribute_not_exists(pk)")
        if changing:
            writes["lease"] = self._ledger(run)
        lines = {f"entry {n}": self._put(entry_item(entry, written, n)) for n, entry in enumerate(entries)}
        rows = {f"drift {n}": put for n, put in enumerate(puts(self.name, drifts))}
        failed = self._transact({**writes, **lines, **rows})
        if "alarm" in failed:
            raise AlreadyRecorded(f"{run.alarm.arn} {run.alarm.state_key}")
        if "run" in failed:
            raise Fenced(f"{run.id} was moved on by another invocation after version {run.version}")
        if failed:
            raise LeaseLost(f"{run.target} is not held by {run.id} any more")
        return written

    def load(self, incident: str, run: str) -> Run | None:
        """See `Store.load`."""
        key = {"pk": f"INCIDENT#{incident}", "sk": f"RUN#{run}"}
        answer = self.client.get_item(TableName=self.name, Key=to_item(key), ConsistentRead=True)
        return read_run(from_item(answer["Item"])["record"]) if "Item" in answer else None

    def record(self, alarm: Alarm, remediation: str, decline: Decline, incident: str | None) -> bool:
        """See `Store.record`."""
        answer = {"code": decline.code, "seen": decline.seen, "advice": decline.advice, "remediation": remediation}
        item = {**alarm_item(alarm, None, "declined"), **answer, "said": said_by(alarm)}
        line = {
            "kind": "declined",
            "text": f"{alarm.name}: {decline.code}: {decline.seen}. {decline.advice}",
            "call_person": decline.call_person,
            "target": alarm.name,
        }
        if not incident:
            return not self._transact({"alarm": self._put({**item, **line}, "attribute_not_exists(pk)")})
        where = {"pk": f"INCIDENT#{incident}", "sk": f"AT#{stamp(alarm.at)}#{alarm.transition}", "incident": incident}
        first = self._put(item, "attribute_not_exists(pk)")
        return not self._transact({"alarm": first, "entry": self._put({**item, **line, **where})})

    def transitions(self, alarm: str, since: datetime) -> Sequence[Transition]:
        """See `Store.transitions`. By the second, as the keys are."""
        between = {
            ":alarm": f"ALARM#{alarm}",
            ":since": f"STATE#ALARM#{since:%Y-%m-%dT%H:%M:%SZ}",
            ":last": "STATE#ALARM#a",
        }
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            KeyConditionExpression="pk = :alarm AND sk BETWEEN :since AND :last",
            ExpressionAttributeValues=to_item(between),
            ConsistentRead=True,
        )
        items = [from_item(item) for page in pages for item in page["Items"]]
        return [Transition(at=datetime.fromisoformat(item["at"]), code=item.get("code", "")) for item in items]

    def overdue(self, now: datetime) -> Sequence[Run | Unreadable]:
        """See `Store.overdue`."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            IndexName=OPEN_INDEX,
            KeyConditionExpression="#open = :open AND due < :now",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues=to_item({":open": "RUN", ":now": stamp(now)}),
        )
        return [_read(from_item(item)) for page in pages for item in page["Items"]]

    def abandon(self, unreadable: Unreadable, entry: Entry) -> None:
        """See `Store.abandon`. The item stays as it is, for a person to look at."""
        key = {"pk": f"INCIDENT#{unreadable.incident}", "sk": f"RUN#{unreadable.run}"}
        line = {
            "pk": key["pk"],
            "sk": f"AT#{stamp(entry.at)}#{unreadable.run[-12:]}.unreadable",
            "at": stamp(entry.at),
            "kind": entry.kind,
            "text": entry.text,
            "call_person": entry.call_person,
            "run": unreadable.run,
            "incident": unreadable.incident,
        }
        update = {
            "TableName": self.name,
            "Key": to_item(key),
            "UpdateExpression": "REMOVE #open",
            "ExpressionAttributeNames": {"#open": "open"},
        }
        self._transact({"run": {"Update": update}, "entry": self._put(line)})

    def _put(self, item: Item, condition: str = "", values: Mapping[str, Any] | None = None) -> Item:
        put: Item = {"TableName": self.name, "Item": to_item(item)}
        if condition:
            put["ConditionExpression"] = condition
        if values:
            put["ExpressionAttributeValues"] = to_item(values)
        return {"Put": put}

    def _ledger(self, run: Run) -> Item:
        return {
            "Update": {
                "TableName": self.name,
                "Key": to_item(lease_key(run.target)),
                "UpdateExpression": KEEP_LEDGER,
                "ConditionExpression": "holder = :run",
                "ExpressionAttributeValues": to_item({":run": run.id, **ledger_values(run.ledger)}),
            }
        }

    def _transact(self, writes: Mapping[str, Item]) -> set[str]:
        """Write all or nothing: the names of the writes whose condition failed, none where all is written."""
        for last in (False,) * (_TRIES - 1) + (True,):
            try:
                self.client.transact_write_items(TransactItems=list(writes.values()))
                return set()
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
                reasons = error.response["CancellationReasons"]
                codes = {name: reason.get("Code") for name, reason in zip(writes, reasons, strict=True)}
                failed = {name for name, code in codes.items() if code == "ConditionalCheckFailed"}
                if failed:
                    return failed
                if last or "TransactionConflict" not in codes.values():
                    raise
        raise AssertionError("unreachable: the last try returns or raises")


def _read(item: Item) -> Run | Unreadable:
    try:
        return read_run(item["record"])
    except (KeyError, TypeError, ValueError, AttributeError, FirstResponderError) as error:
        incident, run = item["pk"].removeprefix("INCIDENT#"), item["sk"].removeprefix("RUN#")
        return Unreadable(incident=incident, run=run, why=f"{type(error).__name__}: {error}")

"""Incidents as people follow them: `INCIDENT#id / INCIDENT`, their lines beside them, and `SERVICE#name / LEAD`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.adapters.dynamodb_delivery import PLACE
from functions.adapters.dynamodb_journal import OPEN_INDEX
from functions.adapters.dynamodb_table import ConditionFailed, Item, Table, from_item, stamp, to_item
from functions.core.errors import Fenced
from functions.core.incident.incident import Incident, read_incident, write_incident
from functions.core.incident.ports import Line, Story
from functions.core.incident.turns import Turn
from functions.core.run import Entry
from functions.core.run_record import read_run

HEADER = "INCIDENT"
SIDE = "people"
"""Marks the lines that the people's side has written itself."""
_OPEN = "INCIDENT"
_ABSENT = "attribute_not_exists(pk)"


class DynamoDbIncidents(Table):
    """The core's `Incidents`."""

    def load(self, incident: str) -> Incident | None:
        """See `Incidents.load`."""
        answer = self.client.get_item(TableName=self.name, Key=to_item(_key(incident)), ConsistentRead=True)
        return read_incident(from_item(answer["Item"])["record"]) if "Item" in answer else None

    def open(self, turn: Turn) -> Incident:
        """See `Incidents.open`."""
        try:
            return self._write(turn, _ABSENT, {})
        except Fenced:
            known = self.load(turn.incident.id)
            if known is None:
                raise
            return known

    def save(self, turn: Turn) -> Incident:
        """See `Incidents.save`."""
        if not turn.new:
            return turn.incident
        return self._write(turn, "version = :before", {":before": turn.incident.version})

    def lead(self, service: str, incident: str) -> str:
        """See `Incidents.lead`."""
        try:
            self.update(
                _service(service),
                "SET incident = :incident",
                "attribute_not_exists(incident) OR incident = :incident",
                {":incident": incident},
            )
        except ConditionFailed as led:
            return str(led.item["incident"])
        return incident

    def unlead(self, service: str, incident: str) -> None:
        """See `Incidents.unlead`."""
        with suppress(ConditionFailed):
            self.update(_service(service), "REMOVE incident", "incident = :incident", {":incident": incident})

    def unresolved(self) -> Sequence[Incident]:
        """See `Incidents.unresolved`."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            IndexName=OPEN_INDEX,
            KeyConditionExpression="#open = :open",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues=to_item({":open": _OPEN}),
        )
        return [read_incident(from_item(item)["record"]) for page in pages for item in page["Items"]]

    def story(self, incident: str) -> Story | None:
        """See `Incidents.story`."""
        items = self._items(incident)
        header = next((item for item in items if item["sk"] == HEADER), None)
        if header is None:
            return None
        found = read_incident(header["record"])
        items += [item for joiner in found.joiners for item in self._items(joiner)]
        lines = [_line(item) for item in items if item["sk"].startswith("AT#")]
        runs = [read_run(item["record"]) for item in items if item["sk"].startswith("RUN#")]
        places = {item["sk"].removeprefix(PLACE): item["state"] for item in items if item["sk"].startswith(PLACE)}
        return Story(
            incident=found,
            lines=tuple(sorted(lines, key=lambda line: line.at)),
            runs=tuple(sorted(runs, key=lambda run: run.opened_at)),
            places=places,
        )

    def _items(self, incident: str) -> list[Item]:
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=to_item({":pk": f"INCIDENT#{incident}"}),
        )
        return [from_item(item) for page in pages for item in page["Items"]]

    def _write(self, turn: Turn, condition: str, values: Mapping[str, Any]) -> Incident:
        """The incident and its lines in one transaction. Raises Fenced where the condition does not hold."""
        after = replace(turn.incident, version=turn.incident.version + 1)
        put: Item = {"TableName": self.name, "Item": to_item(_item(after)), "ConditionExpression": condition}
        if values:
            put["ExpressionAttributeValues"] = to_item(values)
        lines = [_entry(entry, after, number) for number, entry in enumerate(turn.entries)]
        writes = [{"Put": put}, *({"Put": {"TableName": self.name, "Item": to_item(line)}} for line in lines)]
        try:
            self.client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            codes = {reason.get("Code") for reason in error.response["CancellationReasons"]}
            if not codes & {"ConditionalCheckFailed", "TransactionConflict"}:
                raise
            raise Fenced(
                f"{after.id} was written by another invocation after version {turn.incident.version}"
            ) from None
        return after


def _key(incident: str) -> Item:
    return {"pk": f"INCIDENT#{incident}", "sk": HEADER}


def _service(service: str) -> Item:
    return {"pk": f"SERVICE#{service}", "sk": "LEAD"}


def _item(incident: Incident) -> Item:
    """`open` puts it into the index of what is not over; the rest stands outside the record for who reads the table."""
    item: Item = {
        **_key(incident.id),
        "version": incident.version,
        "status": incident.status.value,
        "severity": incident.severity.value,
        "title": incident.title,
        "target": incident.target,
        "opened_at": stamp(incident.opened_at),
        "due": stamp(incident.opened_at),
        "record": write_incident(incident),
    }
    return item if incident.resolved else {**item, "open": _OPEN}


def _entry(entry: Entry, incident: Incident, number: int) -> Item:
    return {
        "pk": f"INCIDENT#{incident.id}",
        "sk": f"AT#{stamp(entry.at)}#{SIDE}.{incident.version:04}.{number}",
        "at": stamp(entry.at),
        "kind": entry.kind,
        "text": entry.text,
        "call_person": entry.call_person,
        "audience": entry.audience,
        "incident": incident.id,
        "target": incident.target,
        "side": SIDE,
    }


def _line(item: Mapping[str, Any]) -> Line:
    return Line(
        at=datetime.fromisoformat(item["at"]),
        kind=item["kind"],
        text=item["text"],
        incident=str(item["pk"]).removeprefix("INCIDENT#"),
        remediation=item.get("remediation", ""),
        run=item.get("run", ""),
    )

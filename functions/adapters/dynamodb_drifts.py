"""The IaC ledger: `DRIFT` / `<stack>#<resource>#<property>#<time>#<run>#<step>`, rows that are added and never changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from botocore.exceptions import ClientError

from functions.adapters.dynamodb_table import Item, Table, from_item, to_item
from functions.core.drift import Drift, Row, Settled, settle
from functions.core.run_record import plain

PARTITION = "DRIFT"
_CHANGED, _SETTLED = "changed", "settled"


class Drifts(Table):
    """Read by the one who lists and settles; what changes something only adds `puts` to the transaction of its run."""

    def rows(self, of: tuple[str, ...] = ()) -> tuple[Row, ...]:
        """All rows, or those of a (stack), (stack, resource) or (stack, resource, property); read consistently."""
        begins = "".join(f"{part}#" for part in of)
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :begins)" if of else "pk = :pk",
            ExpressionAttributeValues=to_item({":pk": PARTITION, **({":begins": begins} if of else {})}),
        )
        return tuple(_row(from_item(item)) for page in pages for item in page["Items"])

    def settle(self, seen: Drift, *, by: str, reason: str, at: datetime) -> bool:
        """Close an open drift as a person has seen it. False where it is not open, or not as seen; rows that come in
        meanwhile stay open."""
        settled = settle(self.rows(seen.of()), seen, by=by, reason=reason, at=at)
        if settled is None:
            return False
        try:
            self.client.put_item(
                TableName=self.name, Item=to_item(_item(settled)), ConditionExpression="attribute_not_exists(pk)"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True


def puts(table: str, rows: Iterable[Row]) -> list[Item]:
    """The rows as items of a TransactWriteItems call."""
    return [{"Put": {"TableName": table, "Item": to_item(_item(row))}} for row in rows]


def _item(row: Row) -> Item:
    settled = isinstance(row, Settled)
    key = "#".join((*row.of(), row.position(), *([_SETTLED] if settled else [])))
    content = {str(name): value for name, value in plain(asdict(row)).items()}
    return {"pk": PARTITION, "sk": key, "kind": _SETTLED if settled else _CHANGED, **content}


def _row(item: Item) -> Row:
    content = {name: value for name, value in item.items() if name not in ("pk", "sk", "kind")}
    content["at"] = datetime.fromisoformat(content["at"])
    return Settled(**content) if item["kind"] == _SETTLED else Drift(**content)

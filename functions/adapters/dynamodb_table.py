"""The one table: how items are spelled, and how a failed condition tells what stood in its way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

Item = dict[str, Any]
_TRIES = 5
"""An item that a transaction is writing refuses others for that moment."""
_write, _read = TypeSerializer(), TypeDeserializer()


class Table:
    """A DynamoDB table with the keys `pk` and `sk`."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name

    def update(
        self,
        key: Item,
        update: str,
        condition: str,
        values: Item,
        names: Mapping[str, str] | None = None,
        give: str = "ALL_OLD",
    ) -> Any:
        """One conditional UpdateItem: the item as it was before, or as it is now with `give="ALL_NEW"`.

        Raises ConditionFailed with the item that stood in the way.
        """
        request = {
            "TableName": self.name,
            "Key": to_item(key),
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ReturnValues": give,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            **({"ExpressionAttributeValues": to_item(values)} if values else {}),
            **({"ExpressionAttributeNames": dict(names)} if names else {}),
        }
        for last in (False,) * (_TRIES - 1) + (True,):
            try:
                return from_item(self.client.update_item(**request).get("Attributes", {}))
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "ConditionalCheckFailedException":
                    raise ConditionFailed(from_item(error.response.get("Item", {}))) from None
                if last or code != "TransactionConflictException":
                    raise
        raise AssertionError("unreachable: the last try returns or raises")


class ConditionFailed(Exception):
    """A conditional write was refused; `item` is what stood there (empty for nothing)."""

    def __init__(self, item: Item) -> None:
        super().__init__("a conditional write was refused")
        self.item = item


def to_item(plain: Mapping[str, Any]) -> Item:
    """JSON types to DynamoDB's."""
    exact = json.loads(json.dumps(dict(plain)), parse_float=Decimal)
    return {key: _write.serialize(value) for key, value in exact.items()}


def from_item(item: Mapping[str, Any]) -> Item:
    """DynamoDB's types to JSON's."""
    return {key: _plain(_read.deserialize(value)) for key, value in item.items()}


def stamp(moment: datetime) -> str:
    """A time that sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value

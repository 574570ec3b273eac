"""`dynamodb:LeadingKeys`: the partition keys that a DynamoDB call names, which ministack does not tell its policy evaluation.

Without them a `ForAllValues` condition holds for every call: of a key that is not there no value is wrong. All items of a
transaction or batch are checked with the keys of all, which is never less strict than AWS. A Scan names none, as on AWS. A
query's key that is not understood is "", which no sensible policy names.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ministack.services import dynamodb

Asked = Mapping[str, Any]


def completed(original: Any) -> Any:
    """ministack's condition keys of a call, and this one."""

    def dynamodb_service_context(body: bytes) -> dict[str, Any]:
        found = dict(original(body))
        keys = _leading_keys(body) if found else []
        return {**found, "dynamodb:LeadingKeys": keys} if keys else found

    return dynamodb_service_context


def _leading_keys(body: bytes) -> list[str]:
    """Each once, in the order in which the call names them."""
    asked = json.loads(body or b"{}")
    named = [_value(item, _schema(table, "")) for table, item in _items(asked)]
    queried = [_queried(asked)] if "KeyConditionExpression" in asked or "KeyConditions" in asked else []
    return list(dict.fromkeys([*named, *queried]))


def _items(asked: Asked) -> Iterator[tuple[str, Asked]]:
    """Table and key, or whole item, of everything that a call reads or writes by its key."""
    for name in ("Key", "Item"):
        if name in asked:
            yield asked.get("TableName", ""), asked[name]
    for entry in asked.get("TransactItems", ()):
        for member in entry.values():
            yield from _items(member)
    for table, wanted in asked.get("RequestItems", {}).items():
        yield from _batched(table, wanted)


def _batched(table: str, wanted: Any) -> Iterator[tuple[str, Asked]]:
    """What a batch reads of one table, or writes there."""
    if isinstance(wanted, Mapping):
        yield from ((table, key) for key in wanted.get("Keys", ()))
        return
    for entry in wanted:
        for member in entry.values():
            yield from _items({"TableName": table, **member})


def _queried(asked: Asked) -> str:
    """The value that a query asks its partition key to equal: written `pk = :value` or `#name = :value`, or in the old form."""
    partition = _schema(asked.get("TableName", ""), asked.get("IndexName", ""))
    names = asked.get("ExpressionAttributeNames", {})
    spellings = [partition, *(alias for alias, name in names.items() if name == partition)]
    for spelling in spellings:
        found = re.search(rf"(?<![\w#.:]){re.escape(spelling)}\s*=\s*(:\w+)", asked.get("KeyConditionExpression", ""))
        if found and partition:
            return _value(asked.get("ExpressionAttributeValues", {}), found[1])
    old = asked.get("KeyConditions", {}).get(partition, {})
    return _value({partition: next(iter(old.get("AttributeValueList", ())), {})}, partition)


def _schema(table: str, index: str) -> str:
    """The name of the partition key of a table or of one of its indexes, "" where there is none such."""
    found = dynamodb._tables.get(table.rpartition("/")[2]) or {}
    indexes = [*(found.get("GlobalSecondaryIndexes") or ()), *(found.get("LocalSecondaryIndexes") or ())]
    schemas = {"": found.get("KeySchema", ()), **{one["IndexName"]: one["KeySchema"] for one in indexes}}
    return next((str(key["AttributeName"]) for key in schemas.get(index, ()) if key["KeyType"] == "HASH"), "")


def _value(item: Asked, name: str) -> str:
    """Of `{"pk": {"S": "DRIFT"}}` the text, "" where there is none."""
    return str(next(iter((item.get(name) or {}).values()), ""))

"""What each place has been told: `INCIDENT#id / SENT#place#line`, and what it keeps: `INCIDENT#id / PLACE#place`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.adapters.dynamodb_table import ConditionFailed, Item, Table, from_item, to_item

PLACE, SENT = "PLACE#", "SENT#"


class DynamoDbDelivery(Table):
    """The core's `Delivery`."""

    def begin(self, place: str, incident: str, news: str) -> str | None:
        """See `Delivery.begin`."""
        try:
            self.update(_sent(place, incident, news), "SET place_id = :none", "attribute_not_exists(pk)", {":none": ""})
        except ConditionFailed as begun:
            return str(begun.item["place_id"])
        return None

    def done(self, place: str, incident: str, news: str, reference: str) -> None:
        """See `Delivery.done`."""
        self.update(
            _sent(place, incident, news),
            "SET place_id = :reference",
            "attribute_exists(pk)",
            {":reference": reference},
        )

    def state(self, place: str, incident: str) -> Mapping[str, Any]:
        """See `Delivery.state`."""
        answer = self.client.get_item(TableName=self.name, Key=to_item(_place(place, incident)), ConsistentRead=True)
        return dict(from_item(answer["Item"])["state"]) if "Item" in answer else {}

    def keep(self, place: str, incident: str, state: Mapping[str, Any]) -> None:
        """See `Delivery.keep`."""
        self.client.put_item(TableName=self.name, Item=to_item({**_place(place, incident), "state": dict(state)}))


def _sent(place: str, incident: str, news: str) -> Item:
    return {"pk": f"INCIDENT#{incident}", "sk": f"{SENT}{place}#{news}"}


def _place(place: str, incident: str) -> Item:
    return {"pk": f"INCIDENT#{incident}", "sk": f"{PLACE}{place}"}

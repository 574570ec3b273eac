"""The record of First Responder as a drill reads it: straight from DynamoDB, as anybody would."""

from __future__ import annotations

from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from drills.stage import Stage

_read = TypeDeserializer()


class Record:
    """Reads the deployed table."""

    def __init__(self, stage: Stage) -> None:
        self._dynamodb = stage.client("dynamodb")
        stack = stage.client("cloudformation").describe_stack_resources(StackName="FirstResponder")["StackResources"]
        self._table = next(
            resource["PhysicalResourceId"] for resource in stack if resource["ResourceType"] == "AWS::DynamoDB::Table"
        )

    def items(self) -> list[dict[str, Any]]:
        """Every item of the table."""
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self._table)
        found = [item for page in pages for item in page["Items"]]
        return [{key: _read.deserialize(value) for key, value in item.items()} for item in found]

    def timeline(self, since: str) -> list[dict[str, Any]]:
        """The timeline entries after a time, oldest first."""
        entries = [item for item in self.items() if item["sk"].startswith("AT#") and item["at"] >= since]
        return sorted(entries, key=lambda entry: str(entry["sk"]))

    def runs(self, remediation: str, since: str) -> list[dict[str, Any]]:
        """The runs of a remediation opened after a time, oldest first."""
        runs = [item for item in self.items() if item["sk"].startswith("RUN#") and item["remediation"] == remediation]
        fresh = [run for run in runs if run["record"]["opened_at"] >= since]
        return sorted(fresh, key=lambda run: str(run["record"]["opened_at"]))

    def incident(self, incident: str) -> list[dict[str, Any]]:
        """All items of one incident."""
        return sorted(
            (item for item in self.items() if item["pk"] == f"INCIDENT#{incident}"), key=lambda item: str(item["sk"])
        )

    def ended(self, run: str) -> dict[str, Any] | None:
        """The run of that id once it has ended."""
        found = (item for item in self.items() if item["sk"] == f"RUN#{run}" and item["phase"] == "ended")
        return next(found, None)

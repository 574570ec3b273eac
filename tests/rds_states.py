"""RDS in states that moto cannot play, behind the `Aws` port: moto's answers, with what a test says laid over them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.adapters.aws import Boto3Aws

MUTATING = ("create_db_snapshot", "modify_db_instance")


class RdsStates:
    """An account whose RDS can be told what to say; what would change it is written to `changes`, then done by moto."""

    def __init__(self, aws: Boto3Aws) -> None:
        self._aws = aws
        self.described: dict[str, dict[str, Any]] = {}
        self.sizes: list[dict[str, int]] = [{"From": 1, "To": 65536, "Step": 1}]
        self.ratios = [{"From": 0.5, "To": 50.0}]
        self.storage_types = ("gp2", "gp3", "io1", "io2")
        self.quotas = {"AllocatedStorage": (1000, 100000), "ManualSnapshots": (3, 100)}
        self.events: list[tuple[datetime, str]] = []
        self.stack_status = ""
        self.snapshot: dict[str, Any] = {}
        self.refuse: dict[str, tuple[str, str]] = {}
        self.changes: list[tuple[str, dict[str, Any]]] = []

    def client(self, service: str) -> Any:
        if service == "cloudformation":
            return _Stacks(self)
        real = self._aws.client(service)
        return _Rds(self, real) if service == "rds" else real

    def now(self) -> datetime:
        return self._aws.now()

    def refusal(self, error: Exception) -> str | None:
        return self._aws.refusal(error)

    def says(self, name: str, **described: Any) -> None:
        """Lay these over the description of an instance."""
        self.described.setdefault(name, {}).update(described)

    def stop_refused(self, call: str) -> None:
        if call in self.refuse:
            code, message = self.refuse[call]
            status = {"HTTPStatusCode": 400}
            raise ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": status}, call)


class _Rds:
    def __init__(self, states: RdsStates, real: Any) -> None:
        self._states, self._real = states, real

    def __getattr__(self, name: str) -> Any:
        def call(**named: Any) -> Any:
            self._states.stop_refused(name)
            if name in MUTATING:
                self._states.changes.append((name, named))
            told = getattr(type(self), f"_{name}", None)
            return told(self, **named) if told else getattr(self._real, name)(**named)

        return call

    def _describe_db_instances(self, **named: Any) -> Any:
        answer = self._real.describe_db_instances(**named)
        for each in answer["DBInstances"]:
            each.update(self._states.described.get(each["DBInstanceIdentifier"], {}))
        return answer

    def _describe_db_snapshots(self, **named: Any) -> Any:
        answer = self._real.describe_db_snapshots(**named)
        for each in answer["DBSnapshots"]:
            each.update(self._states.snapshot)
        return answer

    def _describe_valid_db_instance_modifications(self, **_: Any) -> Any:
        states = self._states
        options = [
            {"StorageType": kind, "StorageSize": states.sizes, "IopsToStorageRatio": states.ratios}
            for kind in states.storage_types
        ]
        return {"ValidDBInstanceModificationsMessage": {"Storage": options, "ValidProcessorFeatures": []}}

    def _describe_account_attributes(self) -> Any:
        quotas = self._states.quotas.items()
        return {"AccountQuotas": [{"AccountQuotaName": name, "Used": used, "Max": top} for name, (used, top) in quotas]}

    def get_paginator(self, name: str) -> Any:
        return _Events(self._states) if name == "describe_events" else self._real.get_paginator(name)


class _Events:
    def __init__(self, states: RdsStates) -> None:
        self._states = states

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        self._states.stop_refused("describe_events")
        for at, message in self._states.events:
            yield {"Events": [{"Date": at, "Message": message, "SourceType": "db-instance"}]}


class _Stacks:
    """CloudFormation, for the one question that is asked of it."""

    def __init__(self, states: RdsStates) -> None:
        self._states = states

    def describe_stacks(self, **named: Any) -> Any:
        return {"Stacks": [{"StackName": named["StackName"], "StackStatus": self._states.stack_status}]}

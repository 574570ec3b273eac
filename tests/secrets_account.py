"""An AWS account with one secret that its own function rotates; moto makes the new version current before anybody can look.

Questions and answers are held against the service model; what changes something is written down in `calls`.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import partial
from typing import Any

from botocore.validate import ParamValidator

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from tests.events import ACCOUNT, REGION
from tests.modelled import refused
from tests.paginator import operation

ORDERS = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:prod/orders-AbCdEf"
_FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate-orders"


class SecretsAccount:
    """Tests turn `secret`, as DescribeSecret answers it. A rotation is pending for so many `looks`, for ever where it is `stuck`."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refuses: dict[str, str] = {}
        self.stuck, self.looks = False, 2
        self.secret: dict[str, Any] = {
            "ARN": ORDERS, "Name": "prod/orders", "RotationEnabled": True, "RotationLambdaARN": _FUNCTION,
            "VersionIdsToStages": {"a" * 32: ["AWSCURRENT"]}, "Tags": [{"Key": "first-responder:mode", "Value": "act"}],
        }  # fmt: skip
        self._looks = 0

    def client(self, service: str) -> Any:
        assert service == "secretsmanager", service
        return _Client(self)

    def now(self) -> Any:
        return self.clock.now()

    def refusal(self, error: Exception) -> str | None:
        return Boto3Aws(self.clock).refusal(error)

    def describe_secret(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if asked["SecretId"] not in (self.secret["ARN"], ORDERS[:-7]):
            raise refused("ResourceNotFoundException", "DescribeSecret")
        self._looks += 1
        if self._looks > self.looks and not self.stuck:
            self._finish()
        return deepcopy(self.secret)

    def rotate_secret(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        stages, version = self.secret["VersionIdsToStages"], asked["ClientRequestToken"]
        if any("AWSPENDING" in labels and "AWSCURRENT" not in labels for labels in stages.values()):
            raise refused("InvalidRequestException", "RotateSecret")
        self.calls.append(("RotateSecret", dict(asked)))
        stages[version] = ["AWSPENDING"]
        self._looks = 0
        return {"ARN": ORDERS, "Name": self.secret["Name"], "VersionId": version}

    def _finish(self) -> None:
        stages: dict[str, list[str]] = self.secret["VersionIdsToStages"]
        new = next((version for version, labels in stages.items() if labels == ["AWSPENDING"] and self.calls), None)
        if new is not None and new == self.calls[-1][1]["ClientRequestToken"]:
            old = next(version for version, labels in stages.items() if "AWSCURRENT" in labels)
            self.secret["VersionIdsToStages"] = {old: ["AWSPREVIOUS"], new: ["AWSCURRENT"]}


class _Client:
    def __init__(self, account: SecretsAccount) -> None:
        self._account = account

    def __getattr__(self, name: str) -> Any:
        return partial(_answer, self._account, name)


def _answer(account: SecretsAccount, name: str, /, **asked: Any) -> Any:
    if name in account.refuses:
        raise refused(account.refuses[name], name)
    called = operation("secretsmanager", name)
    said = getattr(account, name)(asked)
    for shape, value in ((called.input_shape, asked), (called.output_shape, said)):
        problems = ParamValidator().validate(value, shape)
        assert not problems.has_errors(), f"{name}: {problems.generate_report()}"
    return said

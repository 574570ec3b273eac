"""An AWS account with one user and one role in moto, and beside it GuardDuty's findings and CloudTrail's events, which moto lacks.

What those two answer is held against the service models.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from botocore.validate import ParamValidator
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.readings.iam_revocations import POLICY, Revocation, revocation_document
from tests.events import ACCOUNT, REGION
from tests.modelled import refused
from tests.paginator import operation, paginator
from tests.scenes import Reacting, moto_account

IAM = f"arn:aws:iam::{ACCOUNT}"
ANN, WEB = f"{IAM}:user/ann", f"{IAM}:role/web"
DENY_ALL, QUARANTINE = (f"arn:aws:iam::aws:policy/{name}" for name in ("AWSDenyAll", "AWSCompromisedKeyQuarantineV3"))
DETECTOR, FINDING = "12abc34d567e8fa901bc2d34e56789f0", "16afba5c5c43e07c9e3e5e2e544e95df"
_OWN = ("guardduty", "cloudtrail")


class IamAccount:
    """`findings` are GuardDuty's by id, `trail` CloudTrail's events; `refuses` answers calls with an error code.

    `then` names what follows on which call.
    """

    def __init__(self, aws: Boto3Aws, clock: FakeClock) -> None:
        self._aws, self.clock = aws, clock
        self.iam = aws.client("iam")
        self.findings: dict[str, dict[str, Any]] = {}
        self.trail: list[dict[str, Any]] = []
        self.refuses: dict[str, str] = {}
        self.then: dict[str, Callable[[], Any]] = {}
        self.now, self.refusal = aws.now, aws.refusal

    def client(self, service: str) -> Any:
        real = None if service in _OWN else Reacting(self._aws, self.then).client(service)
        return _Client(self, service, real)

    def user(self, name: str = "ann", *, path: str = "/", keys: int = 2, **tags: str) -> list[str]:
        """A user that may be contained, with this many active keys, whose ids come back."""
        self.iam.create_user(UserName=name, Path=path, Tags=tag_list(tags))
        made = [self.iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"] for _ in range(keys)]
        return sorted(made)

    def role(self, name: str = "web", *, path: str = "/", trusts: Any = None, **tags: str) -> None:
        """A role that may be contained, which users of the account take where nothing is said."""
        principal = trusts or {"AWS": f"{IAM}:root"}
        document = statement(Principal=principal, Action="sts:AssumeRole")
        self.iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=document, Tags=tag_list(tags))

    def id_of(self, target: str) -> str:
        kind, _, name = target.partition(f"{IAM}:")[2].partition("/")
        found = self.iam.get_user(UserName=name)["User"] if kind == "user" else self.iam.get_role(RoleName=name)["Role"]
        return str(found["UserId" if kind == "user" else "RoleId"])

    def contain(self, keys: list[str], before: datetime, *attached: str, deny_all: bool = True) -> None:
        """Leave the user as a containment does."""
        revocation = Revocation(before=before, keys=tuple(keys), deny_all=deny_all)
        document = revocation_document(revocation, "user")
        self.iam.put_user_policy(UserName="ann", PolicyName=POLICY["user"], PolicyDocument=document)
        for key in keys:
            self.iam.update_access_key(UserName="ann", AccessKeyId=key, Status="Inactive")
        for policy in attached:
            self.iam.attach_user_policy(UserName="ann", PolicyArn=policy)

    def statuses(self, user: str = "ann") -> list[str]:
        return [key["Status"] for key in self.iam.list_access_keys(UserName=user)["AccessKeyMetadata"]]

    def attached(self, user: str = "ann") -> list[str]:
        return [one["PolicyArn"] for one in self.iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]]

    def revoked(self, target: str) -> dict[str, Any] | None:
        """The statement that denies its old sessions."""
        kind, _, name = target.partition(f"{IAM}:")[2].partition("/")
        try:
            found = (
                self.iam.get_user_policy(UserName=name, PolicyName=POLICY["user"])
                if kind == "user"
                else self.iam.get_role_policy(RoleName=name, PolicyName=POLICY["role"])
            )
        except self.iam.exceptions.NoSuchEntityException:
            return None
        (only,) = found["PolicyDocument"]["Statement"]
        return dict(only)

    def did(self, name: str, ago: timedelta = timedelta(hours=1), *, error: str = "", **asked: str) -> None:
        """An event of the user, as CloudTrail keeps it."""
        record = {"eventName": name, "sourceIPAddress": "198.51.100.7", "requestParameters": asked or None}
        record |= {"errorCode": error} if error else {}
        at = self.clock.now() - ago
        self.trail.append(
            {"EventName": name, "EventTime": at, "Username": "ann", "CloudTrailEvent": json.dumps(record)}
        )

    def finding(self, at: datetime, user_type: str, name: str, severity: float = 9.0, **over: Any) -> dict[str, Any]:
        """GuardDuty's event of a finding, which stands. A key of `over` is a field's path with __ for the dots."""
        access = {"accessKeyId": "ASIAIOSFODNN7EXAMPLE", "principalId": "", "userType": user_type, "userName": name}
        detail: dict[str, Any] = {
            "schemaVersion": "2.0", "accountId": ACCOUNT, "region": REGION, "partition": "aws", "id": FINDING,
            "arn": f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/{DETECTOR}/finding/{FINDING}",
            "type": "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS", "severity": severity,
            "title": "Credentials were used from outside AWS", "resource": {"resourceType": "AccessKey", "accessKeyDetails": access},
            "service": {
                "serviceName": "guardduty", "detectorId": DETECTOR, "archived": False, "count": 1,
                "eventFirstSeen": stamp(at - timedelta(minutes=9)), "eventLastSeen": stamp(at - timedelta(minutes=4)),
            },
            "createdAt": stamp(at), "updatedAt": stamp(at),
        }  # fmt: skip
        for path, value in over.items():
            *above, last = path.split("__")
            inner = detail
            for part in above:
                inner = inner.setdefault(part, {})
            inner[last] = value
        self.findings[FINDING] = stored(detail)
        return {
            "version": "0", "id": "c8c4daa7-a20c-2f03-0070-b7393dd542ad", "detail-type": "GuardDuty Finding",
            "source": "aws.guardduty", "account": ACCOUNT, "time": stamp(at), "region": REGION, "resources": [], "detail": detail,
        }  # fmt: skip


def stored(detail: Mapping[str, Any]) -> dict[str, Any]:
    """The finding as GetFindings has it."""
    access = {
        f"{key[0].upper()}{key[1:]}": value for key, value in detail["resource"].get("accessKeyDetails", {}).items()
    }
    return {
        "AccountId": detail["accountId"], "Arn": detail["arn"], "CreatedAt": detail["createdAt"], "Id": detail["id"],
        "Region": detail["region"], "Resource": {"ResourceType": "AccessKey", "AccessKeyDetails": access}, "SchemaVersion": "2.0",
        "Severity": detail["severity"], "Type": detail["type"], "UpdatedAt": detail["updatedAt"],
        "Service": {
            "Archived": False, "Count": 1, "DetectorId": DETECTOR, "EventLastSeen": detail["service"]["eventLastSeen"],
        },
    }  # fmt: skip


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def statement(effect: str = "Allow", **said: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, **said}]})


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """`mode` and the like become the project's tags. Where no mode is said it is act."""
    said = {"mode": "act", **tags}
    return [{"Key": f"first-responder:{key.replace('_', '-')}", "Value": value} for key, value in said.items()]


@cache
def _managed() -> dict[str, Any]:
    """AWS's policies that are needed here, as moto has them: all of them would take a second for each account."""
    known: dict[str, Any] = json.loads(aws_managed_policies_data)
    return {name: known[name] for name in ("AWSDenyAll", "AWSCompromisedKeyQuarantineV3", "AdministratorAccess")}


@contextmanager
def iam_account(clock: FakeClock) -> Iterator[IamAccount]:
    """An empty account in which AWS's own policies can be attached."""
    with moto_account(clock) as aws:
        for name, data in _managed().items():
            policy = AWSManagedPolicy.from_data(name, ACCOUNT, REGION, data)
            iam_backends[ACCOUNT]["aws"].managed_policies[policy.arn] = policy
        yield IamAccount(aws, clock)


class _Client:
    """A client of moto's, or of the two that stand beside it."""

    def __init__(self, account: IamAccount, service: str, real: Any) -> None:
        self._account, self._service, self._real = account, service, real

    def __getattr__(self, name: str) -> Any:
        if name in self._account.refuses:
            return partial(_refuse, self._account.refuses[name], name)
        if self._real is not None:
            return getattr(self._real, name)
        return partial(_answer, self._service, name, partial(_OWN_ANSWERS[name], self._account))

    def get_paginator(self, name: str) -> Any:
        return paginator(self, self._service, name)


def _refuse(code: str, name: str, /, **_: Any) -> Any:
    raise refused(code, name)


def _answer(service: str, name: str, answer: Callable[..., Any], /, **asked: Any) -> Any:
    called = operation(service, name)
    said = answer(asked)
    for shape, value in ((called.input_shape, asked), (called.output_shape, said)):
        problems = ParamValidator().validate(value, shape)
        assert not problems.has_errors(), f"{name}: {problems.generate_report()}"
    return said


def _get_findings(account: IamAccount, asked: Mapping[str, Any]) -> dict[str, Any]:
    wanted = asked["FindingIds"] if asked["DetectorId"] == DETECTOR else []
    return {"Findings": [deepcopy(account.findings[one]) for one in wanted if one in account.findings]}


def _lookup_events(account: IamAccount, asked: Mapping[str, Any]) -> dict[str, Any]:
    (attribute,) = asked["LookupAttributes"]
    key = {"Username": "Username", "AccessKeyId": "AccessKeyId"}[attribute["AttributeKey"]]
    known = [one for one in account.trail if one.get(key) == attribute["AttributeValue"]]
    return {"Events": [one for one in known if asked["StartTime"] <= one["EventTime"] <= asked["EndTime"]]}


_OWN_ANSWERS = {"get_findings": _get_findings, "lookup_events": _lookup_events}

"""The real doors, from a function's environment. Clients are made once per process, at INIT, which Lambda does not throttle."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import timedelta

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import SystemClock
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.adapters.follow_through import StepFunctions
from functions.adapters.s3_evidence import S3Evidence
from functions.core.ports import Ports, Settings

PREFIX = "FIRST_RESPONDER_"


def in_lambda() -> bool:
    """Whether this process is Lambda's: then what is always needed is made at once, in the INIT phase."""
    return "AWS_LAMBDA_RUNTIME_API" in os.environ


def wire(environment: Mapping[str, str], uses: Iterable[str] = ()) -> Ports:
    """All ports, with the clients of the services that the function uses. Raises KeyError naming the missing variable."""
    time = SystemClock()
    aws = Boto3Aws(time)
    aws.warm(uses)
    return Ports(
        aws=aws,
        clock=time,
        store=DynamoDbStore(aws.client("dynamodb"), environment[f"{PREFIX}TABLE"]),
        evidence=S3Evidence(aws.client("s3"), environment[f"{PREFIX}BUCKET"]),
        follow_through=StepFunctions(aws.client("stepfunctions"), environment[f"{PREFIX}FOLLOW_THROUGH"]),
        settings=_settings(json.loads(environment.get(f"{PREFIX}SETTINGS", "{}"))),
    )


def _settings(said: Mapping[str, object]) -> Settings:
    policy = said.get("policy", {})
    return Settings(
        policy={str(name): str(value) for name, value in policy.items()} if isinstance(policy, dict) else {},
        fresh_within=timedelta(minutes=int(str(said.get("fresh_within_minutes", 15)))),
        answer_within=timedelta(minutes=int(str(said.get("answer_within_minutes", 60)))),
        changes_per_hour=int(str(said.get("changes_per_hour", 20))),
    )

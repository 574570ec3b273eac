"""The real doors, from a function's environment. Clients are made once per process, at INIT, which Lambda does not throttle."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import SystemClock
from functions.adapters.cloudwatch_alarms import CloudWatchAlarms
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.adapters.follow_through import StepFunctions
from functions.adapters.lease_memory import remembering
from functions.adapters.s3_evidence import S3Evidence
from functions.core.ports import Ports, Settings

PREFIX = "FIRST_RESPONDER_"
_TIMES = ("fresh_within", "answer_within", "storm_within", "flap_within", "flap_quiet", "echo_within")
_COUNTS = ("changes_per_hour", "storm_targets", "flap_transitions", "chain_at_most")


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
        alarms=CloudWatchAlarms(aws),
        store=remembering(DynamoDbStore(aws.client("dynamodb"), environment[f"{PREFIX}TABLE"])),
        evidence=S3Evidence(aws.client("s3"), environment[f"{PREFIX}BUCKET"]),
        follow_through=StepFunctions(aws.client("stepfunctions"), environment[f"{PREFIX}FOLLOW_THROUGH"]),
        settings=_settings(json.loads(environment.get(f"{PREFIX}SETTINGS", "{}"))),
    )


def _settings(said: Mapping[str, Any]) -> Settings:
    """As infra/settings.py writes them: times in whole minutes. What is not said keeps its default."""
    times = {name: timedelta(minutes=int(said[f"{name}_minutes"])) for name in _TIMES if f"{name}_minutes" in said}
    given: dict[str, Any] = {**times, **{name: int(said[name]) for name in _COUNTS if name in said}}
    policy = {str(name): str(value) for name, value in said.get("policy", {}).items()}
    return Settings(policy=policy, **given)

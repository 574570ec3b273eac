"""How long AWS is waited for."""

from __future__ import annotations

from functions.adapters.aws import Boto3Aws


def test_what_is_only_evidence_is_asked_once_and_given_up_soon(aws: Boto3Aws) -> None:
    evidence, guard = (aws.client(service).meta.config for service in ("logs", "ecs"))
    assert evidence.retries["total_max_attempts"] == 1
    assert evidence.connect_timeout + evidence.read_timeout <= 3
    assert guard.retries["total_max_attempts"] > 1
    assert guard.read_timeout > evidence.read_timeout

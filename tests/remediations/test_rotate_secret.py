"""One rotation of a secret by its own means; its value is never read."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.core.run import Run
from functions.remediations.rotate_secret import RotateSecret
from tests.approved import approve, approved, proposed
from tests.conftest import NOON
from tests.house import House, in_memory
from tests.secrets_account import ORDERS, SecretsAccount


@pytest.fixture
def secrets(clock: FakeClock) -> SecretsAccount:
    return SecretsAccount(clock)


@pytest.fixture
def house(secrets: SecretsAccount, clock: FakeClock) -> House:
    return in_memory(RotateSecret(), secrets, clock)


def asked(target: str = ORDERS, **over: Any) -> dict[str, Any]:
    return {"target": target, "reason": "mallory has read it", "requested_by": "ada", "mode": "act", **over}


def ended(house: House, event: Any) -> Run:
    return house.run(house.follow(house.deliver(event)))


def test_it_is_rotated_once_by_its_own_function_and_the_new_version_is_current(
    house: House, secrets: SecretsAccount
) -> None:
    run = ended(house, approved(house, asked()))
    assert run.outcome == "recovered"
    ((name, sent),) = secrets.calls
    assert (name, sent["SecretId"], sent["RotateImmediately"]) == ("RotateSecret", ORDERS, True)
    assert set(sent) == {"SecretId", "ClientRequestToken", "RotateImmediately"}
    assert secrets.secret["VersionIdsToStages"][sent["ClientRequestToken"]] == ["AWSCURRENT"]


def test_a_person_is_told_before_what_breaks_and_that_once_may_not_be_enough(house: House) -> None:
    run = house.run(proposed(house, asked()))
    assert run.plan is not None
    assert all(said in run.plan["ask_first"] for said in ("contained before", "clients", "rotate twice"))
    assert run.plan["way_back"][0].startswith("none: ")


def test_the_version_is_the_same_however_late_the_approval_comes(
    house: House, secrets: SecretsAccount, clock: FakeClock
) -> None:
    answer = proposed(house, asked())
    clock.move(timedelta(minutes=30))
    assert house.follow(house.deliver(approve(house, answer))).decision == "recovered"
    assert uuid.UUID(secrets.calls[0][1]["ClientRequestToken"])


def test_two_requests_are_two_rotations(house: House, secrets: SecretsAccount, clock: FakeClock) -> None:
    ended(house, approved(house, asked()))
    clock.move(timedelta(minutes=10))
    ended(house, approved(house, asked()))
    assert len({sent["ClientRequestToken"] for _, sent in secrets.calls}) == 2


def test_a_managed_rotation_has_no_function_and_goes_the_same_way(house: House, secrets: SecretsAccount) -> None:
    del secrets.secret["RotationLambdaARN"]
    assert ended(house, approved(house, asked())).outcome == "recovered"


def test_a_tag_without_a_value_is_a_tag(house: House, secrets: SecretsAccount) -> None:
    secrets.secret["Tags"].append({"Key": "legacy"})
    proposed(house, asked())


def test_a_rotation_that_stays_pending_is_no_success(house: House, secrets: SecretsAccount) -> None:
    secrets.stuck = True
    run = ended(house, approved(house, asked()))
    assert run.outcome == "escalated" and len(secrets.calls) == 1
    assert any("AWSPENDING" in entry.text for entry in house.store.entries)


def test_a_rotation_that_begins_meanwhile_is_not_disturbed(house: House, secrets: SecretsAccount) -> None:
    answer = proposed(house, asked())
    secrets.secret["VersionIdsToStages"]["b" * 32] = ["AWSPENDING"]
    assert house.deliver(approve(house, answer)).text.startswith("rotation_pending")


def test_a_pending_label_on_the_current_version_is_of_a_rotation_that_is_over(
    house: House, secrets: SecretsAccount
) -> None:
    secrets.secret["VersionIdsToStages"] = {"a" * 32: ["AWSCURRENT", "AWSPENDING"]}
    proposed(house, asked())


def said(**over: Any) -> Callable[[SecretsAccount], Any]:
    return lambda secrets: secrets.secret.update(over)


PITFALLS: dict[str, tuple[Callable[[SecretsAccount], Any], str]] = {
    "gone": (said(ARN=f"{ORDERS[:-6]}ZZZZZZ"), "target_not_found"),
    "deleted": (said(DeletedDate=NOON), "secret_deleted"),
    "replica": (said(PrimaryRegion="us-east-1"), "replica_secret"),
    "RDS master user": (said(OwningService="rds"), "service_managed"),
    "no rotation": (said(RotationEnabled=False), "no_rotation"),
    "pending": (said(VersionIdsToStages={"a" * 32: ["AWSCURRENT"], "b" * 32: ["AWSPENDING"]}), "rotation_pending"),
    "never": (said(Tags=[{"Key": "first-responder:mode", "Value": "never"}]), "policy_never"),
    "may not be read": (lambda secrets: secrets.refuses.update(describe_secret="AccessDeniedException"), "cannot_read"),
}


@pytest.mark.parametrize("pitfall", PITFALLS)
def test_each_pitfall_is_declined_with_its_own_code(house: House, secrets: SecretsAccount, pitfall: str) -> None:
    turn, code = PITFALLS[pitfall]
    turn(secrets)
    answer = house.deliver(asked())
    assert (answer.decision, answer.text.split(":")[0], secrets.calls) == ("declined", code, [])


@pytest.mark.parametrize("target", [ORDERS[:-7], ORDERS.replace(":secret:", ":policy:")])
def test_another_arn_is_told_the_right_one_where_there_is_one(house: House, target: str) -> None:
    text = house.deliver(asked(target)).text
    assert text.startswith("target_not_found")
    assert (f"its ARN is {ORDERS}" in text) is target.startswith(ORDERS[:-7])


def test_nothing_may_read_a_value() -> None:
    actions = {allow.action for allow in RotateSecret().permissions}
    assert actions == {"secretsmanager:DescribeSecret", "secretsmanager:RotateSecret", "lambda:InvokeFunction"}


@contextmanager
def an_approved_rotation_moves_current() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    secrets = SecretsAccount(clock)
    secrets.looks = 0
    house = in_memory(RotateSecret(), secrets, clock)
    yield house, approved(house, asked())


SCENES = {scene.__name__: scene for scene in (an_approved_rotation_moves_current,)}

"""The way out: two people, and nothing that the containment has not taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.core.approval import Said, take_answer
from functions.core.run import Run
from functions.readings.iam_revocations import Revocation, revocation_document
from functions.remediations.release_iam_principal import ReleaseIamPrincipal
from tests.approved import approved, proposed
from tests.conftest import NOON
from tests.house import House, in_memory
from tests.iam_account import ANN, DENY_ALL, IAM, QUARANTINE, WEB, IamAccount, iam_account, statement

BEFORE = NOON - timedelta(hours=2)
OLD = {"old_sessions": "allow"}


@pytest.fixture
def iam(clock: FakeClock) -> Iterator[IamAccount]:
    with iam_account(clock) as account:
        yield account


@pytest.fixture
def house(iam: IamAccount, clock: FakeClock) -> House:
    return in_memory(ReleaseIamPrincipal(), iam, clock)


def asked(target: str = ANN, **parameters: str) -> dict[str, Any]:
    said = {"target": target, "reason": "it was a test of ours", "requested_by": "ada", "mode": "act"}
    return {**said, "parameters": parameters}


def ended(house: House, event: Any) -> Run:
    return house.run(house.follow(house.deliver(approved(house, event))))


def revoke_web(iam: IamAccount) -> None:
    document = revocation_document(Revocation(before=BEFORE), "role")
    iam.iam.put_role_policy(RoleName="web", PolicyName="AWSRevokeOlderSessions", PolicyDocument=document)


def test_the_named_key_works_again_and_all_else_stays_as_the_containment_left_it(house: House, iam: IamAccount) -> None:
    first, second = keys = iam.user()
    iam.contain(keys, BEFORE, DENY_ALL, QUARANTINE)
    run = ended(house, asked(keys=first))
    assert run.outcome == "recovered" and run.plan is not None
    active = {
        key["AccessKeyId"]
        for key in iam.iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]
        if key["Status"] == "Active"
    }
    assert active == {first}
    assert iam.attached() == [QUARANTINE] and iam.revoked(ANN) is not None
    assert f"these keys stay inactive: {second}" in run.plan["reason"]
    assert "sessions from before 2026-11-23 10:00 UTC stay denied" in run.plan["reason"]
    assert "AWS's quarantine stays attached" in run.plan["reason"]


def test_what_denies_everything_is_lifted_last(house: House, iam: IamAccount) -> None:
    keys = iam.user()
    iam.contain(keys, BEFORE, DENY_ALL, QUARANTINE)
    run = house.run(proposed(house, asked(keys=",".join(keys), quarantine="detach", **OLD)))
    assert [step.action["action"] for step in run.steps] == [
        "ActivateAccessKey", "ActivateAccessKey", "AllowOldUserSessions", "LiftUserDenial", "LiftUserDenial",
    ]  # fmt: skip
    assert [step.action.get("policy") for step in run.steps][-2:] == [QUARANTINE, DENY_ALL]


def test_old_sessions_and_the_quarantine_are_given_back_only_by_name(house: House, iam: IamAccount) -> None:
    iam.contain(iam.user(), BEFORE, DENY_ALL, QUARANTINE)
    ended(house, asked(quarantine="detach", **OLD))
    assert iam.attached() == [] and iam.revoked(ANN) is None
    assert iam.statuses() == ["Inactive", "Inactive"]


def test_a_denial_that_is_not_ours_stays(house: House, iam: IamAccount) -> None:
    keys = iam.user()
    iam.contain(keys, BEFORE, DENY_ALL, deny_all=False)
    run = ended(house, asked(keys=keys[0]))
    assert iam.attached() == [DENY_ALL] and run.plan is not None
    assert "AWSDenyAll is not ours, and stays" in run.plan["reason"]


def test_of_a_role_the_old_sessions_work_again(house: House, iam: IamAccount) -> None:
    iam.role()
    revoke_web(iam)
    assert ended(house, asked(WEB, **OLD)).outcome == "recovered"
    assert iam.revoked(WEB) is None


def test_who_has_asked_for_it_does_not_approve_it(house: House, iam: IamAccount) -> None:
    keys = iam.user()
    iam.contain(keys, BEFORE, DENY_ALL)
    run, ports = house.run(proposed(house, asked(keys=keys[0]))), house.ctx.ports
    assert run.plan is not None
    said = Said(incident=run.incident, run=run.id, plan_hash=run.plan["hash"], approves=True, by="Ada", reason="")
    reply = take_answer(said, ports.store, ports.follow_through, ports.clock, ports.settings)
    assert (reply.taken, reply.code) == (False, "same_person")
    assert iam.attached() == [DENY_ALL]


def test_a_release_that_fails_is_taken_back_whole(house: House, iam: IamAccount) -> None:
    keys = iam.user()
    iam.contain(keys, BEFORE, DENY_ALL)
    iam.refuses["detach_user_policy"] = "AccessDenied"
    assert ended(house, asked(keys=keys[0], **OLD)).outcome == "undone"
    assert iam.statuses() == ["Inactive", "Inactive"]
    assert iam.attached() == [DENY_ALL] and iam.revoked(ANN) is not None


def test_a_key_that_appears_meanwhile_has_the_user_contained_again(house: House, iam: IamAccount) -> None:
    keys = iam.user(keys=1)
    iam.contain(keys, BEFORE, DENY_ALL)
    iam.then["detach_user_policy"] = lambda: iam.iam.create_access_key(UserName="ann")
    assert ended(house, asked(keys=keys[0])).outcome == "undone"
    assert iam.attached() == [DENY_ALL] and sorted(iam.statuses()) == ["Active", "Inactive"]


def test_one_person_may_have_it_contained_again(house: House, iam: IamAccount) -> None:
    keys = iam.user()
    iam.contain(keys, BEFORE, DENY_ALL)
    run = ended(house, asked(keys=keys[0], **OLD))
    house.clock.move(timedelta(minutes=10))
    request = {
        "undo": {"incident": run.incident, "run": run.id},
        "reason": "no test",
        "requested_by": "eve",
        "mode": "act",
    }
    assert house.follow(house.deliver(request)).decision == "undone"
    assert iam.statuses() == ["Inactive", "Inactive"]
    assert iam.attached() == [DENY_ALL] and iam.revoked(ANN) is not None


def contained(*attached: str) -> Callable[[IamAccount], Any]:
    return lambda iam: iam.contain(iam.user(), BEFORE, *attached)


def somebodys_policy(iam: IamAccount) -> None:
    iam.role()
    document = statement("Deny", Action="s3:*", Resource="*")
    iam.iam.put_role_policy(RoleName="web", PolicyName="AWSRevokeOlderSessions", PolicyDocument=document)


PITFALLS: dict[str, tuple[Callable[[IamAccount], Any], dict[str, Any], str]] = {
    "never contained": (lambda iam: iam.user(), asked(**OLD), "not_contained"),
    "not recorded": (contained(DENY_ALL), asked(keys="AKIAIOSFODNN7EXAMPLE"), "keys_not_recorded"),
    "nothing said": (contained(), asked(), "nothing_to_release"),
    "a role, nothing said": (lambda iam: (iam.role(), revoke_web(iam)), asked(WEB), "nothing_to_release"),
    "somebody's policy": (somebodys_policy, asked(WEB, **OLD), "policy_name_taken"),
    "nobody": (lambda iam: None, asked(), "target_not_found"),
    "with its path": (lambda iam: iam.user(path="/a/"), asked(f"{IAM}:user/a/ann"), "target_not_found"),
    "break-glass": (lambda iam: iam.user(break_glass="x"), asked(**OLD), "break_glass"),
    "never": (lambda iam: iam.user(mode="never"), asked(**OLD), "policy_never"),
}


@pytest.mark.parametrize("pitfall", PITFALLS)
def test_each_pitfall_is_declined_with_its_own_code(house: House, iam: IamAccount, pitfall: str) -> None:
    make, request, code = PITFALLS[pitfall]
    make(iam)
    answer = house.deliver(request)
    assert (answer.decision, answer.text.split(":")[0]) == ("declined", code)


def test_a_key_that_is_active_although_it_is_contained_has_to_be_explained_first(house: House, iam: IamAccount) -> None:
    keys = iam.user()
    iam.contain(keys[:1], BEFORE, DENY_ALL)
    assert house.deliver(asked(keys=keys[0])).text.startswith("other_key_active")


def test_a_deleted_key_does_not_come_back(house: House, iam: IamAccount) -> None:
    keys = iam.user()
    iam.contain(keys, BEFORE, DENY_ALL)
    iam.iam.delete_access_key(UserName="ann", AccessKeyId=keys[0])
    assert house.deliver(asked(keys=keys[0])).text.startswith("key_gone")


def test_no_event_starts_it(house: House, iam: IamAccount) -> None:
    iam.contain(iam.user(), BEFORE, DENY_ALL)
    assert house.deliver(iam.finding(NOON, "IAMUser", "ann")).text.startswith("no_trigger")


@contextmanager
def a_user_gets_another_key_meanwhile_and_is_contained_again() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    with iam_account(clock) as iam:
        keys = iam.user(keys=1)
        iam.contain(keys, BEFORE, DENY_ALL)
        iam.then["detach_user_policy"] = lambda: iam.iam.create_access_key(UserName="ann")
        house = in_memory(ReleaseIamPrincipal(), iam, clock)
        yield house, approved(house, asked(keys=keys[0], **OLD))


@contextmanager
def a_role_is_released() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    with iam_account(clock) as iam:
        iam.role()
        revoke_web(iam)
        house = in_memory(ReleaseIamPrincipal(), iam, clock)
        yield house, approved(house, asked(WEB, **OLD))


SCENES = {
    scene.__name__: scene for scene in (a_role_is_released, a_user_gets_another_key_meanwhile_and_is_contained_again)
}

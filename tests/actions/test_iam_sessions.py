"""Sessions revoked and allowed again, in moto: later times win, and somebody else's policy is not touched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.actions.iam_sessions import (
    AllowOldRoleSessions,
    AllowOldUserSessions,
    RevokeRoleSessions,
    RevokeUserSessions,
)
from functions.adapters.clock import FakeClock
from functions.core.action import Action, Effect, Irreversible, decode, encode
from tests.conftest import NOON
from tests.iam_account import ANN, WEB, IamAccount, iam_account, stamp, statement

EARLIER, AT, LATER = ((NOON + timedelta(minutes=minutes)).isoformat() for minutes in (-1, 0, 1))
KEY, OTHER = "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"


@pytest.fixture
def iam(clock: FakeClock) -> Iterator[IamAccount]:
    with iam_account(clock) as account:
        account.user(keys=0)
        account.role()
        yield account


def of_role(before: str) -> RevokeRoleSessions:
    return RevokeRoleSessions(name="web", before=before)


def of_user(before: str = AT, keys: str = KEY, deny_all: bool = True) -> RevokeUserSessions:
    return RevokeUserSessions(name="ann", before=before, keys=keys, deny_all=deny_all)


@pytest.mark.parametrize(("action", "target"), [(of_role(AT), WEB), (of_user(), ANN)])
def test_what_was_issued_before_is_denied_and_later_times_win(iam: IamAccount, action: Action, target: str) -> None:
    assert action.progress(iam).effect is Effect.ABSENT
    action.do(iam)
    assert action.progress(iam).effect is Effect.DONE
    revoked = iam.revoked(target)
    assert revoked is not None
    assert revoked["Condition"] == {"DateLessThan": {"aws:TokenIssueTime": stamp(NOON)}}
    earlier, later = (decode({**encode(action), "before": at}, [type(action)]) for at in (EARLIER, LATER))
    assert (earlier.progress(iam).effect, later.progress(iam).effect) == (Effect.DONE, Effect.ABSENT)


@pytest.mark.parametrize("wanted", [of_user(keys=f"{KEY},{OTHER}"), of_user(keys="")])
def test_a_users_record_has_to_name_all_keys_that_were_active(iam: IamAccount, wanted: RevokeUserSessions) -> None:
    of_user().do(iam)
    assert wanted.progress(iam).effect is (Effect.DONE if not wanted.keys else Effect.ABSENT)
    wanted.do(iam)
    assert wanted.progress(iam).effect is Effect.DONE


def test_a_users_record_has_to_say_whether_the_denial_is_ours(iam: IamAccount) -> None:
    of_user(deny_all=False).do(iam)
    assert of_user(deny_all=False).progress(iam).effect is Effect.DONE
    assert of_user(deny_all=True).progress(iam).effect is Effect.ABSENT


@pytest.mark.parametrize(
    ("revoke", "allow"),
    [
        (of_role(AT), AllowOldRoleSessions(name="web", before=AT)),
        (of_user(), AllowOldUserSessions(name="ann", before=AT, keys=KEY, deny_all=True)),
    ],
)
def test_old_sessions_are_allowed_again(iam: IamAccount, revoke: Action, allow: Action) -> None:
    assert allow.progress(iam).effect is Effect.DONE
    revoke.do(iam)
    assert allow.progress(iam).effect is Effect.ABSENT
    allow.do(iam)
    assert (allow.progress(iam).effect, revoke.progress(iam).effect) == (Effect.DONE, Effect.ABSENT)


def test_a_users_record_comes_back_as_it_was_and_a_role_is_contained_anew() -> None:
    assert AllowOldUserSessions(name="ann", before=AT, keys=KEY, deny_all=True).undo() == of_user()
    assert isinstance(AllowOldRoleSessions(name="web", before=AT).undo(), Irreversible)


@pytest.mark.parametrize(
    "document",
    [
        statement(Action="s3:*", Resource="*"),
        statement("Deny", Action="s3:*", Resource="*", Condition={"DateLessThan": {"aws:TokenIssueTime": AT}}),
        statement("Allow", Action="*", Resource="*", Condition={"DateLessThan": {"aws:TokenIssueTime": AT}}),
        statement("Deny", Action="*", Resource="*", Condition={"DateLessThan": {"aws:CurrentTime": AT}}),
        statement(
            "Deny", Action="*", Resource="*",
            Condition={"DateLessThan": {"aws:TokenIssueTime": AT}, "Bool": {"aws:MultiFactorAuthPresent": "false"}},
        ),
    ],
)  # fmt: skip
def test_somebody_elses_policy_of_that_name_is_nothing_of_ours(iam: IamAccount, document: str) -> None:
    iam.iam.put_role_policy(RoleName="web", PolicyName="AWSRevokeOlderSessions", PolicyDocument=document)
    progress = of_role(AT).progress(iam)
    assert progress.effect is Effect.FAILED and "not ours" in progress.seen


def test_what_the_console_writes_is_the_same_policy(iam: IamAccount) -> None:
    said = {"DateLessThan": {"aws:TokenIssueTime": "2026-11-23T12:00:00.123Z"}}
    document = statement("Deny", Action=["*"], Resource=["*"], Condition=said)
    iam.iam.put_role_policy(RoleName="web", PolicyName="AWSRevokeOlderSessions", PolicyDocument=document)
    assert of_role(AT).progress(iam).effect is Effect.DONE


def test_revoking_is_kept_and_has_no_way_back_of_its_own() -> None:
    for action in (of_role(AT), of_user()):
        assert action.kept and isinstance(action.undo(), Irreversible)
    assert not AllowOldRoleSessions(name="web", before=AT).kept


def test_it_says_what_differs_from_the_template_without_claiming_to_know_it() -> None:
    (change,) = of_role(AT).properties()
    assert (change.resource_type, change.property, change.literal) == ("AWS::IAM::Role", "Policies", False)
    (reverse,) = AllowOldRoleSessions(name="web", before=AT).properties()
    assert (reverse.old, reverse.new) == (change.new, change.old)
    assert of_user().properties()[0].resource_type == "AWS::IAM::User"


def test_it_is_kept_as_scalars_and_shown_in_a_line() -> None:
    assert decode(encode(of_user()), [RevokeUserSessions]) == of_user()
    assert str(of_role(AT)) == f"deny the sessions of role web that were issued before {AT}"

"""AWS's own denials, attached and detached, in moto."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from functions.actions.iam_denials import DenyUserEverything, LiftUserDenial
from functions.adapters.clock import FakeClock
from functions.core.action import Effect, Irreversible, decode, encode
from tests.iam_account import DENY_ALL, QUARANTINE, IamAccount, iam_account


@pytest.fixture
def iam(clock: FakeClock) -> Iterator[IamAccount]:
    with iam_account(clock) as account:
        account.user()
        yield account


def test_everything_is_denied_and_no_longer_and_what_else_is_attached_stays(iam: IamAccount) -> None:
    iam.iam.attach_user_policy(UserName="ann", PolicyArn=QUARANTINE)
    deny, lift = DenyUserEverything(user="ann", policy=DENY_ALL), LiftUserDenial(user="ann", policy=DENY_ALL)
    assert (deny.progress(iam).effect, lift.progress(iam).effect) == (Effect.ABSENT, Effect.DONE)
    deny.do(iam)
    assert (deny.progress(iam).effect, lift.progress(iam).effect) == (Effect.DONE, Effect.ABSENT)
    lift.do(iam)
    assert iam.attached() == [QUARANTINE]


def test_who_is_gone_cannot_be_denied_and_has_nothing_attached(iam: IamAccount) -> None:
    assert DenyUserEverything(user="eve", policy=DENY_ALL).progress(iam).effect is Effect.FAILED
    assert LiftUserDenial(user="eve", policy=DENY_ALL).progress(iam).effect is Effect.DONE


def test_the_denial_is_kept_and_only_lifting_it_can_be_taken_back() -> None:
    deny = DenyUserEverything(user="ann", policy=DENY_ALL)
    assert deny.kept and isinstance(deny.undo(), Irreversible)
    assert LiftUserDenial(user="ann", policy=DENY_ALL).undo() == deny
    assert isinstance(LiftUserDenial(user="ann", policy=QUARANTINE).undo(), Irreversible)


def test_iam_itself_lets_no_other_policy_be_attached() -> None:
    (attach, _), (detach, _) = DenyUserEverything.permissions, LiftUserDenial.permissions
    assert [value.rpartition("/")[2] for _, _, value in attach.conditions] == ["AWSDenyAll"]
    assert {key for _, key, _ in (*attach.conditions, *detach.conditions)} == {"iam:PolicyARN"}


def test_it_says_what_differs_from_the_template_without_claiming_to_know_it() -> None:
    (change,) = DenyUserEverything(user="ann", policy=DENY_ALL).properties()
    assert (change.resource_type, change.property, change.literal) == ("AWS::IAM::User", "ManagedPolicyArns", False)
    (reverse,) = LiftUserDenial(user="ann", policy=DENY_ALL).properties()
    assert (reverse.old, reverse.new) == (change.new, change.old)


def test_it_is_kept_as_scalars_and_shown_in_a_line() -> None:
    deny = DenyUserEverything(user="ann", policy=DENY_ALL)
    assert decode(encode(deny), [DenyUserEverything]) == deny and str(deny) == "attach AWSDenyAll to ann"
    assert str(LiftUserDenial(user="ann", policy=DENY_ALL)) == "detach AWSDenyAll from ann"

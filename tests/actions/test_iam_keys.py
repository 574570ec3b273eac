"""A user's access keys, off and on again, in moto."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from functions.actions.iam_keys import ActivateAccessKey, DeactivateAccessKey
from functions.adapters.clock import FakeClock
from functions.core.action import Effect, Irreversible, decode, encode
from tests.iam_account import IamAccount, iam_account

GONE = "AKIAIOSFODNN7EXAMPLE"


@pytest.fixture
def iam(clock: FakeClock) -> Iterator[IamAccount]:
    with iam_account(clock) as account:
        yield account


def test_a_key_is_switched_off_and_on_again_and_its_sibling_stays(iam: IamAccount) -> None:
    first, _ = iam.user()
    off, on = DeactivateAccessKey(user="ann", key=first), ActivateAccessKey(user="ann", key=first)
    assert (off.progress(iam).effect, on.progress(iam).effect) == (Effect.ABSENT, Effect.DONE)
    off.do(iam)
    assert (off.progress(iam).effect, on.progress(iam).effect) == (Effect.DONE, Effect.ABSENT)
    assert sorted(iam.statuses()) == ["Active", "Inactive"]
    on.do(iam)
    assert iam.statuses() == ["Active", "Active"]


@pytest.mark.parametrize("cls", [ActivateAccessKey, DeactivateAccessKey])
def test_whose_key_it_is_is_always_sent_because_iam_would_take_it_for_the_callers(
    iam: IamAccount, cls: type[ActivateAccessKey]
) -> None:
    (key,) = iam.user(keys=1)
    sent: list[dict[str, str]] = []
    iam.iam.meta.events.register(
        "provide-client-params.iam.UpdateAccessKey", lambda params, **_: sent.append(dict(params))
    )
    cls(user="ann", key=key).do(iam)
    assert sent == [{"UserName": "ann", "AccessKeyId": key, "Status": cls.status}]


@pytest.mark.parametrize("user", ["ann", "eve"])
def test_a_key_that_is_gone_opens_nothing_and_does_not_come_back(iam: IamAccount, user: str) -> None:
    iam.user()
    assert DeactivateAccessKey(user=user, key=GONE).progress(iam).effect is Effect.DONE
    assert ActivateAccessKey(user=user, key=GONE).progress(iam).effect is Effect.FAILED


def test_what_may_not_be_read_is_not_gone(iam: IamAccount) -> None:
    iam.user()
    iam.refuses["list_access_keys"] = "AccessDenied"
    with pytest.raises(Exception, match="AccessDenied"):
        DeactivateAccessKey(user="ann", key=GONE).progress(iam)


def test_only_the_way_out_can_be_taken_back_and_switching_off_is_kept() -> None:
    off, on = DeactivateAccessKey(user="ann", key=GONE), ActivateAccessKey(user="ann", key=GONE)
    assert isinstance(off.undo(), Irreversible) and on.undo() == off
    assert (off.kept, on.kept) == (True, False)


def test_it_says_which_property_of_which_key_differs() -> None:
    (change,) = DeactivateAccessKey(user="ann", key=GONE).properties()
    assert (change.resource_type, change.property, change.old, change.new, change.resource) == (
        "AWS::IAM::AccessKey", "Status", "Active", "Inactive", GONE,
    )  # fmt: skip
    (reverse,) = ActivateAccessKey(user="ann", key=GONE).properties()
    assert (reverse.old, reverse.new) == (change.new, change.old)


@pytest.mark.parametrize("cls", [ActivateAccessKey, DeactivateAccessKey])
def test_it_is_kept_as_scalars_and_shown_in_a_line(cls: type[ActivateAccessKey]) -> None:
    action = cls(user="ann", key=GONE)
    assert decode(encode(action), [cls]) == action and f"access key {GONE} of ann" in str(action)

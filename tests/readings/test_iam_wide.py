"""Which policies give nearly everything, by name and by what they say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from functions.adapters.clock import FakeClock
from functions.readings.iam_wide import wide_attached, wide_inline
from tests.iam_account import IamAccount, iam_account, statement

ALL = ["its inline policy p allows everything"]


@pytest.fixture
def iam(clock: FakeClock) -> Iterator[IamAccount]:
    with iam_account(clock) as account:
        account.user(keys=0)
        account.role()
        yield account


def test_awss_own_are_known_by_name() -> None:
    attached = [f"arn:aws:iam::aws:policy/{name}" for name in ("AdministratorAccess", "ReadOnlyAccess")]
    assert wide_attached(attached) == ("has AdministratorAccess",)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (statement(Action="*", Resource="*"), ALL),
        (statement(Action=["s3:GetObject", "*:*"], Resource=["*"]), ALL),
        (statement(Action="*", Resource="arn:aws:s3:::orders"), []),
        (statement(Action="s3:*", Resource="*"), []),
        (statement("Deny", Action="*", Resource="*"), []),
        (statement(NotAction="iam:*", Resource="*"), []),
    ],
)
def test_an_inline_policy_is_read(iam: IamAccount, document: str, told: list[str]) -> None:
    iam.iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=document)
    iam.iam.put_role_policy(RoleName="web", PolicyName="p", PolicyDocument=document)
    assert list(wide_inline(iam, "user", "ann", ["p"])) == told
    assert list(wide_inline(iam, "role", "web", ["p"])) == told


def test_only_so_many_are_read(iam: IamAccount) -> None:
    iam.iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=statement(Action="*", Resource="*"))
    assert len(wide_inline(iam, "user", "ann", ["p"] * 30)) == 10

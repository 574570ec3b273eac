"""What a reviewer would frown at in a user, by moto."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.adapters.clock import FakeClock
from functions.readings.iam_user import access_keys, read_user_access
from tests.iam_account import IamAccount, iam_account


@pytest.fixture
def iam(clock: FakeClock) -> Iterator[IamAccount]:
    with iam_account(clock) as account:
        yield account


@pytest.mark.parametrize(("days", "told"), [(89, False), (91, True)])
def test_active_keys_that_are_old_and_were_never_used_are_told_and_inactive_ones_are_not(
    iam: IamAccount, clock: FakeClock, days: int, told: bool
) -> None:
    first, second = iam.user()
    iam.iam.update_access_key(UserName="ann", AccessKeyId=second, Status="Inactive")
    made = max(key["CreateDate"] for key in iam.iam.list_access_keys(UserName="ann")["AccessKeyMetadata"])
    clock.move(made + timedelta(days=days) - clock.now())
    access = read_user_access(iam, "ann")
    assert access.active == (first,)
    assert access.findings == ((f"{first} was not used for 90 days",) if told else ())


@pytest.mark.parametrize(
    ("status", "active"), [("Active", True), ("Inactive", False), ("Expired", False), ("Paused", True)]
)
def test_only_a_status_that_is_known_to_shut_a_key_does(iam: IamAccount, status: str, active: bool) -> None:
    (key,) = iam.user(keys=1)
    iam.iam.update_access_key(UserName="ann", AccessKeyId=key, Status=status)
    assert [one.active for one in access_keys(iam, "ann")] == [active]


@pytest.mark.parametrize("mfa", [True, False])
def test_a_console_without_mfa_is_told(iam: IamAccount, mfa: bool) -> None:
    iam.user(keys=0)
    iam.iam.create_login_profile(UserName="ann", Password="not-a-secret-1")
    if mfa:
        serial = iam.iam.create_virtual_mfa_device(VirtualMFADeviceName="ann")["VirtualMFADevice"]["SerialNumber"]
        iam.iam.enable_mfa_device(
            UserName="ann", SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
        )
    access = read_user_access(iam, "ann")
    assert access.console and access.findings == (() if mfa else ("signs in to the console without MFA",))


def test_what_cannot_be_read_is_not_taken_for_nothing(iam: IamAccount) -> None:
    iam.user()
    iam.refuses["get_login_profile"] = "AccessDenied"
    with pytest.raises(Exception, match="AccessDenied"):
        read_user_access(iam, "ann")

"""An interface is opened, isolated, closed and released as a whole; what isolates has to be empty at that moment."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from functions.actions.ec2_interfaces import CloseInterface, IsolateInterface, OpenInterface, ReleaseInterface
from functions.adapters.clock import FakeClock
from functions.core.action import Effect, Irreversible
from tests.ec2_account import CLOSED, DATA, ENI, OPENED, WEB, Ec2Account, rule

BOTH = f"{WEB} {DATA}"
OPEN = OpenInterface(interface=ENI, was=BOTH, opened=OPENED, closed=CLOSED)
ISOLATE = IsolateInterface(interface=ENI, was=BOTH, closed=CLOSED)
RELEASE = ReleaseInterface(interface=ENI, was=CLOSED, groups=BOTH)


@pytest.fixture
def ec2(clock: FakeClock) -> Ec2Account:
    account = Ec2Account(clock)
    account.make_opening()
    return account


def test_isolated_is_in_the_one_group_alone(ec2: Ec2Account) -> None:
    assert ISOLATE.progress(ec2).effect is Effect.ABSENT
    ISOLATE.do(ec2)
    assert (ec2.groups_of(ENI), ISOLATE.progress(ec2).effect) == ([CLOSED], Effect.DONE)


def test_in_the_group_and_in_another_is_not_isolated(ec2: Ec2Account) -> None:
    ec2.interfaces[ENI] = ec2.interface(ENI, CLOSED, WEB)
    assert ISOLATE.progress(ec2).effect is Effect.ABSENT


def test_a_group_that_has_rules_by_now_isolates_nothing(ec2: Ec2Account) -> None:
    ec2.groups[CLOSED]["IpPermissionsEgress"] = [rule("0.0.0.0/0")]
    with pytest.raises(ClientError):
        ISOLATE.do(ec2)
    assert (ec2.groups_of(ENI), ec2.calls) == ([WEB, DATA], [])


def test_what_is_opened_is_only_for_a_moment_and_closed_into_its_own_groups(ec2: Ec2Account) -> None:
    OPEN.do(ec2)
    assert OpenInterface.momentary and OPEN.progress(ec2).effect is Effect.DONE
    back = OPEN.undo()
    assert isinstance(back, CloseInterface) and isinstance(back.undo(), Irreversible)
    back.do(ec2)
    assert (ec2.groups_of(ENI), back.progress(ec2).effect) == ([WEB, DATA], Effect.DONE)


def test_isolated_is_beyond_opened(ec2: Ec2Account) -> None:
    ISOLATE.do(ec2)
    assert OPEN.progress(ec2).effect is Effect.DONE


def test_isolation_is_kept_and_its_release_is_taken_back_by_it(ec2: Ec2Account) -> None:
    assert IsolateInterface.kept and isinstance(ISOLATE.undo(), Irreversible)
    ISOLATE.do(ec2)
    RELEASE.do(ec2)
    assert ec2.groups_of(ENI) == [WEB, DATA]
    back = RELEASE.undo()
    assert isinstance(back, IsolateInterface)
    back.do(ec2)
    assert ec2.groups_of(ENI) == [CLOSED]


def test_an_interface_that_is_gone_has_failed(ec2: Ec2Account) -> None:
    del ec2.interfaces[ENI]
    assert ISOLATE.progress(ec2).effect is Effect.FAILED


def test_another_refusal_than_gone_is_not_taken_for_it(ec2: Ec2Account) -> None:
    ec2.refuses["describe_network_interfaces"] = "UnauthorizedOperation"
    with pytest.raises(ClientError):
        ISOLATE.progress(ec2)


def test_a_template_that_declares_the_interface_differs(ec2: Ec2Account) -> None:
    (change,) = ISOLATE.properties()
    assert (change.resource, change.property, change.old, change.new) == (ENI, "GroupSet", BOTH, CLOSED)

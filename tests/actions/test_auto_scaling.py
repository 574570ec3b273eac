"""An instance leaves its Auto Scaling group, which starts another one in its place."""

from __future__ import annotations

import pytest

from functions.actions.auto_scaling import DetachInstance
from functions.adapters.clock import FakeClock
from functions.core.action import Effect, Irreversible
from tests.ec2_account import GROUP, INSTANCE, Ec2Account

DETACH = DetachInstance(instance=INSTANCE, group=GROUP)


@pytest.fixture
def ec2(clock: FakeClock) -> Ec2Account:
    return Ec2Account(clock)


def test_it_is_done_as_soon_as_it_is_leaving(ec2: Ec2Account) -> None:
    assert DETACH.progress(ec2).effect is Effect.ABSENT
    DETACH.do(ec2)
    assert ec2.scaling[INSTANCE] == "Detaching" and DETACH.progress(ec2).effect is Effect.DONE
    _, asked = ec2.calls[-1]
    assert asked["ShouldDecrementDesiredCapacity"] is False


def test_out_of_every_group_is_out(ec2: Ec2Account) -> None:
    ec2.scaling.clear()
    assert DETACH.progress(ec2).effect is Effect.DONE


def test_in_another_group_it_has_failed(ec2: Ec2Account) -> None:
    assert DetachInstance(instance=INSTANCE, group="other").progress(ec2).effect is Effect.FAILED


def test_it_stays_out_whatever_comes_later() -> None:
    assert DETACH.kept and isinstance(DETACH.undo(), Irreversible) and DETACH.properties() == ()

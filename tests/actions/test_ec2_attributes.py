"""What keeps an instance is set and given back, one attribute at a time."""

from __future__ import annotations

from functions.actions.ec2_attributes import ProtectInstance, UnprotectInstance
from functions.adapters.clock import FakeClock
from functions.core.action import Effect, Irreversible
from functions.readings.ec2_instances import SHUTDOWN_BEHAVIOUR, TERMINATION_PROTECTION
from tests.ec2_account import INSTANCE, Ec2Account

PROTECT = ProtectInstance(instance=INSTANCE, attribute=TERMINATION_PROTECTION, value="true", was="false")
UNPROTECT = UnprotectInstance(instance=INSTANCE, attribute=TERMINATION_PROTECTION, value="false", was="true")


def test_the_protection_is_set_and_given_back(clock: FakeClock) -> None:
    ec2 = Ec2Account(clock)
    assert PROTECT.progress(ec2).effect is Effect.ABSENT
    PROTECT.do(ec2)
    assert (ec2.attributes["DisableApiTermination"], PROTECT.progress(ec2).effect) == (True, Effect.DONE)
    UNPROTECT.do(ec2)
    assert (ec2.attributes["DisableApiTermination"], UNPROTECT.progress(ec2).effect) == (False, Effect.DONE)


def test_a_shutdown_from_inside_only_stops_it(clock: FakeClock) -> None:
    ec2 = Ec2Account(clock)
    ec2.attributes["InstanceInitiatedShutdownBehavior"] = "terminate"
    ProtectInstance(instance=INSTANCE, attribute=SHUTDOWN_BEHAVIOUR, value="stop", was="terminate").do(ec2)
    assert ec2.calls == [
        ("ModifyInstanceAttribute", {"InstanceId": INSTANCE, "InstanceInitiatedShutdownBehavior": {"Value": "stop"}})
    ]


def test_protection_is_kept_and_giving_it_back_is_taken_back() -> None:
    assert ProtectInstance.kept and isinstance(PROTECT.undo(), Irreversible)
    assert UNPROTECT.undo() == PROTECT


def test_a_template_that_declares_the_instance_differs() -> None:
    (change,) = PROTECT.properties()
    assert (change.resource, change.property, change.new) == (INSTANCE, "DisableApiTermination", "true")

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.core.approval import Said, take_answer
from functions.core.errors import InvalidEvent
from functions.readings.containment_record import mark_of, written
from functions.readings.ec2_instances import Interface
from functions.remediations.contain_ec2_instance import ContainEc2Instance
from functions.remediations.release_ec2_instance import ReleaseEc2Instance
from tests.approved import approved, proposed
from tests.conftest import NOON
from tests.ec2_account import ARN, BATCH, CLOSED, DATA, ENI, GROUP, INSTANCE, ROOT, SECOND_ENI, WEB, Ec2Account, event
from tests.house import House, in_memory

RUN = "contain_ec2_instance-0123456789abcdef0123"
REQUEST = {"target": ARN, "reason": "rebuilt", "requested_by": "ada", "mode": "act", "parameters": {"run": RUN}}
BEFORE = {ENI: (WEB, DATA), SECOND_ENI: (BATCH,)}


def account(clock: FakeClock) -> Ec2Account:
    """The instance with two interfaces, as RUN has left it."""
    ec2 = Ec2Account(clock)
    ec2.grow()
    ec2.scaling.clear()
    record(ec2)
    for name in BEFORE:
        ec2.interfaces[name] = ec2.interface(name, CLOSED)
    ec2.attributes["DisableApiTermination"] = True
    return ec2


def record(ec2: Ec2Account, volume: str = ROOT, instance: str = INSTANCE, **over: Any) -> None:
    """What RUN wrote on the snapshot of a volume; `over` are groups by interface, instead of those that were."""
    groups = {**BEFORE, **{key.replace("_", "-"): value for key, value in over.items()}}
    interfaces = [
        Interface(id=name, vpc="", groups=of, addresses=(), ipv6=False, forwards=False)
        for name, of in groups.items()
        if of
    ]
    attributes = {"disableApiTermination": "false", "instanceInitiatedShutdownBehavior": "stop"}
    tags = json.loads(written(RUN, instance, interfaces, attributes, GROUP))
    ec2.snapshots[f"snap-{volume}"] = ec2.snapshot(f"snap-{volume}", volume, tags)


@pytest.fixture
def house(clock: FakeClock) -> House:
    return in_memory(ReleaseEc2Instance(), account(clock), clock)


def declined(house: House, body: Any = REQUEST) -> str:
    answer = house.deliver(body)
    assert (answer.decision, house.aws.calls) == ("declined", []), answer
    return answer.text.split(":")[0]


def test_after_the_approval_of_a_second_person_it_is_as_it_was(house: House) -> None:
    end = house.follow(house.deliver(approved(house, REQUEST)))
    assert end.decision == "recovered"
    assert (house.aws.groups_of(ENI), house.aws.groups_of(SECOND_ENI)) == ([WEB, DATA], [BATCH])
    assert house.aws.attributes == {"DisableApiTermination": False, "InstanceInitiatedShutdownBehavior": "stop"}


def test_who_has_asked_for_it_cannot_approve_it(house: House) -> None:
    run = house.run(proposed(house, REQUEST))
    assert run.plan is not None and run.plan["second_person"]
    said = Said(
        incident=run.incident, run=run.id, plan_hash=run.plan["hash"], approves=True, by="ada", reason="it is mine"
    )
    ports = house.ctx.ports
    assert not take_answer(said, ports.store, ports.follow_through, ports.clock, ports.settings).taken
    assert house.aws.calls == []


def test_the_plan_says_what_to_compare_and_what_is_left_to_people(house: House) -> None:
    plan = house.run(proposed(house, REQUEST)).plan
    assert plan is not None
    assert f"evidence of {RUN}" in plan["reason"] and f"attaching it to {GROUP}" in plan["reason"]
    assert any(WEB in line and DATA in line for line in plan["lines"])
    assert all("isolate" in line or "disableApiTermination" in line for line in plan["way_back"])


def test_what_a_containment_has_written_is_what_a_release_reads(clock: FakeClock) -> None:
    ec2 = Ec2Account(clock)
    ec2.grow()
    ec2.make_opening()
    ec2.attributes["InstanceInitiatedShutdownBehavior"] = "terminate"
    house = in_memory(ContainEc2Instance(), ec2, clock)
    end = house.follow(house.deliver(event(NOON)))
    assert end.decision == "recovered"
    releasing = in_memory(ReleaseEc2Instance(), ec2, clock)
    request = {**REQUEST, "parameters": {"run": end.run}}
    assert releasing.follow(releasing.deliver(approved(releasing, request))).decision == "recovered"
    assert (ec2.groups_of(ENI), ec2.groups_of(SECOND_ENI)) == ([WEB, DATA], [BATCH])
    assert ec2.attributes == {"DisableApiTermination": False, "InstanceInitiatedShutdownBehavior": "terminate"}


def test_where_one_interface_is_refused_all_is_contained_again(house: House) -> None:
    house.aws.then["modify_network_interface_attribute"] = lambda: house.aws.groups.pop(BATCH, None)
    assert house.follow(house.deliver(approved(house, REQUEST))).decision == "undone"
    assert (house.aws.groups_of(ENI), house.aws.groups_of(SECOND_ENI)) == ([CLOSED], [CLOSED])
    assert house.aws.attributes["DisableApiTermination"] is True


def test_a_person_can_have_it_contained_again(house: House) -> None:
    end = house.follow(house.deliver(approved(house, REQUEST)))
    undo = {"incident": end.incident, "run": end.run}
    again = house.deliver({"undo": undo, "reason": "it is back", "requested_by": "ann", "mode": "act"})
    assert house.follow(again).decision == "undone"
    assert house.aws.groups_of(ENI) == house.aws.groups_of(SECOND_ENI) == [CLOSED]


def tags(ec2: Ec2Account, **over: str) -> None:
    (snapshot,) = ec2.snapshots.values()
    named = {f"first-responder:{key.replace('_', '-')}": value for key, value in over.items()}
    kept = [tag for tag in snapshot["Tags"] if tag["Key"] not in named]
    snapshot["Tags"] = kept + [{"Key": key, "Value": value} for key, value in named.items()]


PITFALLS: dict[str, tuple[Callable[[Ec2Account], Any], str]] = {
    "gone": (lambda ec2: ec2.instance.clear(), "target_not_found"),
    "never": (lambda ec2: ec2.tags.update({"first-responder:mode": "never"}), "policy_never"),
    "no snapshot": (lambda ec2: ec2.snapshots.clear(), "no_record"),
    "not ours": (
        lambda ec2: next(iter(ec2.snapshots.values())).update(
            Tags=[{"Key": "first-responder:run", "Value": mark_of(RUN)}, {"Key": "created-by", "Value": "mallory"}]
        ),
        "no_record",
    ),
    "two voices": (lambda ec2: record(ec2, "vol-2", eni_0123456789abcdef1=(WEB,)), "no_record"),
    "of another instance": (lambda ec2: record(ec2, instance="i-0fedcba9876543210"), "no_record"),
    "attributes that are none": (lambda ec2: tags(ec2, was_userData="x"), "no_record"),
    "values that are none": (lambda ec2: tags(ec2, was_disableApiTermination="maybe"), "no_record"),
    "free already": (lambda ec2: ec2.interfaces.update({ENI: ec2.interface(ENI, WEB)}), "not_contained"),
    "an interface more": (
        lambda ec2: ec2.interfaces.update({"eni-3": ec2.interface("eni-3", CLOSED)}),
        "interfaces_changed",
    ),
    "an interface less": (lambda ec2: ec2.interfaces.pop(SECOND_ENI), "interfaces_changed"),
    "no groups": (lambda ec2: record(ec2, eni_0123456789abcdef1=()), "interfaces_changed"),
    "group gone": (lambda ec2: ec2.groups.pop(BATCH), "groups_gone"),
    "group of another VPC": (lambda ec2: ec2.groups[BATCH].update(VpcId="vpc-other"), "groups_gone"),
    "into the open group": (
        lambda ec2: (ec2.make_opening(), record(ec2, eni_0123456789abcdef1=("sg-0eeeeeeeeeeeeeeee",))),
        "groups_gone",
    ),
    "stack at work": (lambda ec2: setattr(ec2, "stack", "UPDATE_IN_PROGRESS"), "stack_in_progress"),
    "may not be read": (lambda ec2: ec2.refuses.update(describe_snapshots="UnauthorizedOperation"), "cannot_read"),
}


@pytest.mark.parametrize("pitfall", PITFALLS)
def test_each_pitfall_is_declined_with_its_own_code(house: House, pitfall: str) -> None:
    turn, code = PITFALLS[pitfall]
    turn(house.aws)
    assert declined(house) == code


def test_a_record_that_is_changed_before_the_approval_is_proposed_anew(house: House) -> None:
    wake = approved(house, REQUEST)
    record(house.aws, eni_0123456789abcdef1=(WEB,))
    assert house.deliver(wake).decision == "waiting_for_answer" and house.aws.calls == []


@pytest.mark.parametrize("run", ["", "contain_ec2_instance-xyz", "release_ec2_instance-0123456789abcdef0123"])
def test_which_run_has_to_be_said(house: House, run: str) -> None:
    with pytest.raises(InvalidEvent):
        house.deliver({**REQUEST, "parameters": {"run": run} if run else {}})


def test_no_finding_starts_it(house: House) -> None:
    assert declined(house, event(NOON)) == "no_trigger"


# ---- scenes


@contextmanager
def an_approved_release_lets_it_go() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    house = in_memory(ReleaseEc2Instance(), account(clock), clock)
    yield house, approved(house, REQUEST)


@contextmanager
def a_group_is_deleted_during_the_release() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    ec2 = account(clock)
    ec2.then["modify_network_interface_attribute"] = lambda: ec2.groups.pop(BATCH, None)
    house = in_memory(ReleaseEc2Instance(), ec2, clock)
    yield house, approved(house, REQUEST)


SCENES = {scene.__name__: scene for scene in (an_approved_release_lets_it_go, a_group_is_deleted_during_the_release)}

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.core.run import Run
from functions.remediations.contain_ec2_instance import ContainEc2Instance
from tests import events
from tests.answered import approved
from tests.conftest import NOON
from tests.ec2_account import (
    ARN,
    BATCH,
    CLOSED,
    DATA,
    ENI,
    FINDING,
    GROUP,
    INSTANCE,
    OPENED,
    OTHER,
    PROFILE,
    ROOT,
    SECOND_ENI,
    SECOND_VOLUME,
    WEB,
    ZONE,
    Ec2Account,
    event,
    rule,
)  # fmt: skip
from tests.house import House, in_memory

MINUTE = timedelta(minutes=1)
REQUEST = {"target": ARN, "reason": "it scans us", "requested_by": "ada", "mode": "act"}


@pytest.fixture
def ec2(clock: FakeClock) -> Ec2Account:
    return Ec2Account(clock)


@pytest.fixture
def house(ec2: Ec2Account, clock: FakeClock) -> House:
    return in_memory(ContainEc2Instance(), ec2, clock)


def made(house: House) -> list[str]:
    return [name for name, _ in house.aws.calls]


def swaps(house: House) -> list[tuple[str, list[str]]]:
    asked = [asked for name, asked in house.aws.calls if name == "ModifyNetworkInterfaceAttribute"]
    return [(one["NetworkInterfaceId"], one["Groups"]) for one in asked]


def contained(house: House, body: Any = None) -> Run:
    answer = house.follow(house.deliver(body or event(NOON)))
    assert answer.decision == "recovered", answer
    return house.run(answer)


def declined(house: House, body: Any) -> str:
    answer = house.deliver(body)
    assert answer.decision == "declined", answer
    assert house.aws.calls == []
    return answer.text.split(":")[0]


def proposed(house: House, body: Any) -> dict[str, Any]:
    answer = house.deliver(body)
    assert (answer.decision, house.aws.calls) == ("waiting_for_answer", [])
    plan = house.run(answer).plan
    assert plan is not None
    return dict(plan)


# ---- what it does


def test_what_it_holds_is_kept_before_it_is_cut_off_and_locked_last(house: House) -> None:
    contained(house)
    assert made(house) == [
        "CreateSnapshots", "ModifyInstanceAttribute", "DetachInstances", "ModifyNetworkInterfaceAttribute", "LockSnapshot",
    ]  # fmt: skip
    assert swaps(house) == [(ENI, [CLOSED])]


def test_every_interface_and_every_volume_is_seen_to(house: House) -> None:
    house.aws.grow()
    contained(house)
    assert swaps(house) == [(ENI, [CLOSED]), (SECOND_ENI, [CLOSED])]
    assert {one["VolumeId"] for one in house.aws.snapshots.values()} == {ROOT, SECOND_VOLUME}
    assert set(house.aws.locked) == set(house.aws.snapshots)


def test_it_is_never_stopped_terminated_or_tagged(house: House) -> None:
    house.aws.make_opening()
    contained(house)
    assert not {"StopInstances", "TerminateInstances", "CreateTags"} & set(made(house))
    assert house.aws.instance["State"]["Name"] == "running"


def test_what_stands_on_the_snapshots_tells_an_intruder_nothing(house: House) -> None:
    contained(house)
    ((_, asked),) = [call for call in house.aws.calls if call[0] == "CreateSnapshots"]
    assert not any(word in json.dumps(asked).lower() for word in ("contain", "quarantine", "guardduty", "finding"))


def test_a_replacement_starts_because_the_capacity_is_not_lowered(house: House) -> None:
    contained(house)
    ((_, asked),) = [call for call in house.aws.calls if call[0] == "DetachInstances"]
    assert (asked["AutoScalingGroupName"], asked["ShouldDecrementDesiredCapacity"]) == (GROUP, False)


def test_facts_are_in_the_evidence_before_the_first_change(house: House) -> None:
    house.aws.then["create_snapshots"] = lambda: kept.append(dict(house.ctx.ports.evidence.kept))  # type: ignore[attr-defined]
    kept: list[dict[str, Any]] = []
    run = contained(house)
    (before,) = kept
    found = next(iter(before.values()))["found"]
    assert found["metadata"]["instance"]["MetadataOptions"] == {"HttpTokens": "optional"}
    groups = {group["GroupId"] for group in found["metadata"]["security_groups"]}
    assert groups == {WEB, DATA} and found["metadata"]["volumes"][0]["VolumeId"] == ROOT
    assert found["console"].endswith("the end") and len(found["console"]) == 16_000
    assert all(len(kept["sha256"]) == 64 for kept in run.evidence.values()) and len(run.evidence) == 3


def test_metadata_that_the_record_cannot_hold_is_left_out_as_a_whole(house: House) -> None:
    house.aws.groups[WEB]["IpPermissions"] = [rule(f"10.{n // 250}.{n % 250}.0/24") for n in range(1000)]
    said = contained(house).found["metadata"]
    assert said["security_groups"].startswith("left out: ") and said["instance"]["InstanceId"] == INSTANCE


def test_the_scope_is_told_by_what_the_role_has_called(house: House) -> None:
    hour = timedelta(hours=1)
    house.aws.trail = [("GetObject", NOON - hour), ("ListBuckets", NOON - 2 * hour), ("ListBuckets", NOON - hour)]
    session = contained(house).found["session"]
    assert [(one["event"], one["times"]) for one in session["called"]] == [("ListBuckets", 2), ("GetObject", 1)]
    assert "absence proves nothing" in session["caveat"] and session["more"] is False


def test_cloudtrail_is_asked_for_few_pages(house: House) -> None:
    house.aws.trail = [("GetObject", NOON - timedelta(seconds=n)) for n in range(1000)]
    session = contained(house).found["session"]
    assert (session["called"][0]["times"], session["more"]) == (150, True)


@pytest.mark.parametrize(
    ("call", "where"),
    [("lookup_events", "session"), ("get_console_output", "console"), ("describe_target_groups", "registered_in")],
)
def test_what_is_only_told_holds_nothing_up(house: House, call: str, where: str) -> None:
    house.aws.refuses[call] = "ThrottlingException"
    house.aws.scaling.clear()
    assert "ThrottlingException" in json.dumps(contained(house).found[where], default=str)


# ---- connections that are tracked


def test_with_an_open_group_tracked_connections_are_ended_by_two_swaps(house: House) -> None:
    house.aws.make_opening()
    house.aws.grow()
    contained(house)
    assert swaps(house) == [(ENI, [OPENED]), (ENI, [CLOSED]), (SECOND_ENI, [OPENED]), (SECOND_ENI, [CLOSED])]


def test_it_is_open_for_seconds_only(house: House) -> None:
    house.aws.make_opening()
    answer = house.deliver(event(NOON))
    while house.aws.groups_of(ENI) != [OPENED]:
        house.clock.move(answer.wait)  # type: ignore[arg-type]
        answer = house.wake(answer)
    assert answer.wait is not None and answer.wait <= timedelta(seconds=1)
    house.clock.move(answer.wait)
    house.wake(answer)
    assert house.aws.groups_of(ENI) == [CLOSED]


UNFIT: dict[str, Callable[[Ec2Account], Any]] = {
    "none": lambda ec2: None,
    "not to the whole world": lambda ec2: ec2.make_opening("10.0.0.0/8"),
    "one way": lambda ec2: (ec2.make_opening(), ec2.groups[OPENED].update(IpPermissionsEgress=[])),
    "IPv6 stays tracked": lambda ec2: (
        ec2.make_opening("0.0.0.0/0"),
        ec2.interfaces[ENI].update(Ipv6Addresses=[{"Ipv6Address": "2001:db8::1"}]),
    ),
    "stopped": lambda ec2: (ec2.make_opening(), ec2.instance.update(State={"Name": "stopped"})),
}


@pytest.mark.parametrize("unfit", UNFIT)
def test_without_a_fit_open_group_it_goes_straight_into_containment(house: House, unfit: str) -> None:
    UNFIT[unfit](house.aws)
    run = contained(house)
    assert swaps(house) == [(ENI, [CLOSED])]
    assert run.plan is not None and "tracked live on" in run.plan["reason"]


def test_the_plan_says_what_is_not_cut(house: House) -> None:
    house.aws.make_opening()
    plan = contained(house).plan
    assert plan is not None
    for said in ("NAT gateways", "stay tracked", "DNS", "metadata", "network ACL", PROFILE):
        assert said in plan["reason"]


def test_where_it_cannot_be_isolated_it_is_not_left_open(house: House) -> None:
    house.aws.make_opening()
    house.aws.then["modify_network_interface_attribute"] = lambda: fill(house.aws)
    end = house.follow(house.deliver(event(NOON)))
    assert (end.decision, swaps(house)) == ("escalated", [(ENI, [OPENED]), (ENI, [WEB, DATA])])
    assert house.aws.snapshots and house.store.entries[-1].call_person


def fill(ec2: Ec2Account) -> None:
    """Somebody writes a rule into the containment group."""
    ec2.groups[CLOSED]["IpPermissionsEgress"] = [rule("0.0.0.0/0")]


def test_a_stop_in_between_does_not_leave_it_open(house: House) -> None:
    house.aws.make_opening()

    def stop() -> None:
        house.store.switch = {"stopped": True, "reason": "release night"}

    house.aws.then["modify_network_interface_attribute"] = stop
    assert house.follow(house.deliver(event(NOON))).decision == "escalated"
    assert house.aws.groups_of(ENI) == [CLOSED]


# ---- what stays


def test_a_refused_lock_lets_nobody_go(house: House) -> None:
    house.aws.refuses["lock_snapshot"] = "UnauthorizedOperation"
    assert house.follow(house.deliver(event(NOON))).decision == "escalated"
    assert house.aws.groups_of(ENI) == [CLOSED] and house.aws.snapshots


def test_a_second_interface_that_is_refused_leaves_the_first_one_isolated(house: House) -> None:
    house.aws.grow()
    house.aws.make_opening()

    def refuse() -> None:
        if len(swaps(house)) == 3:
            fill(house.aws)

    house.aws.then["modify_network_interface_attribute"] = refuse
    assert house.follow(house.deliver(event(NOON))).decision == "escalated"
    assert (house.aws.groups_of(ENI), house.aws.groups_of(SECOND_ENI)) == ([CLOSED], [BATCH])


def late(house: House, change: Callable[[Ec2Account], Any]) -> None:
    """Something happens right after the last change."""
    house.aws.then["lock_snapshot"] = lambda: change(house.aws)


FAILED_PROOFS: dict[str, tuple[Callable[[Ec2Account], Any], str]] = {
    "a rule in the group": (fill, "has rules"),
    "an interface more": (lambda ec2: ec2.interfaces.update({SECOND_ENI: ec2.interface(SECOND_ENI, WEB)}), SECOND_ENI),
    "an interface more, half in": (
        lambda ec2: ec2.interfaces.update({SECOND_ENI: ec2.interface(SECOND_ENI, CLOSED, WEB)}),
        SECOND_ENI,
    ),
    "out again": (lambda ec2: ec2.interfaces.update({ENI: ec2.interface(ENI, WEB)}), ENI),
    "gone": (lambda ec2: ec2.instance.clear(), "is gone"),
    "no snapshot": (lambda ec2: next(iter(ec2.snapshots.values())).update(State="error"), "error"),
}


@pytest.mark.parametrize("what", FAILED_PROOFS)
def test_a_failed_proof_calls_a_person_and_lets_nobody_go(house: House, what: str) -> None:
    change, said = FAILED_PROOFS[what]
    late(house, change)
    end = house.follow(house.deliver(event(NOON)))
    assert end.decision == "escalated" and (ENI, [WEB, DATA]) not in swaps(house)
    assert any(said in entry.text for entry in house.store.entries if entry.kind == "undoing")


def test_it_is_not_taken_back_by_the_undo_of_one_person(house: House) -> None:
    run = contained(house)
    undo = {"undo": {"incident": run.incident, "run": run.id}, "reason": "oops", "requested_by": "ann", "mode": "act"}
    answer = house.deliver(undo)
    assert answer.text.startswith("nothing_to_undo") and "release_ec2_instance" in answer.text
    assert house.aws.groups_of(ENI) == [CLOSED]


# ---- once


def test_a_finding_that_comes_again_with_a_higher_count_acts_once(house: House) -> None:
    contained(house)
    calls = list(house.aws.calls)
    house.clock.move(timedelta(hours=6))
    again = house.deliver(event(house.clock.now(), count=7))
    assert again.text.startswith("already_contained") and not house.store.entries[-1].call_person
    assert house.aws.calls == calls


def test_the_same_event_delivered_twice_is_one(house: House) -> None:
    first = house.deliver(event(NOON))
    assert house.deliver(event(NOON)).decision == "duplicate"
    assert house.follow(first).decision == "recovered"
    assert made(house).count("CreateSnapshots") == 1


# ---- who decides


def test_below_critical_a_person_decides_and_half_an_hour_later_it_is_done(house: House) -> None:
    house.aws.finding["Severity"] = 8.0
    assert "severity 8.0 is below 9" in proposed(house, event(NOON, severity=8.0))["ask_first"]
    house.clock.move(30 * MINUTE)
    wake = approved(house, event(house.clock.now(), count=2, severity=8.0))
    assert house.follow(house.deliver(wake)).decision == "recovered"


ASKS: dict[str, tuple[Callable[[Ec2Account], Any], Any, str]] = {
    "by hand": (lambda ec2: None, REQUEST, "somebody has asked"),
    "a node": (lambda ec2: ec2.tags.update({"kubernetes.io/cluster/shop": "owned"}), None, "Kubernetes"),
    "another in the zone": (lambda ec2: ec2.contain(OTHER, zone=ZONE), None, OTHER),
}


@pytest.mark.parametrize("what", ASKS)
def test_a_person_is_asked_also_for_a_critical_finding(house: House, what: str) -> None:
    change, body, said = ASKS[what]
    change(house.aws)
    assert said in proposed(house, body or event(NOON))["ask_first"]


def test_another_one_of_another_group_in_another_zone_is_none_of_it(house: House) -> None:
    house.aws.contain(OTHER, scaled_by="other")
    contained(house)


@pytest.mark.parametrize(("ago", "code"), [(timedelta(minutes=1), "another_contained"), (timedelta(days=1), "")])
def test_another_one_of_its_group_that_is_about_to_be_contained_counts(house: House, ago: timedelta, code: str) -> None:
    house.aws.contain(OTHER, scaled_by=GROUP, ago=ago)
    del house.aws.interfaces[f"eni-{OTHER}"]
    if code:
        assert declined(house, event(NOON)) == code
    else:
        contained(house)


def test_an_instance_without_a_group_is_reported_where_it_is_still_a_target(house: House) -> None:
    house.aws.scaling.clear()
    house.aws.targets["api"] = ["10.0.0.4"]
    plan = contained(house).plan
    assert plan is not None and "still a target of api" in plan["reason"]
    assert "DetachInstances" not in made(house)


def test_a_spot_instance_is_contained_without_its_protection(house: House) -> None:
    house.aws.instance["InstanceLifecycle"] = "spot"
    plan = contained(house).plan
    assert plan is not None and "Spot" in plan["reason"] and "ModifyInstanceAttribute" not in made(house)


def test_a_shutdown_from_inside_does_not_end_it(house: House) -> None:
    house.aws.attributes["InstanceInitiatedShutdownBehavior"] = "terminate"
    contained(house)
    assert house.aws.attributes == {"DisableApiTermination": True, "InstanceInitiatedShutdownBehavior": "stop"}


def test_news_of_it_are_for_security_alone(house: House) -> None:
    contained(house)
    assert {entry.audience for entry in house.store.entries} == {"security"}


# ---- what it does not touch


def sampled(**over: Any) -> dict[str, Any]:
    return event(NOON, **over)


SAMPLES = {
    "title": sampled(title="[SAMPLE] The EC2 instance is talking"),
    "flag": sampled(service={"detectorId": "1" * 32, "additionalInfo": {"sample": True}}),
    "value": sampled(service={"detectorId": "1" * 32, "additionalInfo": {"value": '{"a":1,"sample":true}'}}),
}


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_never_acts_and_calls_nobody(house: House, sample: str) -> None:
    assert declined(house, SAMPLES[sample]) == "sample_finding"
    assert not any(entry.call_person for entry in house.store.entries)


def finding(**over: Any) -> Callable[[Ec2Account], Any]:
    return lambda ec2: ec2.finding.update(over)  # type: ignore[union-attr]


def of_other(ec2: Ec2Account) -> None:
    ec2.finding["Resource"]["InstanceDetails"]["InstanceId"] = OTHER  # type: ignore[index]


def interfaces(count: int) -> Callable[[Ec2Account], Any]:
    return lambda ec2: ec2.interfaces.update({f"eni-{n}": ec2.interface(f"eni-{n}", WEB) for n in range(count)})


def group_tags(*names: str) -> Callable[[Ec2Account], Any]:
    return lambda ec2: [
        ec2.groups.update({one: ec2.security_group(one, [], "first-responder:containment")}) for one in names
    ]


def many_groups(ec2: Ec2Account) -> None:
    ec2.interfaces[ENI] = ec2.interface(ENI, *(f"sg-{n:017x}" for n in range(13)))


PITFALLS: dict[str, tuple[Callable[[Ec2Account], Any], str]] = {
    "a sample by what GuardDuty says": (
        lambda ec2: ec2.finding["Service"].update(AdditionalInfo={"Value": '{"sample":true}'}),  # type: ignore[index]
        "sample_finding",
    ),
    "archived": (lambda ec2: ec2.finding["Service"].update(Archived=True), "condition_cleared"),  # type: ignore[index]
    "unknown to GuardDuty": (finding(Id="e" * 32), "finding_not_confirmed"),
    "about another": (of_other, "finding_not_confirmed"),
    "gone": (lambda ec2: ec2.instance.clear(), "target_not_found"),
    "never": (lambda ec2: ec2.tags.update({"first-responder:mode": "never"}), "policy_never"),
    "shared": (lambda ec2: ec2.tags.update({"first-responder:never-contain": ""}), "never_contain"),
    "managed": (lambda ec2: ec2.instance.update(Operator={"Managed": True}), "managed_instance"),
    "terminating": (lambda ec2: ec2.instance.update(State={"Name": "shutting-down"}), "instance_not_containable"),
    "NAT": (lambda ec2: ec2.interfaces[ENI].update(SourceDestCheck=False), "forwards_traffic"),
    "many interfaces": (interfaces(6), "interfaces"),
    "no security group": (lambda ec2: ec2.interfaces[ENI].update(Groups=[]), "interface_without_groups"),
    "two VPCs": (lambda ec2: ec2.interfaces[ENI].update(VpcId="vpc-other"), "other_vpc"),
    "no volume": (lambda ec2: ec2.instance.update(BlockDeviceMappings=[]), "volumes"),
    "many groups": (many_groups, "too_many_groups"),
    "no group": (lambda ec2: ec2.groups.pop(CLOSED), "no_containment_group"),
    "two groups": (group_tags("sg-0f"), "containment_groups"),
    "not empty": (fill, "containment_group_not_empty"),
    "being ended": (lambda ec2: ec2.scaling.update({INSTANCE: "Terminating:Wait"}), "lifecycle_in_transition"),
    "another of the group": (lambda ec2: ec2.contain(OTHER, scaled_by=GROUP), "another_contained"),
    "contained already": (lambda ec2: ec2.interfaces.update({ENI: ec2.interface(ENI, CLOSED)}), "already_contained"),
    "may not be read": (lambda ec2: ec2.refuses.update(describe_volumes="UnauthorizedOperation"), "cannot_read"),
    "finding may not be read": (lambda ec2: ec2.refuses.update(get_findings="AccessDenied"), "cannot_read"),
}


@pytest.mark.parametrize("pitfall", PITFALLS)
def test_each_pitfall_is_declined_with_its_own_code(house: House, pitfall: str) -> None:
    turn, code = PITFALLS[pitfall]
    turn(house.aws)
    assert declined(house, event(NOON)) == code


NOT_ITS_OWN = {
    "low": event(NOON, severity=6.9),
    "of a user": event(NOON, type="UnauthorizedAccess:IAMUser/ConsoleLogin"),
    "of a cluster": event(NOON, resource={"resourceType": "EKSCluster", "instanceDetails": {"instanceId": INSTANCE}}),
    "an alarm": events.eventbridge(NOON, "AWS/EC2", "CPUUtilization", {"InstanceId": INSTANCE}),
}


@pytest.mark.parametrize("other", NOT_ITS_OWN)
def test_other_findings_are_not_answered(house: House, other: str) -> None:
    assert declined(house, NOT_ITS_OWN[other]) == "no_trigger"


def test_a_finding_of_a_member_account_is_not_taken_for_one_of_this_account(house: House) -> None:
    assert declined(house, event(NOON, accountId="210987654321")) == "other_account"


@pytest.mark.parametrize("purpose", ["Trojan:EC2/DNSDataExfiltration", "Execution:Runtime/NewBinaryExecuted"])
def test_findings_of_every_purpose_are_answered(house: House, purpose: str) -> None:
    contained(house, event(NOON, type=purpose))


def test_a_request_says_for_which_incident(house: House) -> None:
    answer = house.deliver({**REQUEST, "parameters": {"incident": FINDING}})
    assert house.run(answer).found["incident"] == FINDING


def test_what_is_only_observed_changes_nothing(house: House) -> None:
    house.aws.tags["first-responder:mode"] = "observe"
    assert house.deliver(event(NOON)).decision == "observed" and house.aws.calls == []


# ---- scenes


@contextmanager
def a_critical_finding_cuts_an_instance_off() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    ec2 = Ec2Account(clock)
    ec2.contain(OTHER, scaled_by="other")
    yield in_memory(ContainEc2Instance(), ec2, clock), event(NOON)


@contextmanager
def an_opened_interface_cannot_be_isolated() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    ec2 = Ec2Account(clock)
    ec2.make_opening()
    ec2.attributes["DisableApiTermination"] = True
    ec2.scaling.clear()
    ec2.then["modify_network_interface_attribute"] = lambda: fill(ec2)
    yield in_memory(ContainEc2Instance(), ec2, clock), event(NOON)


SCENES = {
    scene.__name__: scene for scene in (a_critical_finding_cuts_an_instance_off, an_opened_interface_cannot_be_isolated)
}

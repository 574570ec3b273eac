"""An owner makes the groups ready as EC2 gives them, and an instance is found contained only when nothing is left open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from functions.actions.ec2_interfaces import IsolateInterface
from functions.actions.ec2_snapshots import SnapshotInstance
from functions.adapters.aws import Boto3Aws
from functions.core.action import Effect
from functions.core.arn import parse_arn
from functions.readings.contained_neighbours import contained_neighbours
from functions.readings.containment_groups import CONTAINMENT, UNTRACKING, containment_groups, not_contained
from functions.readings.containment_record import read_before, read_snapshots, written
from functions.readings.ec2_instances import Instance, describe, instance_of
from tests.events import ACCOUNT, REGION

EVERYTHING = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


@pytest.fixture
def ec2(aws: Boto3Aws) -> Any:
    return aws.client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> str:
    return str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


def group(ec2: Any, vpc: str, name: str, tag: str = "") -> str:
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": tag, "Value": ""}]}] if tag else []
    made = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc, TagSpecifications=tags)
    return str(made["GroupId"])


def empty(ec2: Any, vpc: str) -> str:
    closed = group(ec2, vpc, "closed", CONTAINMENT)
    ec2.revoke_security_group_egress(GroupId=closed, IpPermissions=[EVERYTHING])
    return closed


def instance(aws: Boto3Aws, vpc: str, *groups: str) -> Instance:
    ec2 = aws.client("ec2")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    asked: dict[str, Any] = {"MinCount": 1, "MaxCount": 1, "SubnetId": subnet, "SecurityGroupIds": list(groups)}
    (made,) = ec2.run_instances(ImageId="ami-12c6146b", **asked)["Instances"]
    return look(aws, made["InstanceId"])


def arn(name: str) -> Any:
    return parse_arn(f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{name}", "target")


def look(aws: Boto3Aws, name: str) -> Instance:
    said = describe(aws, arn(name))
    assert said is not None
    return instance_of(aws, said)


def test_a_new_group_has_an_egress_rule_and_is_not_ready(aws: Boto3Aws, ec2: Any, vpc: str) -> None:
    made = group(ec2, vpc, "closed", CONTAINMENT)
    found = containment_groups(aws, vpc)
    assert (found.contained_by, found.full) == ((made,), (made,))


def test_without_any_rule_it_is(aws: Boto3Aws, ec2: Any, vpc: str) -> None:
    closed = empty(ec2, vpc)
    group(ec2, vpc, "other")
    found = containment_groups(aws, vpc)
    assert (found.contained_by, found.full, found.opened_by) == ((closed,), (), "")


def test_the_groups_of_another_vpc_are_none(aws: Boto3Aws, ec2: Any, vpc: str) -> None:
    empty(ec2, ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"])
    assert containment_groups(aws, vpc).contained_by == ()


def test_what_opens_lets_everything_in_as_well(aws: Boto3Aws, ec2: Any, vpc: str) -> None:
    opened = group(ec2, vpc, "opened", UNTRACKING)
    assert containment_groups(aws, vpc).opened_by == ""
    ec2.authorize_security_group_ingress(GroupId=opened, IpPermissions=[EVERYTHING])
    found = containment_groups(aws, vpc)
    assert (found.opened_by, found.opened_by_ipv6) == (opened, False)


def test_an_instance_is_contained_by_the_one_group_alone(aws: Boto3Aws, ec2: Any, vpc: str) -> None:
    """moto adds groups to an interface where EC2 replaces them, so that the swap itself is played on tests/ec2_account.py."""
    web, closed = group(ec2, vpc, "web"), empty(ec2, vpc)
    one = instance(aws, vpc, web, closed)
    (interface,) = one.interfaces
    assert (set(interface.groups), interface.vpc, interface.forwards) == ({web, closed}, vpc, False)
    isolate = IsolateInterface(interface=interface.id, was=web, closed=closed)
    assert isolate.progress(aws).effect is Effect.ABSENT
    assert not_contained(aws, arn(one.id), closed) == f"not in {closed} alone: {interface.id}"


def test_contained_is_contained_until_the_group_gets_a_rule(aws: Boto3Aws, ec2: Any, vpc: str) -> None:
    closed = empty(ec2, vpc)
    one = instance(aws, vpc, closed)
    isolate = IsolateInterface(interface=one.interfaces[0].id, was="", closed=closed)
    assert isolate.progress(aws).effect is Effect.DONE and not_contained(aws, arn(one.id), closed) == ""
    ec2.authorize_security_group_ingress(GroupId=closed, IpPermissions=[EVERYTHING])
    assert not_contained(aws, arn(one.id), closed) == f"{closed} has rules"


def test_what_was_before_stands_on_the_snapshots_of_all_volumes(aws: Boto3Aws, ec2: Any, vpc: str) -> None:
    one = instance(aws, vpc, group(ec2, vpc, "web"))
    record = written("contain-abc", one.id, one.interfaces, one.attributes, "group")
    take = SnapshotInstance(instance=one.id, volumes=" ".join(one.volumes), mark="abc", record=record)
    assert one.volumes and take.progress(aws).effect is Effect.ABSENT
    take.do(aws)
    assert take.progress(aws).effect is Effect.DONE
    before = read_before(read_snapshots(aws, "first-responder:run", "abc"))
    assert before is not None and before.groups == {one.interfaces[0].id: one.interfaces[0].groups}
    assert (before.instance, before.attributes, before.scaled_by) == (one.id, dict(one.attributes), "group")


def test_who_is_in_the_group_already_is_found_and_is_not_its_own_neighbour(aws: Boto3Aws, ec2: Any, vpc: str) -> None:
    closed = empty(ec2, vpc)
    other = instance(aws, vpc, closed)
    assert contained_neighbours(aws, other, closed, "").same_zone == ()
    found = contained_neighbours(aws, replace(other, id="i-0123456789abcdef0"), closed, "")
    assert (found.same_group, found.same_zone) == ((), (other.id,))


def test_there_is_no_such_instance(aws: Boto3Aws) -> None:
    assert describe(aws, arn("i-0123456789abcdef0")) is None
    assert describe(aws, parse_arn(f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-0123456789abcdef0", "target")) is None

"""One ingress rule, put back and taken out: exactly this one, in moto."""

from __future__ import annotations

from typing import Any

import pytest

from functions.actions.security_groups import AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress
from functions.adapters.aws import Boto3Aws
from functions.core.action import Effect, decode, encode


@pytest.fixture
def group(aws: Boto3Aws) -> str:
    """A group with one rule of its own."""
    ec2 = aws.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    made = ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=vpc)["GroupId"]
    other = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[other])
    return str(made)


def rules(aws: Boto3Aws, group: str) -> list[tuple[int, str]]:
    (found,) = aws.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    peers = {"IpRanges": "CidrIp", "Ipv6Ranges": "CidrIpv6", "UserIdGroupPairs": "GroupId"}
    return sorted(
        (rule["FromPort"], one[key])
        for rule in found["IpPermissions"]
        for kind, key in peers.items()
        for one in rule[kind]
    )


@pytest.mark.parametrize("peer", ["10.1.0.0/16", "fd00::/64", "group"])
def test_a_rule_goes_in_and_comes_out_and_all_others_stay(aws: Boto3Aws, group: str, peer: str) -> None:
    peer = group if peer == "group" else peer
    put = AuthorizeSecurityGroupIngress(group=group, port=443, peer=peer)
    assert put.progress(aws).effect is Effect.ABSENT
    put.do(aws)
    assert put.progress(aws).effect is Effect.DONE
    assert rules(aws, group) == [(22, "10.0.0.0/8"), (443, peer)]
    back = put.undo()
    assert back.progress(aws).effect is Effect.ABSENT
    back.do(aws)
    assert back.progress(aws).effect is Effect.DONE
    assert rules(aws, group) == [(22, "10.0.0.0/8")]
    assert back.undo() == put


def test_a_rule_that_is_there_already_is_refused_and_counts_as_in_effect(aws: Boto3Aws, group: str) -> None:
    put = AuthorizeSecurityGroupIngress(group=group, port=22, peer="10.0.0.0/8")
    with pytest.raises(Exception, match=r"InvalidPermission\.Duplicate") as error:
        put.do(aws)
    assert aws.refusal(error.value) is not None
    assert put.progress(aws).effect is Effect.DONE


@pytest.mark.parametrize(("action", "effect"), [
    (AuthorizeSecurityGroupIngress, Effect.FAILED), (RevokeSecurityGroupIngress, Effect.DONE),
])  # fmt: skip
def test_in_a_group_that_is_gone_no_rule_can_be(aws: Boto3Aws, action: Any, effect: Effect) -> None:
    assert action(group="sg-0123456789abcdef0", port=443, peer="10.0.0.0/8").progress(aws).effect is effect


def test_it_says_what_differs_from_the_template_without_claiming_to_know_it(group: str) -> None:
    put = AuthorizeSecurityGroupIngress(group=group, port=443, peer="10.0.0.0/8")
    (change,) = put.properties()
    assert (change.resource, change.property, change.literal) == (group, "SecurityGroupIngress", False)
    (reverse,) = put.undo().properties()  # type: ignore[union-attr]
    assert (reverse.old, reverse.new) == (change.new, change.old)


def test_it_is_kept_as_scalars(group: str) -> None:
    put = AuthorizeSecurityGroupIngress(group=group, port=443, peer="10.0.0.0/8")
    assert decode(encode(put), [AuthorizeSecurityGroupIngress]) == put
    assert str(put) == f"let TCP 443 into {group} from 10.0.0.0/8 again"

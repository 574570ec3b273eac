"""An AWS account with one EC2 instance that GuardDuty has a finding about, in a VPC that is ready for containing it.

Answers have the shapes of the service models; what changes something is written down in `calls`. moto knows neither locks of
snapshots nor findings of one's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from tests.events import ACCOUNT, REGION
from tests.modelled import ModelledClient, refused

INSTANCE, OTHER = "i-0123456789abcdef0", "i-0fedcba9876543210"
ENI, SECOND_ENI = "eni-0123456789abcdef0", "eni-0123456789abcdef1"
WEB, DATA, BATCH = "sg-0aaaaaaaaaaaaaaaa", "sg-0dddddddddddddddd", "sg-0bbbbbbbbbbbbbbbb"
CLOSED, OPENED = "sg-0cccccccccccccccc", "sg-0eeeeeeeeeeeeeeee"
ROOT, SECOND_VOLUME = "vol-0123456789abcdef0", "vol-0123456789abcdef1"
VPC, ZONE, GROUP = "vpc-0123456789abcdef0", f"{REGION}a", "web"
ARN = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{INSTANCE}"
DETECTOR, FINDING = "1" * 32, "f" * 32
TYPE = "Backdoor:EC2/C&CActivity.B"
PROFILE = f"arn:aws:iam::{ACCOUNT}:instance-profile/web"
Asked = Mapping[str, Any]


def event(at: datetime, *, count: int = 1, severity: float = 9.0, **over: Any) -> dict[str, Any]:
    """The finding as EventBridge brings it; `over` are fields of its detail."""
    detail = {
        "schemaVersion": "2.0", "accountId": ACCOUNT, "region": REGION, "id": FINDING, "type": TYPE, "severity": severity,
        "title": "The EC2 instance is communicating with a C&C server.",
        "resource": {"resourceType": "Instance", "instanceDetails": {"instanceId": INSTANCE}},
        "service": {"detectorId": DETECTOR, "count": count, "archived": False, "additionalInfo": {"value": "{}"}}, **over,
    }  # fmt: skip
    return {
        "version": "0", "id": "cd2d702e-ab31-411b-9344-793ce56b1bc7", "detail-type": "GuardDuty Finding",
        "source": "aws.guardduty", "account": ACCOUNT, "time": f"{at:%Y-%m-%dT%H:%M:%SZ}", "region": REGION,
        "resources": [], "detail": detail,
    }  # fmt: skip


class Ec2Account:
    """The instance runs in an Auto Scaling group, with one interface and one volume. Tests turn what AWS answers with."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refuses: dict[str, str] = {}
        self.then: dict[str, Callable[[], Any]] = {}
        self.instance: dict[str, Any] = {
            "InstanceId": INSTANCE, "State": {"Name": "running", "Code": 16}, "VpcId": VPC, "LaunchTime": clock.now(),
            "Placement": {"AvailabilityZone": ZONE}, "IamInstanceProfile": {"Arn": PROFILE, "Id": "AIPA1"},
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": ROOT, "Status": "attached"}}],
            "MetadataOptions": {"HttpTokens": "optional"}, "Tags": [],
        }  # fmt: skip
        self.interfaces = {ENI: self.interface(ENI, WEB, DATA)}
        self.tags = {
            "first-responder:mode": "act",
            "aws:cloudformation:stack-name": "shop",
            "aws:cloudformation:logical-id": "Group",
        }
        self.attributes: dict[str, Any] = {"DisableApiTermination": False, "InstanceInitiatedShutdownBehavior": "stop"}
        self.groups = {
            WEB: self.security_group(WEB, [rule("10.0.0.0/16")]),
            BATCH: self.security_group(BATCH, []),
            DATA: self.security_group(DATA, [rule("10.0.0.0/16")]),
            CLOSED: self.security_group(CLOSED, [], "first-responder:containment"),
        }
        self.volumes = {ROOT: 8}
        self.snapshots: dict[str, dict[str, Any]] = {}
        self.locked: dict[str, str] = {}
        self.scaling: dict[str, str] = {INSTANCE: "InService"}
        self.targets: dict[str, list[str]] = {"web": [OTHER], "api": []}
        self.trail: list[tuple[str, datetime]] = [("GetCallerIdentity", clock.now() - timedelta(hours=1))]
        self.stack = "UPDATE_COMPLETE"
        self.finding: dict[str, Any] | None = self._finding()

    def _finding(self) -> dict[str, Any]:
        now = self.clock.now().isoformat()
        return {
            "AccountId": ACCOUNT, "Arn": "arn", "CreatedAt": now, "Id": FINDING, "Region": REGION, "SchemaVersion": "2.0",
            "Resource": {"ResourceType": "Instance", "InstanceDetails": {"InstanceId": INSTANCE}}, "Severity": 9.0,
            "Title": "C&C", "Type": TYPE, "UpdatedAt": now,
            "Service": {"Archived": False, "Count": 1, "AdditionalInfo": {"Value": "{}", "Type": "default"}},
        }  # fmt: skip

    def interface(self, name: str, *groups: str, instance: str = INSTANCE, zone: str = ZONE) -> dict[str, Any]:
        return {
            "NetworkInterfaceId": name, "VpcId": VPC, "Groups": [{"GroupId": group, "GroupName": group} for group in groups],
            "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.4", "Primary": True}], "SourceDestCheck": True,
            "Attachment": {"InstanceId": instance, "AttachmentId": f"a-{name}"}, "AvailabilityZone": zone,
        }  # fmt: skip

    def security_group(self, name: str, rules: list[Any], *tags: str, vpc: str = VPC) -> dict[str, Any]:
        return {
            "GroupId": name, "VpcId": vpc, "IpPermissions": [*rules], "IpPermissionsEgress": [*rules],
            "Tags": [{"Key": tag, "Value": ""} for tag in tags],
        }  # fmt: skip

    def make_opening(self, *networks: str) -> None:
        """The owner has made a group that lets everything in and out."""
        rules = [rule(network) for network in networks or ("0.0.0.0/0", "::/0")]
        self.groups[OPENED] = self.security_group(OPENED, rules, "first-responder:untracking")

    def grow(self) -> None:
        """A second interface and a second volume."""
        self.interfaces[SECOND_ENI] = self.interface(SECOND_ENI, BATCH)
        self.volumes[SECOND_VOLUME] = 100
        more = {"DeviceName": "/dev/xvdb", "Ebs": {"VolumeId": SECOND_VOLUME, "Status": "attached"}}
        self.instance["BlockDeviceMappings"].append(more)

    def contain(
        self, other: str, scaled_by: str = "", zone: str = f"{REGION}b", ago: timedelta = timedelta(days=1)
    ) -> None:
        """Another instance is contained already."""
        self.interfaces[f"eni-{other}"] = self.interface(f"eni-{other}", CLOSED, instance=other, zone=zone)
        tags = {"created-by": "first-responder", "first-responder:instance": other}
        tags |= {"first-responder:auto-scaling-group": scaled_by} if scaled_by else {}
        self.snapshots[f"snap-{other}"] = self.snapshot(f"snap-{other}", "vol-other", tags)
        self.snapshots[f"snap-{other}"]["StartTime"] = self.now() - ago

    def snapshot(self, name: str, volume: str, tags: Mapping[str, str]) -> dict[str, Any]:
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        return {"SnapshotId": name, "VolumeId": volume, "State": "pending", "StartTime": self.now(), "Tags": listed}

    def groups_of(self, interface: str) -> list[str]:
        return [group["GroupId"] for group in self.interfaces[interface]["Groups"]]

    def described(self) -> dict[str, Any]:
        own = [one for one in self.interfaces.values() if one["Attachment"]["InstanceId"] == INSTANCE]
        shown = [{key: one[key] for key in one if key not in ("AvailabilityZone", "Attachment")} for one in own]
        tags = [{"Key": key, "Value": value} for key, value in self.tags.items()]
        return {**deepcopy(self.instance), "NetworkInterfaces": deepcopy(shown), "Tags": tags}

    def client(self, service: str) -> Any:
        return _Client(self, service)

    def now(self) -> datetime:
        return self.clock.now()

    def refusal(self, error: Exception) -> str | None:
        return Boto3Aws(self.clock).refusal(error)


def rule(network: str) -> dict[str, Any]:
    key, said = ("Ipv6Ranges", "CidrIpv6") if ":" in network else ("IpRanges", "CidrIp")
    return {"IpProtocol": "-1", key: [{said: network}]}


def filtered(found: Mapping[str, Any], asked: Asked) -> list[dict[str, Any]]:
    """What passes the filters of a Describe call of EC2, as far as they are used."""
    tests: dict[str, Callable[[Any], list[str]]] = {
        "vpc-id": lambda one: [one["VpcId"]],
        "group-id": lambda one: [one["GroupId"]] if "GroupId" in one else [each["GroupId"] for each in one["Groups"]],
        "tag-key": lambda one: [tag["Key"] for tag in one["Tags"]],
    }

    def passes(one: Any, name: str, values: list[str]) -> bool:
        if name.startswith("tag:"):
            return any(tag["Key"] == name[4:] and tag["Value"] in values for tag in one["Tags"])
        return bool(set(tests[name](one)) & set(values))

    wanted = [(each["Name"], each["Values"]) for each in asked.get("Filters", ())]
    return deepcopy([one for one in found.values() if all(passes(one, *each) for each in wanted)])


class _Client(ModelledClient):
    """The calls, of all services."""

    def describe_instances(self, asked: Asked) -> dict[str, Any]:
        if asked["InstanceIds"] != [INSTANCE] or not self._account.instance:
            raise refused("InvalidInstanceID.NotFound", "DescribeInstances")
        return {"Reservations": [{"Instances": [self._account.described()]}]}

    def describe_instance_attribute(self, asked: Asked) -> dict[str, Any]:
        name = f"{asked['Attribute'][0].upper()}{asked['Attribute'][1:]}"
        return {"InstanceId": INSTANCE, name: {"Value": self._account.attributes[name]}}

    def describe_network_interfaces(self, asked: Asked) -> dict[str, Any]:
        known, wanted = self._account.interfaces, asked.get("NetworkInterfaceIds", [])
        if set(wanted) - set(known):
            raise refused("InvalidNetworkInterfaceID.NotFound", "DescribeNetworkInterfaces")
        named = {one: known[one] for one in wanted} if wanted else known
        return {"NetworkInterfaces": filtered(named, asked)}

    def describe_security_groups(self, asked: Asked) -> dict[str, Any]:
        known, wanted = self._account.groups, asked.get("GroupIds", [])
        if set(wanted) - set(known):
            raise refused("InvalidGroup.NotFound", "DescribeSecurityGroups")
        named = {one: known[one] for one in wanted} if wanted else known
        return {"SecurityGroups": filtered(named, asked)}

    def describe_volumes(self, asked: Asked) -> dict[str, Any]:
        return {"Volumes": [{"VolumeId": one, "Size": self._account.volumes[one]} for one in asked["VolumeIds"]]}

    def get_console_output(self, asked: Asked) -> dict[str, Any]:
        return {"InstanceId": INSTANCE, "Output": "x" * 60_000 + "the end"}

    def describe_snapshots(self, asked: Asked) -> dict[str, Any]:
        assert asked["OwnerIds"] == ["self"]
        return {"Snapshots": filtered(self._account.snapshots, asked)}

    def create_snapshots(self, asked: Asked) -> dict[str, Any]:
        account, made = self._account, []
        (spec,) = asked["TagSpecifications"]
        tags = {tag["Key"]: tag["Value"] for tag in spec["Tags"]}
        assert len(tags) <= 50 and all(len(value) <= 256 for value in tags.values())
        account.calls.append(("CreateSnapshots", dict(asked)))
        for volume in account.volumes:
            name = f"snap-{len(account.snapshots):017x}"
            account.snapshots[name] = account.snapshot(name, volume, tags)
            made.append({"SnapshotId": name, "VolumeId": volume, "State": "pending"})
        return {"Snapshots": made}

    def lock_snapshot(self, asked: Asked) -> dict[str, Any]:
        if asked["SnapshotId"] not in self._account.snapshots:
            raise refused("InvalidSnapshot.NotFound", "LockSnapshot")
        self._account.calls.append(("LockSnapshot", dict(asked)))
        self._account.locked[asked["SnapshotId"]] = asked["LockMode"]
        return {"SnapshotId": asked["SnapshotId"], "LockState": "governance", "LockDuration": asked["LockDuration"]}

    def describe_locked_snapshots(self, asked: Asked) -> dict[str, Any]:
        known = self._account.locked
        return {
            "Snapshots": [{"SnapshotId": one, "LockState": known[one]} for one in asked["SnapshotIds"] if one in known]
        }

    def modify_instance_attribute(self, asked: Asked) -> dict[str, Any]:
        account = self._account
        if account.instance.get("InstanceLifecycle") == "spot":
            raise refused("UnsupportedOperation", "ModifyInstanceAttribute")
        account.calls.append(("ModifyInstanceAttribute", dict(asked)))
        account.attributes |= {name: asked[name]["Value"] for name in account.attributes if name in asked}
        return {}

    def modify_network_interface_attribute(self, asked: Asked) -> dict[str, Any]:
        account = self._account
        if asked["NetworkInterfaceId"] not in account.interfaces or set(asked["Groups"]) - set(account.groups):
            raise refused("InvalidGroup.NotFound", "ModifyNetworkInterfaceAttribute")
        account.calls.append(("ModifyNetworkInterfaceAttribute", dict(asked)))
        account.interfaces[asked["NetworkInterfaceId"]]["Groups"] = [
            {"GroupId": group, "GroupName": group} for group in asked["Groups"]
        ]
        return {}

    def describe_auto_scaling_instances(self, asked: Asked) -> dict[str, Any]:
        known = self._account.scaling
        like = {
            "AutoScalingGroupName": GROUP, "AvailabilityZone": ZONE, "HealthStatus": "HEALTHY", "ProtectedFromScaleIn": False,
        }  # fmt: skip
        found = [one for one in asked["InstanceIds"] if one in known]
        return {"AutoScalingInstances": [{"InstanceId": one, "LifecycleState": known[one], **like} for one in found]}

    def detach_instances(self, asked: Asked) -> dict[str, Any]:
        (instance,) = asked["InstanceIds"]
        if instance not in self._account.scaling:
            raise refused("ValidationError", "DetachInstances")
        self._account.calls.append(("DetachInstances", dict(asked)))
        self._account.scaling[instance] = "Detaching"
        return {"Activities": []}

    def describe_target_groups(self, asked: Asked) -> dict[str, Any]:
        return {
            "TargetGroups": [
                {"TargetGroupArn": one, "TargetGroupName": one, "VpcId": VPC} for one in self._account.targets
            ]
        }

    def describe_target_health(self, asked: Asked) -> dict[str, Any]:
        targets = self._account.targets[asked["TargetGroupArn"]]
        return {"TargetHealthDescriptions": [{"Target": {"Id": one}} for one in targets]}

    def get_findings(self, asked: Asked) -> dict[str, Any]:
        found = self._account.finding
        return {"Findings": [deepcopy(found)] if found and [found["Id"]] == asked["FindingIds"] else []}

    def lookup_events(self, asked: Asked) -> dict[str, Any]:
        (attribute,) = asked["LookupAttributes"]
        assert attribute == {"AttributeKey": "Username", "AttributeValue": INSTANCE}
        told = [(name, at) for name, at in self._account.trail if asked["StartTime"] <= at <= asked["EndTime"]]
        start = int(asked.get("NextToken", 0))
        page, more = told[start : start + 50], {"NextToken": str(start + 50)} if len(told) > start + 50 else {}
        return {"Events": [{"EventName": name, "EventTime": at} for name, at in page], **more}

    def describe_stacks(self, asked: Asked) -> dict[str, Any]:
        stack = {
            "StackName": asked["StackName"],
            "StackStatus": self._account.stack,
            "CreationTime": self._account.now(),
        }
        return {"Stacks": [stack]}

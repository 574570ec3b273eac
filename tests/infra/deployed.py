"""A synthesised template, and how to ask it things."""

from __future__ import annotations

import json
from typing import Any, cast

Resource = dict[str, Any]
_HERE = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012"}


class Deployed:
    """Resources by logical id, with intrinsic functions written out as text."""

    def __init__(self, template: dict[str, Any]) -> None:
        self.resources: dict[str, Resource] = {
            logical_id: {**resource, "Properties": plain(resource.get("Properties", {}))}
            for logical_id, resource in template["Resources"].items()
        }
        self.outputs: dict[str, Any] = template.get("Outputs", {})

    def all(self, kind: str) -> dict[str, Resource]:
        """The properties of every resource of a type."""
        return {name: found["Properties"] for name, found in self.resources.items() if found["Type"] == kind}

    def one(self, kind: str, **properties: object) -> Resource:
        """The properties of the only resource of a type that has these properties."""
        return self.all(kind)[self.id_of(kind, **properties)]

    def id_of(self, kind: str, **properties: object) -> str:
        found = [
            name
            for name, said in self.all(kind).items()
            if all(said.get(key) == value for key, value in properties.items())
        ]
        assert len(found) == 1, f"{len(found)} of {kind} with {properties}"
        return found[0]

    def function(self, name: str) -> Resource:
        return self.one("AWS::Lambda::Function", FunctionName=name)

    def function_arn(self, name: str) -> str:
        return f"<{self.id_of('AWS::Lambda::Function', FunctionName=name)}.Arn>"

    def dead_letters(self, name: str) -> str:
        """The ARN of a function's dead-letter queue."""
        return cast(str, self.function(name)["DeadLetterConfig"]["TargetArn"])

    def may(self, name: str) -> set[tuple[str, str, str]]:
        """What the role of a function allows, one (action, resource, conditions as JSON) each."""
        role = self.resources[inside(self.function(name)["Role"])]["Properties"]
        assert not role.get("ManagedPolicyArns")
        attached = [
            policy
            for policy in self.all("AWS::IAM::Policy").values()
            if f"<{inside(self.function(name)['Role'])}>" in policy["Roles"]
        ]
        return {allowed for policy in [*role["Policies"], *attached] for allowed in allows(policy["PolicyDocument"])}

    def rules_to(self, name: str) -> list[Resource]:
        arn = self.function_arn(name)
        return [rule for rule in self.all("AWS::Events::Rule").values() if rule["Targets"][0]["Arn"] == arn]


def allows(document: dict[str, Any]) -> set[tuple[str, str, str]]:
    """A policy's statements, one by one."""
    assert all(statement["Effect"] == "Allow" for statement in document["Statement"])
    return {
        (action, resource, json.dumps(statement.get("Condition", {}), sort_keys=True))
        for statement in document["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def inside(reference: str) -> str:
    """The logical id in `<Id.Arn>`."""
    return reference.strip("<>").partition(".")[0]


def plain(value: Any) -> Any:
    """Ref, GetAtt and Join written out: `<Id>`, `<Id.Arn>`, text."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return _HERE.get(value["Ref"], f"<{value['Ref']}>")
    if set(value) == {"Fn::GetAtt"}:
        return f"<{'.'.join(value['Fn::GetAtt'])}>"
    if set(value) == {"Fn::Join"}:
        return value["Fn::Join"][0].join(plain(value["Fn::Join"][1]))
    return {key: plain(item) for key, item in value.items()}

"""From declared permissions to IAM statements: exactly what is declared, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Aws
from aws_cdk.aws_iam import PolicyStatement

from functions.core.permission import Allow
from functions.core.policy import TAG_PREFIX, Mode

_HERE = {"partition": Aws.PARTITION, "region": Aws.REGION, "account": Aws.ACCOUNT_ID}
_MAY_CHANGE = (Mode.ACT.value, Mode.PROPOSE.value)


def statement(allow: Allow, default: Mode) -> PolicyStatement:
    """One permission, for this account and Region. `default` is the mode of a resource without a tag."""
    conditions: dict[str, dict[str, list[str]]] = {}
    wanted = [*allow.conditions, *(tag_condition(default) if allow.tagged else ())]
    for operator, key, value in wanted:
        conditions.setdefault(operator, {}).setdefault(key, []).append(fill(value))
    return PolicyStatement(actions=[allow.action], resources=[fill(allow.on)], conditions=conditions or None)


def tag_condition(default: Mode) -> list[tuple[str, str, str]]:
    """The owner's mode tag, enforced by IAM itself, as (operator, key, value); a list of values is an OR.

    Where untagged resources are only observed, the tag has to be there and say act or propose. Where the deployment lets
    them be changed, a missing tag passes (`...IfExists` is true for an absent key) and a tag that is there still has to
    say act or propose. So `never`, `observe` and a misspelt mode are refused under either, even if our code were wrong.
    """
    operator = "StringEqualsIfExists" if default.value in _MAY_CHANGE else "StringEquals"
    return [(operator, f"aws:ResourceTag/{TAG_PREFIX}mode", mode) for mode in _MAY_CHANGE]


def fill(pattern: str, here: Mapping[str, str] = _HERE) -> str:
    """An ARN pattern with the deployment's own partition, Region and account."""
    for name, value in here.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    return pattern

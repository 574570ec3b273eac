"""What an endpoint policy surely refuses, and what a gateway endpoint needs besides: routes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from functions.core.decision import Decline
from functions.core.permission import EVERYTHING, Allow
from functions.readings.security_groups import PRIVATE, passes, read_security_groups, within
from functions.readings.vpc_endpoint_case import HTTPS, Broken, Case
from functions.readings.vpc_endpoints import endpoints_of

DESCRIBE_ROUTE_TABLES = Allow(
    action="ec2:DescribeRouteTables", on=EVERYTHING, because="DescribeRouteTables has no resource scope in IAM"
)
_REGISTRY = ("ecr.api", "ecr.dkr")


def policy(case: Case) -> Broken | None:
    """A policy is judged together with IAM: only what refuses everything, or allows nothing, is sure by itself."""
    said = _statements(case.endpoint.policy)
    if said is None:
        return None
    service = case.endpoint.service.removeprefix("cn.").removeprefix(f"com.amazonaws.{case.region}.").partition(".")[0]
    refused = [one for one in said if one.get("Effect") == "Deny" and _everything(one, service)]
    if any(one.get("Effect") == "Allow" for one in said) and not refused:
        return None
    what = "denies everything" if refused else "allows nothing"
    return Broken(
        why=Decline(
            code="endpoint_policy_refuses",
            seen=f"the policy of {case.endpoint.id} {what}",
            advice="Put the policy of its template back; resetting it would open it to every principal and resource",
        )
    )


def routes(case: Case) -> Broken | None:
    """A gateway endpoint is used by the subnets whose route table has its route."""
    asked = [{"Name": "vpc-id", "Values": [case.endpoint.vpc]}]
    pages = case.aws.client("ec2").get_paginator("describe_route_tables").paginate(Filters=asked)
    tables = [one for page in pages for one in page["RouteTables"]]
    of = {
        link["SubnetId"]: table["RouteTableId"]
        for table in tables
        for link in table["Associations"]
        if "SubnetId" in link
    }
    main = next((one["RouteTableId"] for one in tables if any(link.get("Main") for link in one["Associations"])), "")
    used = {one.id: of.get(one.id, main) for one in case.client_subnets}
    without = {subnet: table for subnet, table in used.items() if table not in case.endpoint.route_tables}
    if not without:
        return None
    return Broken(
        why=Decline(
            code="gateway_route_missing" if len(without) == len(used) else "gateway_route_missing_in_some_subnets",
            seen=f"no route to {case.endpoint.id} in {', '.join(sorted(set(without.values())))} of"
            f" {', '.join(sorted(without))}",
            advice="Add the route table to the endpoint, as its template has it",
        )
    )


def egress(case: Case) -> Broken | None:
    """To a gateway endpoint a client goes by the service's public addresses: its group has to let it out to them."""
    wanted = case.clients.security_group
    if not wanted:
        return None
    (client,) = read_security_groups(case.aws, [wanted])
    outside = [rule for rule in client.egress if "/" not in rule.peer or not within(rule.peer, PRIVATE)]
    if passes(outside, HTTPS, ["0.0.0.0/0", "::/0"]):
        return None
    return Broken(
        why=Decline(
            code="client_security_group_blocks_endpoint",
            seen=f"{client.id} lets TCP {HTTPS} out to no prefix list and no public network",
            advice=f"Let TCP {HTTPS} out of {client.id} to the prefix list of {case.endpoint.service}",
        )
    )


def companions(case: Case) -> Broken | None:
    """Images come from two endpoints of ECR and from S3: one alone pulls nothing where there is no other way out."""
    region, _, name = case.endpoint.service.partition(".ecr.")
    if f"ecr.{name}" not in _REGISTRY:
        return None
    there = {one.service for one in endpoints_of(case.aws, case.endpoint.vpc) if one.state == "available"}
    missing = [one for one in (*_REGISTRY, "s3") if f"{region}.{one}" not in there]
    if not missing:
        return None
    return Broken(
        why=Decline(
            code="companion_endpoint_missing",
            seen=f"{case.endpoint.vpc} has no endpoint for {', '.join(missing)}, which pulling images needs beside {name}",
            advice="Add it, where clients have no NAT gateway to go by",
        )
    )


def _statements(text: str) -> list[Mapping[str, Any]] | None:
    """None where there is no policy that can be read: AWS then has its own, which allows everything."""
    try:
        said = json.loads(text)["Statement"] if text else None
    except (ValueError, KeyError, TypeError):
        return None
    listed: list[Any] = said if isinstance(said, list) else [said]
    return listed if all(isinstance(one, Mapping) for one in listed) else None


def _everything(statement: Mapping[str, Any], service: str) -> bool:
    """Of all that goes through the endpoint of this service. Who is excepted by NotPrincipal and the like is let through."""
    excepted = any(statement.get(part) for part in ("Condition", "NotPrincipal", "NotAction", "NotResource"))
    action = statement.get("Action")
    actions = action if isinstance(action, list) else [action]
    parts = (statement.get("Resource"), statement.get("Principal", "*"))
    whole = all(part in ("*", ["*"], {"AWS": "*"}, {"AWS": ["*"]}) for part in parts)
    return whole and not excepted and any(one in ("*", f"{service}:*") for one in actions)

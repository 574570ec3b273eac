"""What belongs to an ECS service."""

from __future__ import annotations

import pytest

from functions.adapters.clock import FakeClock
from functions.core.arn import parse_arn
from functions.core.decision import Decline
from functions.core.errors import InvalidSetting
from functions.readings.ecs import Service, read_service
from functions.readings.ecs_task_definition import read_task_definition
from functions.readings.rds_databases import read_databases
from functions.readings.secrets import secret_arn
from functions.readings.service_map import ServiceParts, parts_of, read_load_balancers_of
from functions.readings.service_needs import Needs, declared_needs
from tests.cluster_account import (
    ACCOUNT,
    REGION,
    SECRET,
    ClusterAccount,
    balancer_arn,
    database,
    group_arn,
    service_arn,
)

NAME = "first-responder:service"


@pytest.fixture
def account(clock: FakeClock) -> ClusterAccount:
    return ClusterAccount(clock)


def read(account: ClusterAccount, name: str) -> ServiceParts | Decline:
    service = read_service(account, parse_arn(service_arn(name), "target"))
    assert isinstance(service, Service)
    balancers = read_load_balancers_of(account, service)
    if isinstance(balancers, Decline):
        return balancers
    definition = read_task_definition(account, service.task_definition)
    return parts_of(service, definition, balancers, read_databases(account))


def parts(account: ClusterAccount, name: str) -> ServiceParts:
    found = read(account, name)
    assert isinstance(found, ServiceParts), found
    return found


def declined(account: ClusterAccount, name: str) -> Decline:
    found = read(account, name)
    assert isinstance(found, Decline)
    return found


# From the service to its parts


def test_configuration_and_declared_needs_say_what_belongs_together(account: ClusterAccount) -> None:
    assert parts(account, "web") == ServiceParts(
        service="web",
        name="web",
        target_groups=(group_arn("web"),),
        load_balancers=(balancer_arn("web"),),
        needs=("api",),
    )
    assert parts(account, "api") == ServiceParts(service="api", name="api", databases=("orders",), secrets=(SECRET,))


def test_the_owners_name_wins_over_the_stack_and_the_stack_over_its_own(account: ClusterAccount) -> None:
    account.of_stack("web", "shop")
    assert parts(account, "web").service == "shop"
    account.tag("web", service="storefront")
    assert parts(account, "web").service == "storefront"


def test_a_database_is_found_by_name_by_stack_and_by_the_secret_that_rds_manages(account: ClusterAccount) -> None:
    account.of_stack("web", "shop")
    account.databases |= {
        "named": database("named", TagList=[{"Key": NAME, "Value": "shop"}]),
        "stacked": database("stacked", TagList=[{"Key": "aws:cloudformation:stack-name", "Value": "shop"}]),
        "other": database("other", TagList=[{"Key": NAME, "Value": "else"}]),
        "moved": database(
            "moved",
            TagList=[{"Key": "aws:cloudformation:stack-name", "Value": "shop"}, {"Key": NAME, "Value": "else"}],
        ),
        "managed": database("managed", MasterUserSecret={"SecretArn": SECRET}),
    }
    assert parts(account, "web").databases == ("named", "stacked")
    assert parts(account, "api").databases == ("managed", "orders")


def test_the_secrets_of_environment_log_driver_and_registry_are_named_and_parameters_are_not(
    account: ClusterAccount,
) -> None:
    one, two, three = (f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-a1B2c3" for name in ("x", "y", "z"))
    account.definitions["web"]["containerDefinitions"][0] |= {
        "secrets": [{"name": "A", "valueFrom": one}, {"name": "B", "valueFrom": "/shop/parameter"}],
        "logConfiguration": {"logDriver": "splunk", "secretOptions": [{"name": "C", "valueFrom": f"{two}:key::"}]},
        "repositoryCredentials": {"credentialsParameter": three},
    }
    assert parts(account, "web").secrets == (one, two, three)


@pytest.mark.parametrize("rest", ["", ":password::", "::AWSPREVIOUS:", ":password::b1c2"])
def test_a_key_a_stage_or_a_version_is_not_part_of_the_secret(rest: str) -> None:
    assert secret_arn(f"{SECRET}{rest}") == SECRET


@pytest.mark.parametrize(
    "reference",
    ["", "/shop/parameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/x", f"{SECRET} OR", f"{SECRET}:a:b:c:d"],
)
def test_what_is_no_secret_is_none(reference: str) -> None:
    assert secret_arn(reference) == ""


def test_both_target_groups_of_a_blue_green_service_are_its_own(account: ClusterAccount) -> None:
    account.groups[group_arn("green")] = balancer_arn("web")
    account.services["web"]["loadBalancers"][0]["advancedConfiguration"] = {
        "alternateTargetGroupArn": group_arn("green")
    }
    assert parts(account, "web").target_groups == (group_arn("web"), group_arn("green"))
    assert parts(account, "web").load_balancers == (balancer_arn("web"),)


def test_a_target_group_that_is_gone_is_said(account: ClusterAccount) -> None:
    account.groups.clear()
    assert declined(account, "web").code == "target_group_not_found"


def test_a_tag_that_cannot_be_understood_is_said(account: ClusterAccount) -> None:
    account.tag("web", service="a/b")
    assert declined(account, "web").code == "invalid_service_tag"
    account.tag("web", service="", needs="api @db")
    assert "'@db'" in declined(account, "web").seen


# What the owner declares


def test_needs_are_services_and_databases_each_once() -> None:
    said = {"first-responder:needs": " api  db:Orders auth.v2 api db:orders "}
    assert declared_needs(said) == Needs(services=("api", "auth.v2"), databases=("orders",))
    assert declared_needs({}) == Needs() == declared_needs({"first-responder:needs": ""})


@pytest.mark.parametrize(
    "word", ["db:", "db:1orders", "db:or--ders", "queue:x", "-api", "a/b", "a:b", "<b>", "a" * 129]
)
def test_a_word_that_is_neither_is_refused(word: str) -> None:
    with pytest.raises(InvalidSetting, match="first-responder:needs"):
        declared_needs({"first-responder:needs": f"api {word}"})

"""Unauthorised access: who is contained, how far, and who never."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.core.remediation import Audience
from functions.core.run import Run
from functions.remediations.contain_iam_principal import ContainIamPrincipal
from tests.approved import approve, approved, proposed
from tests.conftest import NOON
from tests.events import ACCOUNT, REGION
from tests.house import House, in_memory
from tests.iam_account import ANN, DENY_ALL, FINDING, IAM, QUARANTINE, WEB, IamAccount, iam_account, stamp, statement

MINUTE = timedelta(minutes=1)


@pytest.fixture
def iam(clock: FakeClock) -> Iterator[IamAccount]:
    with iam_account(clock) as account:
        yield account


@pytest.fixture
def house(iam: IamAccount, clock: FakeClock) -> House:
    return in_memory(ContainIamPrincipal(), iam, clock)


def asked(target: str = ANN, **over: Any) -> dict[str, Any]:
    return {"target": target, "reason": "its key is on a paste site", "requested_by": "ada", "mode": "act", **over}


def ended(house: House, event: Any) -> Run:
    return house.run(house.follow(house.deliver(event)))


def declined(house: House, event: Any) -> str:
    answer = house.deliver(event)
    assert answer.decision == "declined", answer
    return answer.text


def test_a_user_is_denied_everything_its_sessions_revoked_and_all_its_keys_deactivated(
    house: House, iam: IamAccount
) -> None:
    keys = iam.user()
    run = ended(house, iam.finding(NOON, "IAMUser", "ann"))
    assert run.outcome == "recovered"
    assert (iam.attached(), iam.statuses()) == ([DENY_ALL], ["Inactive", "Inactive"])
    revoked = iam.revoked(ANN)
    assert revoked is not None
    assert (revoked["Effect"], revoked["Action"], revoked["Resource"]) == ("Deny", ["*"], ["*"])
    assert revoked["Condition"] == {"DateLessThan": {"aws:TokenIssueTime": stamp(NOON)}}
    assert revoked["Sid"] == f"keys{'and'.join(keys)}withAWSDenyAll"


def test_of_a_role_the_sessions_until_the_finding_are_revoked(house: House, iam: IamAccount) -> None:
    iam.role()
    assert ended(house, iam.finding(NOON, "AssumedRole", "web")).outcome == "recovered"
    revoked = iam.revoked(WEB)
    assert revoked is not None and "Sid" not in revoked
    assert revoked["Condition"] == {"DateLessThan": {"aws:TokenIssueTime": stamp(NOON)}}
    (plan,) = (entry.text for entry in house.store.entries if entry.kind == "plan")
    assert "sessions issued after 12:00:00 UTC go on" in plan and "correct its trust policy" in plan


def test_its_news_are_for_the_security_team_alone(house: House, iam: IamAccount) -> None:
    iam.user()
    ended(house, iam.finding(NOON, "IAMUser", "ann"))
    assert {entry.audience for entry in house.store.entries} == {Audience.SECURITY}


def test_a_principal_with_a_path_is_found_by_its_name(house: House, iam: IamAccount) -> None:
    iam.user(path="/team/")
    run = ended(house, iam.finding(NOON, "IAMUser", "ann"))
    assert (run.target, run.found["principal"]["arn"]) == (ANN, f"{IAM}:user/team/ann")
    assert iam.statuses() == ["Inactive", "Inactive"]


@pytest.mark.parametrize("target", [f"{IAM}:user/team/ann", f"{IAM}:user/other/ann"])
def test_one_principal_has_one_arn_and_any_other_is_told_the_right_one(
    house: House, iam: IamAccount, target: str
) -> None:
    iam.user(path="/team/")
    text = declined(house, asked(target))
    assert text.startswith("target_not_found") and f"Ask for {ANN} " in text and f"{IAM}:user/team/ann" in text


@pytest.mark.parametrize("target", [f"{IAM}:user/eve", f"{IAM}:role/eve", f"{IAM}:group/all", f"{IAM}:user/"])
def test_who_is_not_there_is_not_contained(house: House, iam: IamAccount, target: str) -> None:
    assert declined(house, asked(target)).startswith("target_not_found")


def test_below_severity_nine_a_person_is_asked_and_the_approval_holds_for_the_same_plan(
    house: House, iam: IamAccount, clock: FakeClock
) -> None:
    iam.user()
    event = iam.finding(NOON, "IAMUser", "ann", severity=8.0)
    answer = proposed(house, event)
    assert iam.statuses() == ["Active", "Active"]
    clock.move(30 * MINUTE)
    assert house.follow(house.deliver(approve(house, answer))).decision == "recovered"


def test_below_severity_seven_nothing_is_answered(house: House, iam: IamAccount) -> None:
    iam.user()
    assert declined(house, iam.finding(NOON, "IAMUser", "ann", severity=6.9)).startswith("no_trigger")


def test_a_role_that_a_workload_uses_is_never_contained_unasked(house: House, iam: IamAccount) -> None:
    iam.role(trusts={"Service": ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]})
    iam.iam.create_instance_profile(InstanceProfileName="web")
    iam.iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    plan = house.run(proposed(house, iam.finding(NOON, "Role", "web"))).plan
    assert plan is not None
    assert "EC2 instances with web" in plan["ask_first"] and "ecs-tasks.amazonaws.com" in plan["ask_first"]


def test_without_the_owners_word_it_only_observes(house: House, iam: IamAccount) -> None:
    iam.user(mode="observe")
    assert house.deliver(iam.finding(NOON, "IAMUser", "ann")).decision == "observed"
    assert iam.statuses() == ["Active", "Active"]


def test_what_people_need_to_go_on_is_among_the_facts(house: House, iam: IamAccount) -> None:
    iam.user()
    iam.iam.create_login_profile(UserName="ann", Password="not-a-secret-1")
    iam.iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.iam.create_group(GroupName="admins")
    iam.iam.add_user_to_group(GroupName="admins", UserName="ann")
    iam.did("CreateAccessKey", userName="eve")
    iam.did("CreateUser", userName="eve", error="AccessDenied")
    iam.did("GetSecretValue", secretId="prod/db")
    iam.did("GetSecretValue", timedelta(hours=25), secretId="older")
    run = ended(house, iam.finding(NOON, "IAMUser", "ann"))
    trail, user = run.found["trail"], run.found["user"]
    assert trail["calls"] == {"CreateAccessKey": 1, "CreateUser": 1, "GetSecretValue": 1}
    assert (trail["refused"], trail["sources"]) == (1, ["198.51.100.7"])
    assert (trail["made"], trail["secrets"]) == (["CreateAccessKey eve"], ["prod/db"])
    assert "us-east-1" in trail["told"]
    assert user["groups"] == ["admins"] and user["console"] is True
    assert "has AdministratorAccess" in user["findings"] and "signs in to the console without MFA" in user["findings"]
    assert run.plan is not None
    assert "rotate each by rotate_secret afterwards: prod/db" in run.plan["reason"]


@pytest.mark.parametrize(
    ("trusts", "told"),
    [
        ("*", ["anybody in any account is in its trust policy"]),
        (
            {"AWS": ["arn:aws:iam::999999999999:root", f"{IAM}:root"]},
            ["arn:aws:iam::999999999999:root is in its trust policy"],
        ),
        ({"AWS": f"{IAM}:user/ann"}, []),
    ],
)
def test_who_else_is_in_the_trust_policy_is_told(house: House, iam: IamAccount, trusts: Any, told: list[str]) -> None:
    iam.role(trusts=trusts)
    assert ended(house, iam.finding(NOON, "Role", "web")).found["role"]["findings"] == told


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_a_principal_is_contained_whether_cloudtrail_answers_or_not(house: House, iam: IamAccount, code: str) -> None:
    iam.user()
    iam.refuses["lookup_events"] = code
    run = ended(house, iam.finding(NOON, "IAMUser", "ann"))
    assert run.outcome == "recovered" and run.found["trail"]["told"].startswith("CloudTrail could not be asked")


def test_what_can_be_done_beside_ten_policies_is_done_and_a_person_called_for_the_console(
    house: House, iam: IamAccount
) -> None:
    iam.user()
    iam.iam.create_login_profile(UserName="ann", Password="not-a-secret-1")
    fill_up(iam)
    run = ended(house, iam.finding(NOON, "IAMUser", "ann"))
    assert run.outcome == "escalated" and iam.statuses() == ["Inactive", "Inactive"]
    assert DENY_ALL not in iam.attached() and iam.revoked(ANN) is not None
    assert any("console sign-in is open" in entry.text for entry in house.store.entries)


def test_ten_policies_are_no_trouble_without_a_console(house: House, iam: IamAccount) -> None:
    iam.user()
    fill_up(iam)
    assert ended(house, iam.finding(NOON, "IAMUser", "ann")).outcome == "recovered"


def fill_up(iam: IamAccount) -> None:
    for number in range(10):
        arn = iam.iam.create_policy(PolicyName=f"p{number}", PolicyDocument=statement(Action="s3:*", Resource="*"))
        iam.iam.attach_user_policy(UserName="ann", PolicyArn=arn["Policy"]["Arn"])


def test_an_earlier_time_never_takes_the_place_of_a_later_one(house: House, iam: IamAccount) -> None:
    keys = iam.user()
    iam.contain(keys[:1], NOON + 5 * MINUTE, deny_all=False)
    ended(house, asked())
    revoked = iam.revoked(ANN)
    assert revoked is not None
    assert revoked["Condition"]["DateLessThan"]["aws:TokenIssueTime"] == stamp(NOON + 5 * MINUTE)
    assert revoked["Sid"] == f"keys{'and'.join(keys)}withAWSDenyAll"


def test_quarantine_that_aws_has_attached_is_no_containment_and_stays(house: House, iam: IamAccount) -> None:
    iam.user()
    iam.iam.attach_user_policy(UserName="ann", PolicyArn=QUARANTINE)
    ended(house, iam.finding(NOON, "IAMUser", "ann"))
    assert sorted(iam.attached()) == sorted([QUARANTINE, DENY_ALL])


def test_a_failure_later_on_lets_nobody_out(house: House, iam: IamAccount) -> None:
    iam.user()
    iam.refuses["update_access_key"] = "AccessDenied"
    run = ended(house, iam.finding(NOON, "IAMUser", "ann"))
    assert run.outcome == "escalated"
    assert iam.attached() == [DENY_ALL] and iam.revoked(ANN) is not None


def test_a_key_that_is_made_meanwhile_is_a_persons_turn_and_lets_nobody_out(house: House, iam: IamAccount) -> None:
    (old,) = iam.user(keys=1)
    iam.then["put_user_policy"] = lambda: iam.iam.create_access_key(UserName="ann")
    assert ended(house, iam.finding(NOON, "IAMUser", "ann")).outcome == "escalated"
    statuses = {
        key["AccessKeyId"]: key["Status"] for key in iam.iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]
    }
    assert statuses.pop(old) == "Inactive" and list(statuses.values()) == ["Active"]
    assert iam.attached() == [DENY_ALL]


def test_no_single_person_takes_it_back(house: House, iam: IamAccount) -> None:
    iam.user()
    run = ended(house, iam.finding(NOON, "IAMUser", "ann"))
    request = {"undo": {"incident": run.incident, "run": run.id}, "reason": "x", "requested_by": "ada", "mode": "act"}
    assert declined(house, request).startswith("nothing_to_undo")
    assert iam.attached() == [DENY_ALL]


def test_a_finding_that_is_sent_again_is_answered_once(house: House, iam: IamAccount, clock: FakeClock) -> None:
    iam.user()
    ended(house, iam.finding(NOON, "IAMUser", "ann"))
    clock.move(timedelta(hours=2))
    assert declined(house, iam.finding(clock.now(), "IAMUser", "ann")).startswith("already_contained")


def test_old_news_of_a_released_user_do_not_contain_it_again_and_new_ones_do(
    house: House, iam: IamAccount, clock: FakeClock
) -> None:
    keys = iam.user()
    iam.contain(keys, NOON - timedelta(hours=1))
    for key in keys:
        iam.iam.update_access_key(UserName="ann", AccessKeyId=key, Status="Active")
    old = iam.finding(NOON, "IAMUser", "ann", service__eventLastSeen=stamp(NOON - 61 * MINUTE))
    assert declined(house, old).startswith("answered_before")
    clock.move(MINUTE)
    assert ended(house, iam.finding(clock.now(), "IAMUser", "ann")).outcome == "recovered"


def test_a_role_is_revoked_anew_only_for_what_came_after(house: House, iam: IamAccount, clock: FakeClock) -> None:
    iam.role()
    ended(house, iam.finding(NOON, "Role", "web"))
    clock.move(timedelta(hours=1))
    old = iam.finding(clock.now(), "Role", "web", service__eventLastSeen=stamp(NOON - MINUTE))
    assert declined(house, old).startswith("answered_before")
    clock.move(MINUTE)
    again = clock.now()
    assert ended(house, iam.finding(again, "Role", "web")).outcome == "recovered"
    revoked = iam.revoked(WEB)
    assert revoked is not None
    assert revoked["Condition"]["DateLessThan"]["aws:TokenIssueTime"] == stamp(again)


def tagged(**tags: str) -> Callable[[IamAccount], Any]:
    return lambda iam: iam.user("ann", **tags)


def a_role(name: str, path: str = "/") -> Callable[[IamAccount], Any]:
    return lambda iam: iam.role(name, path=path)


PROTECTED: dict[str, tuple[Callable[[IamAccount], Any], str, str]] = {
    "tag break-glass": (tagged(break_glass=""), ANN, "break_glass"),
    "path break-glass": (lambda iam: iam.user("ann", path="/break-glass/"), ANN, "break_glass"),
    "never": (tagged(mode="never"), ANN, "never_contained"),
    "Identity Center": (a_role("AWSReservedSSO_Admin_1"), f"{IAM}:role/AWSReservedSSO_Admin_1", "single_sign_on_role"),
    "service-linked": (a_role("AWSX", "/aws-service-role/x/"), f"{IAM}:role/AWSX", "service_linked_role"),
    "ours": (a_role("FirstResponder-toy-A1"), f"{IAM}:role/FirstResponder-toy-A1", "own_role"),
    "cdk": (a_role("cdk-hnb659fds-deploy-role"), f"{IAM}:role/cdk-hnb659fds-deploy-role", "deployment_role"),
    "organization": (
        a_role("OrganizationAccountAccessRole"), f"{IAM}:role/OrganizationAccountAccessRole", "organization_role",
    ),
    "somebody's policy": (
        lambda iam: (iam.role(), iam.iam.put_role_policy(
            RoleName="web", PolicyName="AWSRevokeOlderSessions", PolicyDocument=statement(Action="s3:*", Resource="*")
        )), WEB, "policy_name_taken",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PROTECTED)
def test_who_is_protected_is_declined_with_its_own_code_and_a_person_called(
    house: House, iam: IamAccount, case: str
) -> None:
    make, target, code = PROTECTED[case]
    make(iam)
    kind, name = target.partition(f"{IAM}:")[2].split("/")
    event = iam.finding(NOON, "IAMUser" if kind == "user" else "AssumedRole", name)
    assert declined(house, event).split(":")[0] == code
    assert house.store.entries[-1].call_person
    assert iam.revoked(target) is None or code == "policy_name_taken"


@pytest.mark.parametrize(
    "over",
    [
        {"title": "[SAMPLE] Credentials"},
        {"service__additionalInfo__sample": True},
        {"service__additionalInfo__value": '{"sample": true}'},
        {"resource__accessKeyDetails__accessKeyId": "GeneratedFindingAccessKeyId"},
        {"resource__accessKeyDetails__userName": "GeneratedFindingUserName"},
    ],
)
def test_a_sample_never_acts(house: House, iam: IamAccount, over: dict[str, Any]) -> None:
    iam.user()
    iam.user("GeneratedFindingUserName", keys=1)
    assert declined(house, iam.finding(NOON, "IAMUser", "ann", **over)).startswith("sample_finding")


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "another account's": ({"accountId": "999999999999"}, "other_account"),
    "another principal's": ({"resource__accessKeyDetails__principalId": "AIDAOTHER"}, "other_principal"),
    "root": ({"resource__accessKeyDetails__userType": "Root"}, "root_user"),
    "federated": ({"resource__accessKeyDetails__userType": "FederatedUser"}, "federated_user"),
    "of no known type": ({"resource__accessKeyDetails__userType": "Directory"}, "unknown_principal"),
    "of no type": ({"resource": {"resourceType": "AccessKey"}}, "unknown_principal"),
    "root is used": ({"type": "Policy:IAMUser/RootCredentialUsage", "severity": 2}, "root_user"),
}


@pytest.mark.parametrize("case", UNFIT)
def test_who_cannot_be_contained_by_name_is_told_to_a_person(house: House, iam: IamAccount, case: str) -> None:
    iam.user()
    over, code = UNFIT[case]
    assert declined(house, iam.finding(NOON, "IAMUser", "ann", **over)).split(":")[0] == code
    assert house.store.entries[-1].call_person and iam.statuses() == ["Active", "Active"]


def test_the_principal_of_the_finding_is_the_one_of_that_name(house: House, iam: IamAccount) -> None:
    iam.role()
    session = f"{iam.id_of(WEB)}:i-0123456789abcdef0"
    event = iam.finding(NOON, "AssumedRole", "web", resource__accessKeyDetails__principalId=session)
    assert ended(house, event).outcome == "recovered"


@pytest.mark.parametrize("of", ["IAM/CompromisedCredentials", "S3/CompromisedData", "EC2/CompromisedInstanceGroup"])
def test_an_attack_sequence_names_all_footholds_to_a_person(house: House, iam: IamAccount, of: str) -> None:
    actors = [
        {"id": "1", "user": {"name": "ann", "type": "IAMUser"}},
        {"id": "2", "user": {"name": "web", "type": "AssumedRole"}},
    ]
    over = {"type": f"AttackSequence:{of}", "resource": {"resourceType": "AttackSequence"}}
    bucket = {"uid": "arn:aws:s3:::invoices", "resourceType": "S3_BUCKET"}
    sequence = {"actors": actors, "resources": [bucket]}
    text = declined(house, iam.finding(NOON, "", "", **over, service__detection={"sequence": sequence}))
    assert text.startswith("attack_sequence") and ANN in text and WEB in text and "arn:aws:s3:::invoices" in text
    assert house.store.entries[-1].call_person


@pytest.mark.parametrize("purpose", ["Exfiltration", "Impact", "UnauthorizedAccess"])
def test_who_takes_data_out_of_s3_is_contained_after_a_person_agreed(
    house: House, iam: IamAccount, purpose: str
) -> None:
    iam.user()
    over = {"type": f"{purpose}:S3/AnomalousBehavior", "resource__resourceType": "S3Bucket"}
    event = iam.finding(NOON, "IAMUser", "ann", severity=8, **over)
    assert house.run(house.follow(house.deliver(approved(house, event)))).outcome == "recovered"
    assert iam.statuses() == ["Inactive", "Inactive"]


@pytest.mark.parametrize("name", ["ann@example.org", "a+b=c,d", "_x-y.z"])
def test_every_character_that_iam_allows_in_a_name_is_understood(house: House, iam: IamAccount, name: str) -> None:
    iam.user(name, keys=1)
    assert ended(house, iam.finding(NOON, "IAMUser", name)).outcome == "recovered"
    assert iam.statuses(name) == ["Inactive"]


@pytest.mark.parametrize("wrong", [{"severity": "high"}, {"severity": None}])
def test_a_severity_that_is_no_number_starts_nothing(house: House, iam: IamAccount, wrong: dict[str, Any]) -> None:
    iam.user()
    assert declined(house, iam.finding(NOON, "IAMUser", "ann", **wrong)).startswith("no_trigger")


@pytest.mark.parametrize("name", ["", ["ann"], {"a": "ann"}])
def test_a_name_that_is_none_is_nobody(house: House, iam: IamAccount, name: Any) -> None:
    iam.user()
    event = iam.finding(NOON, "IAMUser", "ann", resource__accessKeyDetails__userName=name)
    assert declined(house, event).startswith("target_not_found") and iam.statuses() == ["Active", "Active"]


def test_the_owner_of_an_exposed_key_is_named_whatever_the_shape_of_the_event(house: House, iam: IamAccount) -> None:
    (key,) = iam.user(keys=1)
    text = declined(house, health({"affectedEntities": [{"entityValue": key}]}))
    assert text.startswith("exposed_key") and f"{key} of {ANN}" in text and iam.statuses() == ["Active"]
    other = health({"eventDescription": [{"latestDescription": f"The key {key} and AKIAIOSFODNN7EXAMPLE"}]}, "2")
    assert f"{key} of {ANN}" in declined(house, other)
    assert "AKIAIOSFODNN7EXAMPLE is nobody's" in declined(
        house, {**other, "detail": {**other["detail"], "eventArn": "3"}}
    )
    assert "no access key could be read" in declined(house, health({}, "4"))


def health(said: dict[str, Any], name: str = "1") -> dict[str, Any]:
    detail = {"service": "RISK", "eventTypeCode": "AWS_RISK_CREDENTIALS_EXPOSED", "eventArn": name, **said}
    return {
        "version": "0", "id": name, "detail-type": "AWS Health Event", "source": "aws.health", "account": ACCOUNT,
        "time": stamp(NOON), "region": REGION, "resources": [], "detail": detail,
    }  # fmt: skip


def test_what_the_security_team_has_archived_is_left_alone(house: House, iam: IamAccount) -> None:
    iam.user()
    event = iam.finding(NOON, "IAMUser", "ann")
    iam.findings[FINDING]["Service"]["Archived"] = True
    assert declined(house, event).startswith("condition_cleared")


def test_what_guardduty_does_not_confirm_is_nobodys_doing(house: House, iam: IamAccount) -> None:
    iam.user()
    iam.user("bob")
    event = iam.finding(NOON, "IAMUser", "bob")
    event["detail"]["resource"]["accessKeyDetails"]["userName"] = "ann"
    assert declined(house, event).startswith("finding_not_confirmed")
    iam.findings.clear()
    assert declined(house, {**event, "detail": {**event["detail"], "id": "f" * 32}}).startswith("finding_not_confirmed")
    assert iam.statuses() == ["Active", "Active"]


def test_what_cannot_be_read_stops_it(house: House, iam: IamAccount) -> None:
    iam.user()
    iam.refuses["list_access_keys"] = "AccessDenied"
    assert declined(house, iam.finding(NOON, "IAMUser", "ann")).startswith("cannot_read")


def test_full_of_policies_and_shut_otherwise_is_a_persons_turn(house: House, iam: IamAccount) -> None:
    keys = iam.user()
    fill_up(iam)
    iam.contain(keys, NOON + MINUTE, deny_all=False)
    assert declined(house, asked()).startswith("no_room_for_denial")


def test_a_strangers_name_changes_no_arn(house: House, iam: IamAccount) -> None:
    iam.user()
    assert declined(house, iam.finding(NOON, "IAMUser", "x/ann")).startswith("target_not_found")


@contextmanager
def a_user_is_contained() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    with iam_account(clock) as iam:
        iam.user(keys=1)
        yield in_memory(ContainIamPrincipal(), iam, clock), iam.finding(NOON, "IAMUser", "ann")


@contextmanager
def a_role_is_contained_after_an_approval() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    with iam_account(clock) as iam:
        iam.role()
        house = in_memory(ContainIamPrincipal(), iam, clock)
        yield house, approved(house, iam.finding(NOON, "AssumedRole", "web", severity=8))


SCENES = {scene.__name__: scene for scene in (a_user_is_contained, a_role_is_contained_after_an_approval)}

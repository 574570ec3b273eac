"""The doors to trackers: Jira through the real client over the loopback, OpsCenter through boto3's, and the fake keep one promise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from drills.people_standin.jira import EMAIL, TOKEN, Jira
from functions.adapters import json_http
from functions.adapters.clock import FakeClock
from functions.adapters.jira_issues import SECRET_FIELDS, JiraIssues, Project
from functions.adapters.json_http import HttpRefused, JsonHttp
from functions.adapters.json_secret import JsonSecret
from functions.adapters.memory_tracker import MemoryTracker
from functions.adapters.ops_items import OpsItems
from functions.adapters.stored_secret import StoredSecret
from functions.core.errors import InvalidSetting
from functions.core.incident.incident import Severity
from functions.core.incident.tracker import Draft, Ticket, Tracker
from tests.lifecycle.lines import HOSTILE
from tests.ops_items_account import OpsItemsAccount

PLAIN = "".join(char if char.isprintable() else " " for char in HOSTILE)
FACTS = {"Incident": "INC-1 (P2)", "What": PLAIN}


def a_draft(key: str = "INC-1", parent: Ticket | None = None, **over: Any) -> Draft:
    return Draft(**{"key": key, "incident": "INC-1", "severity": Severity.P2, "title": PLAIN, "facts": FACTS, "parent": parent, **over})  # fmt: skip


@pytest.fixture
def site() -> Iterator[Jira]:
    jira = Jira("OPS", "SEC")
    yield jira
    jira.close()


@pytest.fixture
def secrets(aws_account: None) -> Any:
    client = boto3.client("secretsmanager")
    client.create_secret(Name="jira", SecretString=json.dumps({"email": EMAIL, "token": TOKEN}))
    return client


@pytest.fixture
def jira(site: Jira, secrets: Any, clock: FakeClock) -> JiraIssues:
    secret = JsonSecret(StoredSecret(secrets, "jira", clock), "the secret of Jira", SECRET_FIELDS)
    project = Project(url=site.address, key="OPS", issue_type="Task", done="Done")
    return JiraIssues(JsonHttp("Jira", site.address), secret, project)


@pytest.fixture
def account() -> OpsItemsAccount:
    return OpsItemsAccount()


@pytest.fixture
def ops_items(account: OpsItemsAccount) -> OpsItems:
    return OpsItems(account.ssm)


@pytest.fixture(params=["jira", "ops_items", "memory"])
def tracker(request: pytest.FixtureRequest) -> Tracker:
    found: Tracker = MemoryTracker() if request.param == "memory" else request.getfixturevalue(request.param)
    return found


def test_a_ticket_is_found_by_our_key_of_it_alone(tracker: Tracker) -> None:
    assert tracker.find("INC-1") is None
    made = tracker.create(a_draft())
    assert tracker.find("INC-1") == made
    assert tracker.find("INC-2") is None
    assert tracker.create(a_draft("INC-2")) != made


def test_a_ticket_that_is_closed_is_still_found(tracker: Tracker) -> None:
    made = tracker.create(a_draft())
    assert tracker.close(made) is True
    assert tracker.find("INC-1") == made


def test_all_that_is_done_to_a_ticket_may_be_done_again(tracker: Tracker) -> None:
    made = tracker.create(a_draft())
    for _ in range(2):
        tracker.rate(made, Severity.P1)
        tracker.note(made, "1" * 32, "resolved", PLAIN)
        assert tracker.close(made) is True


def test_jira_has_one_issue_with_its_labels_and_its_texts_as_they_are(jira: JiraIssues, site: Jira) -> None:
    parent = jira.create(a_draft())
    child = jira.create(a_draft("2" * 32, parent))
    assert (child.key, child.url) == ("OPS-2", f"{site.address}/browse/OPS-2")
    issue = site.issues["OPS-2"]
    assert issue.labels == ["first-responder", f"first-responder-{'2' * 32}", "incident-INC-1", "severity-p2"]
    assert issue.fields["summary"] == PLAIN
    bold = {"type": "text", "text": "What: ", "marks": [{"type": "strong"}]}
    what = {"type": "paragraph", "content": [bold, {"type": "text", "text": PLAIN}]}
    assert issue.fields["description"]["content"][1] == what
    link = issue.fields["description"]["content"][2]["content"][1]
    assert link == {"type": "text", "text": "OPS-1", "marks": [{"type": "link", "attrs": {"href": parent.url}}]}


def test_jira_keeps_the_labels_of_people_when_the_severity_changes(jira: JiraIssues, site: Jira) -> None:
    made = jira.create(a_draft())
    site.issues["OPS-1"].labels.append("theirs")
    jira.rate(made, Severity.P1)
    assert set(site.issues["OPS-1"].labels) >= {"theirs", "severity-p1"}
    assert "severity-p2" not in site.issues["OPS-1"].labels


def test_jira_gets_one_comment_for_a_key_even_if_the_answer_was_lost(jira: JiraIssues, site: Jira) -> None:
    made = jira.create(a_draft())
    site.orders.append(("comment", "lost"))
    with pytest.raises(OSError):
        jira.note(made, "1" * 32, "resolved", PLAIN)
    jira.note(made, "1" * 32, "resolved", PLAIN)
    jira.note(made, "2" * 32, "reviewed", PLAIN)
    first, second = site.issues["OPS-1"].comments
    assert first["body"]["content"][0]["content"][1] == {"type": "text", "text": PLAIN}
    assert second["body"]["content"][1]["content"] == [{"type": "text", "text": f"First Responder {'2' * 32}"}]


def test_peoples_comments_are_not_taken_for_ours(jira: JiraIssues, site: Jira) -> None:
    made = jira.create(a_draft())
    rule = {"type": "rule"}
    bodies: list[Any] = ["plain", None, {}, {"type": "doc", "content": [rule]}, {"type": "doc", "content": []}]
    site.issues["OPS-1"].comments += [{"body": body} for body in bodies]
    jira.note(made, "1" * 32, "resolved", PLAIN)
    assert len(site.issues["OPS-1"].comments) == 6


def test_jira_closes_by_the_status_that_the_project_names(jira: JiraIssues, site: Jira) -> None:
    site.statuses = {"10": ("To Do", "new"), "25": ("Won't do", "done"), "30": ("done", "done")}
    assert jira.close(jira.create(a_draft())) is True
    assert site.issues["OPS-1"].status == "30"


def test_jira_closes_by_the_only_end_whatever_it_is_called(jira: JiraIssues, site: Jira) -> None:
    site.statuses = {"10": ("To Do", "new"), "30": ("Fertig", "done")}
    assert jira.close(jira.create(a_draft())) is True
    assert site.issues["OPS-1"].status == "30"


@pytest.mark.parametrize("ends", [{}, {"25": ("Won't do", "done"), "30": ("Fertig", "done")}])
def test_jira_guesses_no_end(jira: JiraIssues, site: Jira, ends: dict[str, tuple[str, str]]) -> None:
    site.statuses = {"10": ("To Do", "new"), **ends}
    assert jira.close(jira.create(a_draft())) is False
    assert site.issues["OPS-1"].status == "10"


def test_jira_leaves_alone_what_people_have_ended_otherwise(jira: JiraIssues, site: Jira) -> None:
    made = jira.create(a_draft())
    site.statuses["40"] = ("Won't do", "done")
    site.issues["OPS-1"].status = "40"
    assert jira.close(made) is True
    assert (site.issues["OPS-1"].status, site.count("transition")) == ("40", 0)


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("limited", "Jira has answered 429: .*; to be asked again after 30"),
        ("broken", "Jira has answered 500"),
        ("garbled", "Jira has answered 200: no JSON object"),
        ("bad", "Jira has answered 400: .*no such field"),
        ("moved", "Jira has answered 302"),
    ],
)
def test_trouble_of_jira_is_raised_and_nothing_is_tried_twice(
    jira: JiraIssues, site: Jira, what: str, text: str
) -> None:
    site.orders.append(("create", what))
    with pytest.raises(HttpRefused, match=text):
        jira.create(a_draft())
    assert (len(site.calls), site.issues) == (1, {})


def test_jira_says_what_is_wrong_with_our_own_request(site: Jira, secrets: Any, clock: FakeClock) -> None:
    secret = JsonSecret(StoredSecret(secrets, "jira", clock), "the secret of Jira", SECRET_FIELDS)
    project = Project(url=site.address, key="NONE", issue_type="Task", done="Done")
    with pytest.raises(HttpRefused, match=r"Jira has answered 400: .*valid project is required"):
        JiraIssues(JsonHttp("Jira", site.address), secret, project).create(a_draft())


def test_an_issue_that_was_deleted_is_an_error(jira: JiraIssues) -> None:
    with pytest.raises(HttpRefused, match="Jira has answered 404"):
        jira.rate(Ticket(key="OPS-9", url=""), Severity.P1)


def test_jira_is_not_waited_for(jira: JiraIssues, site: Jira, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_http, "_TIMEOUT", 0.1)
    site.orders.append(("create", "hang"))
    with pytest.raises(OSError, match="timed out"):
        jira.create(a_draft())


def test_an_issue_whose_answer_was_lost_is_found(jira: JiraIssues, site: Jira) -> None:
    site.orders.append(("create", "lost"))
    with pytest.raises(OSError):
        jira.create(a_draft())
    assert jira.find("INC-1") == Ticket(key="OPS-1", url=f"{site.address}/browse/OPS-1")


def test_a_token_that_was_replaced_is_taken_up(jira: JiraIssues, site: Jira, secrets: Any, clock: FakeClock) -> None:
    jira.create(a_draft())
    site.tokens = {"new"}
    secrets.put_secret_value(SecretId="jira", SecretString=json.dumps({"email": EMAIL, "token": "new"}))
    clock.move(timedelta(minutes=2))
    jira.create(a_draft("INC-2"))
    assert list(site.issues) == ["OPS-1", "OPS-2"]


def test_a_token_that_is_void_is_an_error(jira: JiraIssues, site: Jira) -> None:
    site.tokens = set()
    with pytest.raises(HttpRefused, match="Jira has answered 401") as raised:
        jira.create(a_draft())
    assert TOKEN not in str(raised.value)
    assert len(site.calls) == 1


@pytest.mark.parametrize("value", ["{}", '{"email": "a@b.c"}', '{"email": "a@b.c", "token": "x\\ny"}'])
def test_a_secret_of_jira_that_is_none_is_an_error(jira: JiraIssues, secrets: Any, value: str) -> None:
    secrets.put_secret_value(SecretId="jira", SecretString=value)
    with pytest.raises(InvalidSetting, match="the secret of Jira is"):
        jira.create(a_draft())


def test_an_ops_item_has_strangers_words_where_markdown_leaves_them_alone(
    ops_items: OpsItems, account: OpsItemsAccount
) -> None:
    parent = ops_items.create(a_draft())
    child = ops_items.create(a_draft("2" * 32, parent))
    item = account.items[child.key]
    assert item["Description"] == f"**Incident**\n\n    INC-1 (P2)\n\n**What**\n\n    {PLAIN}"
    assert (item["Title"], item["Severity"], item["Source"]) == (PLAIN, "2", "First Responder")
    assert item["RelatedOpsItems"] == [{"OpsItemId": parent.key}]
    assert child.url == (
        f"https://eu-west-1.console.aws.amazon.com/systems-manager/opsitems/{child.key}?region=eu-west-1"
    )


def test_a_fact_for_which_an_ops_item_has_no_room_is_left_out_whole(
    ops_items: OpsItems, account: OpsItemsAccount
) -> None:
    made = ops_items.create(a_draft(facts={"Incident": "INC-1", "What": "x" * 1900, "Target": "y" * 250}))
    text = account.items[made.key]["Description"]
    assert len(text) <= 2048 and "x" * 1900 in text and "yy" not in text


def test_the_console_of_china_has_its_own_address() -> None:
    made = OpsItems(OpsItemsAccount("cn-north-1").ssm).create(a_draft())
    assert made.url.startswith("https://cn-north-1.console.amazonaws.cn/systems-manager/opsitems/oi-")


def test_aws_makes_no_second_ops_item_while_the_first_is_open(ops_items: OpsItems, account: OpsItemsAccount) -> None:
    assert ops_items.create(a_draft()) == ops_items.create(a_draft())
    assert len(account.items) == 1


def test_an_ops_item_is_rated_noted_and_resolved(ops_items: OpsItems, account: OpsItemsAccount) -> None:
    made = ops_items.create(a_draft())
    ops_items.rate(made, Severity.P1)
    ops_items.note(made, "1" * 32, "severity", PLAIN)
    ops_items.close(made)
    item = account.items[made.key]
    assert (item["Severity"], item["Status"]) == ("1", "Resolved")
    assert item["OperationalData"]["first-responder-severity"] == {"Value": PLAIN, "Type": "String"}
    assert item["OperationalData"]["first-responder"] == {"Value": "INC-1", "Type": "SearchableString"}


def test_an_ops_item_that_aws_refuses_is_an_error(ops_items: OpsItems, account: OpsItemsAccount) -> None:
    account.orders.append(("CreateOpsItem", "OpsItemLimitExceededException"))
    with pytest.raises(ClientError, match="OpsItemLimitExceededException"):
        ops_items.create(a_draft())


def test_the_calls_of_ops_items_are_those_that_are_granted(ops_items: OpsItems, account: OpsItemsAccount) -> None:
    made = ops_items.create(a_draft())
    ops_items.find("INC-1")
    ops_items.rate(made, Severity.P1)
    called = {f"ssm:{operation}" for operation, _ in account.calls}
    assert called == {allow.action for allow in OpsItems.PERMISSIONS}

"""Jira Cloud's REST API v3 on the loopback (developer.atlassian.com/cloud/jira/platform/rest/v3), as far as First Responder uses it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from drills.people_standin.loopback import Loopback, Said

EMAIL, TOKEN = "responder@example.org", "stand-in-token"
_API = "/rest/api/3"
_ISSUE = rf"{_API}/issue/([A-Z]+-\d+)"
_JQL = re.compile(r'project = "([A-Z]+)" AND labels = "([^"\s]+)" ORDER BY created ASC')
_SUMMARY = 255


class No(Exception):
    """A request that Jira does not take: 400, with this word for why."""


@dataclass
class Issue:
    """One that was created. `status` is the id of one of the site's."""

    key: str
    fields: Said
    labels: list[str]
    status: str = "10"
    comments: list[Said] = field(default_factory=list)


class Jira(Loopback):
    """A site with projects. `statuses` are (name, category) by id; each can be gone to from each by the transition of its id."""

    routes = (
        ("search", "POST", f"{_API}/search/jql", "search"),
        ("create", "POST", f"{_API}/issue", "create"),
        ("edit", "PUT", _ISSUE, "edit"),
        ("read", "GET", _ISSUE, "read"),
        ("comments", "GET", f"{_ISSUE}/comment", "comments"),
        ("comment", "POST", f"{_ISSUE}/comment", "comment"),
        ("transitions", "GET", f"{_ISSUE}/transitions", "transitions"),
        ("transition", "POST", f"{_ISSUE}/transitions", "transition"),
    )

    def __init__(self, *projects: str) -> None:
        self.projects, self.issue_types, self.tokens = set(projects), {"Task", "Incident"}, {TOKEN}
        self.statuses = {"10": ("To Do", "new"), "20": ("In Progress", "indeterminate"), "30": ("Done", "done")}
        self.issues: dict[str, Issue] = {}
        super().__init__()

    def allows(self, headers: Mapping[str, str]) -> bool:
        wanted = {f"Basic {b64encode(f'{EMAIL}:{token}'.encode()).decode()}" for token in self.tokens}
        return headers.get("Authorization") in wanted

    def answer(self, method: str, address: str, headers: Mapping[str, str], said: Said) -> tuple[int, str] | None:
        try:
            return super().answer(method, address, headers, said)
        except No as no:
            return 400, f'{{"errorMessages": ["{no}"], "errors": {{}}}}'
        except KeyError:
            return 404, '{"errorMessages": ["Issue does not exist or you do not have permission to see it."]}'

    def search(self, asked: Said) -> tuple[int, Said]:
        found = _JQL.fullmatch(asked["jql"])
        if found is None:
            raise No("Error in the JQL Query")
        project, label = found.groups()
        issues = [one for one in self.issues.values() if one.key.startswith(f"{project}-") and label in one.labels]
        return 200, {
            "issues": [{"id": one.key, "key": one.key} for one in issues[: asked["maxResults"]]],
            "isLast": True,
        }

    def create(self, asked: Said) -> tuple[int, Said]:
        fields = asked["fields"]
        project, summary = fields["project"]["key"], fields["summary"]
        if project not in self.projects:
            raise No("valid project is required")
        if fields["issuetype"]["name"] not in self.issue_types:
            raise No("Specify a valid issue type")
        if not summary.strip() or "\n" in summary or len(summary) > _SUMMARY:
            raise No("Summary must be one line of at most 255 characters")
        _check(fields["description"])
        key = f"{project}-{len(self.issues) + 1}"
        self.issues[key] = Issue(key, fields, _labels(fields["labels"]))
        return 201, {"id": key, "key": key}

    def edit(self, key: str, asked: Said) -> tuple[int, None]:
        issue = self.issues[key]
        for step in asked["update"]["labels"]:
            issue.labels = [label for label in issue.labels if label not in step.values()]
            issue.labels += _labels([step["add"]]) if "add" in step else []
        return 204, None

    def read(self, key: str, asked: Said) -> tuple[int, Said]:
        return 200, {"key": key, "fields": {"status": self._status(self.issues[key].status)}}

    def comments(self, key: str, asked: Said) -> tuple[int, Said]:
        newest_first = self.issues[key].comments[::-1]
        assert asked["orderBy"] == "-created"
        return 200, {"comments": newest_first[: int(asked["maxResults"])]}

    def comment(self, key: str, asked: Said) -> tuple[int, Said]:
        _check(asked["body"])
        self.issues[key].comments.append({"body": asked["body"]})
        return 201, {"id": str(len(self.issues[key].comments))}

    def transitions(self, key: str, asked: Said) -> tuple[int, Said]:
        here = self.issues[key].status
        return 200, {"transitions": [{"id": one, "to": self._status(one)} for one in self.statuses if one != here]}

    def transition(self, key: str, asked: Said) -> tuple[int, None]:
        wanted = asked["transition"]["id"]
        if wanted not in self.statuses:
            raise No("It is not on the appropriate workflow")
        self.issues[key].status = wanted
        return 204, None

    def _status(self, which: str) -> Said:
        name, category = self.statuses[which]
        return {"name": name, "statusCategory": {"key": category}}


def _labels(labels: list[str]) -> list[str]:
    if any(not label or re.search(r"\s", label) for label in labels):
        raise No("The label contains spaces which is invalid")
    return list(labels)


def _check(document: Any) -> None:
    """Atlassian's document format, as far as it is used: paragraphs of texts that are not empty, bold or links."""
    if (document.get("type"), document.get("version")) != ("doc", 1) or not document.get("content"):
        raise No("Operation value must be an Atlassian Document")
    for paragraph in document["content"]:
        texts = paragraph.get("content", [])
        marks = {mark["type"] for text in texts for mark in text.get("marks", [])}
        fits = paragraph["type"] == "paragraph" and all(text["type"] == "text" and text["text"] for text in texts)
        if not fits or not marks <= {"strong", "link"}:
            raise No("INVALID_INPUT")

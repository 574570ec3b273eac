"""Jira Cloud, by its REST API v3 (developer.atlassian.com/cloud/jira/platform/rest/v3). An issue is found again by a label of ours,
a comment by its last line.

The account needs the project permissions Browse, Create Issues, Edit Issues, Add Comments and Transition Issues, and the project's
screens need the field Labels. The severity is a label, because sites name their priorities as they like.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.adapters.atlassian_document import document, fact, last_line, line, reference
from functions.adapters.json_http import JsonHttp
from functions.adapters.json_secret import JsonSecret
from functions.core.incident.incident import Severity
from functions.core.incident.tracker import Draft, Ticket

SECRET_FIELDS = ("email", "token")
_API = "/rest/api/3"
_VOID = (401, 403)
_SUMMARY = 255
_LATEST = 50
"""How many comments are looked through for one that was perhaps written a few minutes ago."""
_DONE = "done"
"""The key of the status category; the names of statuses are the site's own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """Where issues are made. `url` is the site's, without a slash at its end; `done` names the status that they end in, where
    the workflow has several that count as done."""

    url: str
    key: str
    issue_type: str
    done: str


class JiraIssues:
    """The core's `Tracker`."""

    def __init__(self, http: JsonHttp, secret: JsonSecret, project: Project) -> None:
        self._http, self._secret, self._project = http, secret, project

    def find(self, key: str) -> Ticket | None:
        """See `Tracker.find`. Jira's search is a few seconds behind; the queue gives a line again after minutes."""
        jql = f"project = {json.dumps(self._project.key)} AND labels = {json.dumps(_label(key))} ORDER BY created ASC"
        found = self._ask("POST", "/search/jql", {"jql": jql, "maxResults": 1, "fields": ["labels"]})
        return self._ticket(found["issues"][0]) if found.get("issues") else None

    def create(self, draft: Draft) -> Ticket:
        """See `Tracker.create`."""
        paragraphs = [fact(name, text) for name, text in draft.facts.items()]
        parent = [reference("Incident", draft.parent.key, draft.parent.url)] if draft.parent else []
        fields = {
            "project": {"key": self._project.key},
            "issuetype": {"name": self._project.issue_type},
            "summary": draft.title[:_SUMMARY],
            "description": document(*paragraphs, *parent),
            "labels": ["first-responder", _label(draft.key), _of(draft.incident), _rated(draft.severity)],
        }
        return self._ticket(self._ask("POST", "/issue", {"fields": fields}))

    def rate(self, ticket: Ticket, severity: Severity) -> None:
        """See `Tracker.rate`. Labels that people have added stay."""
        others = [{"remove": _rated(other)} for other in Severity if other is not severity]
        self._ask("PUT", f"/issue/{ticket.key}", {"update": {"labels": [*others, {"add": _rated(severity)}]}})

    def note(self, ticket: Ticket, key: str, topic: str, text: str) -> None:
        """See `Tracker.note`."""
        path, mark = f"/issue/{ticket.key}/comment", f"First Responder {key}"
        latest = self._ask("GET", f"{path}?orderBy=-created&maxResults={_LATEST}")
        if not any(last_line(comment.get("body")) == mark for comment in latest.get("comments", [])):
            self._ask("POST", path, {"body": document(fact(topic, text), line(mark))})

    def close(self, ticket: Ticket) -> bool:
        """See `Tracker.close`. Of several ends the one that the project names; none is guessed."""
        issue = self._ask("GET", f"/issue/{ticket.key}?fields=status")
        if _is_done(issue["fields"]["status"]):
            return True
        offered = self._ask("GET", f"/issue/{ticket.key}/transitions").get("transitions", [])
        ends = [one for one in offered if _is_done(one["to"])]
        named = [one for one in ends if one["to"]["name"].casefold() == self._project.done.casefold()]
        chosen = named[:1] or (ends if len(ends) == 1 else [])
        if chosen:
            self._ask("POST", f"/issue/{ticket.key}/transitions", {"transition": {"id": chosen[0]["id"]}})
        return bool(chosen)

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        def call(secret: Mapping[str, str]) -> dict[str, Any]:
            basic = b64encode(f"{secret['email']}:{secret['token']}".encode()).decode()
            headers = {"Authorization": f"Basic {basic}"}
            return self._http.ask(method, f"{_API}{path}", body, headers=headers, secret=secret["token"])

        return self._secret.use(call, _VOID)

    def _ticket(self, issue: Mapping[str, Any]) -> Ticket:
        key = str(issue["key"])
        return Ticket(key=key, url=f"{self._project.url}/browse/{key}")


def _is_done(status: Mapping[str, Any]) -> bool:
    return bool(status["statusCategory"]["key"] == _DONE)


def _label(key: str) -> str:
    """Of one issue alone."""
    return f"first-responder-{key}"


def _of(incident: str) -> str:
    """Of all issues that an incident has led to."""
    return f"incident-{incident}"


def _rated(severity: Severity) -> str:
    return f"severity-{severity.lower()}"

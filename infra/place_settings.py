"""The owner's word on the places that are only there where they are wanted, checked like infra/settings.py."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.adapters import pagerduty_events
from functions.adapters.json_http import read_base
from functions.core.errors import InvalidSetting
from functions.core.incident.incident import Severity
from functions.core.policy import TAG_PREFIX
from functions.core.remediation import Audience

_ALL = tuple(severity.value for severity in Severity)
_URGENT = ("P1", "P2")
_SECRET = re.compile(
    r"[A-Za-z0-9/_+=.@-]{1,512}|arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}-[A-Za-z0-9]{6}"
)
_PROJECT = re.compile(r"[A-Z][A-Z0-9_]{1,9}")
_JIRA, _OPSCENTER = "jira", "opscenter"
_OF_PAGERDUTY = ("secret", "security-secret", "severities", "url")
_OF_OPSCENTER = ("system", "severities")
_OF_JIRA = (*_OF_OPSCENTER, "url", "project", "security-project", "secret", "issue-type", "done")


@dataclass(frozen=True, kw_only=True, slots=True)
class PagerDutySettings:
    """`secrets` by audience, each by name or ARN; security is not paged where it has none."""

    secrets: Mapping[str, str]
    severities: tuple[str, ...]
    url: str

    def for_functions(self) -> str:
        """As JSON, the way functions/lifecycle/announce_pagerduty.py reads it."""
        return _json(secrets=dict(self.secrets), severities=self.severities, url=self.url)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpsCenterSettings:
    """OpsCenter has no place that the security team alone reads, so that it gets nothing of theirs."""

    severities: tuple[str, ...]

    def for_functions(self) -> str:
        """As JSON, the way functions/lifecycle/announce_ticket.py reads it."""
        return _json(system=_OPSCENTER, severities=self.severities)


@dataclass(frozen=True, kw_only=True, slots=True)
class JiraSettings:
    """`projects` are keys by audience; security has no tickets where it has none."""

    severities: tuple[str, ...]
    url: str
    projects: Mapping[str, str]
    secret: str
    issue_type: str
    done: str

    def for_functions(self) -> str:
        """As JSON, the way functions/lifecycle/announce_ticket.py reads it."""
        return _json(
            system=_JIRA,
            severities=self.severities,
            url=self.url,
            projects=dict(self.projects),
            secret=self.secret,
            issue_type=self.issue_type,
            done=self.done,
        )


TicketSettings = OpsCenterSettings | JiraSettings


def read_pagerduty(value: object, name: str) -> PagerDutySettings | None:
    """None where it is not wanted. Raises InvalidSetting naming the setting, what was found and what is allowed."""
    if value is None:
        return None
    said = _object(value, name, _OF_PAGERDUTY)
    return PagerDutySettings(
        secrets=_by_audience(said, name, "secret", _secret),
        severities=_severities(said, name, _URGENT),
        url=read_base(said.get("url", pagerduty_events.URL), _full(name, "url")),
    )


def read_ticket(value: object, name: str) -> TicketSettings | None:
    """None where it is not wanted. Raises InvalidSetting naming the setting, what was found and what is allowed."""
    if value is None:
        return None
    system = value.get("system") if isinstance(value, Mapping) else None
    if system == _OPSCENTER:
        said = _object(value, name, _OF_OPSCENTER)
        return OpsCenterSettings(severities=_severities(said, name, _ALL))
    if system != _JIRA:
        raise InvalidSetting(TAG_PREFIX + name, value, f"an object whose system is {_OPSCENTER} | {_JIRA}, or null")
    said = _object(value, name, _OF_JIRA)
    return JiraSettings(
        severities=_severities(said, name, _ALL),
        url=read_base(said.get("url"), _full(name, "url")),
        projects=_by_audience(said, name, "project", _project),
        secret=_secret(said.get("secret"), _full(name, "secret")),
        issue_type=_word(said.get("issue-type", "Task"), _full(name, "issue-type")),
        done=_word(said.get("done", "Done"), _full(name, "done")),
    )


def _object(value: object, name: str, allowed: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidSetting(TAG_PREFIX + name, value, f"an object of {', '.join(allowed)}, or null")
    for field in value:
        if field not in allowed:
            raise InvalidSetting(TAG_PREFIX + name, field, " | ".join(allowed))
    return value


def _by_audience(said: Mapping[str, Any], name: str, field: str, read: Any) -> dict[str, str]:
    """The field itself for operations, and that of security where it is said: never the same one."""
    found = {Audience.OPERATIONS.value: read(said.get(field), _full(name, field))}
    of_security = f"security-{field}"
    if said.get(of_security) is not None:
        found[Audience.SECURITY.value] = read(said[of_security], _full(name, of_security))
    if len(set(found.values())) < len(found):
        raise InvalidSetting(_full(name, of_security), said[of_security], f"another one than {field}")
    return found


def _secret(value: object, name: str) -> str:
    return _matching(_SECRET, value, name, "the name or the whole ARN of a secret in Secrets Manager")


def _project(value: object, name: str) -> str:
    return _matching(_PROJECT, value, name, "the key of a project, e.g. OPS")


def _word(value: object, name: str) -> str:
    return _matching(re.compile(r"[^\W_][\w '/-]{0,59}"), value, name, "a name as the project has it, e.g. Task")


def _matching(pattern: re.Pattern[str], value: object, name: str, allowed: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise InvalidSetting(name, value, allowed)
    return value


def _severities(said: Mapping[str, Any], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    value = said.get("severities", list(default))
    if not isinstance(value, list) or not value or any(one not in _ALL for one in value):
        raise InvalidSetting(
            _full(name, "severities"), value, f"a list of {' | '.join(_ALL)}, each urgent enough for it"
        )
    return tuple(dict.fromkeys(value))


def _json(**said: object) -> str:
    return json.dumps(said, sort_keys=True)


def _full(name: str, field: str) -> str:
    return f"{TAG_PREFIX}{name}.{field}"

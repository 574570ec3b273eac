"""Who is called for an incident, one after the other: functions/runbook/contacts.toml, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from functions.core.errors import InvalidSetting
from functions.core.incident.incident import Severity
from functions.core.remediation import Audience

FILE = "functions/runbook/contacts.toml"
_MENTION = re.compile(r"<(@U[A-Z0-9]+|!subteam\^S[A-Z0-9]+)>")
_NEEDED, _OPTIONAL = {"name", "severities", "audiences", "how"}, {"slack"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """`how` is a sentence for people; `slack` whom Slack is to mention, empty for nobody."""

    name: str
    severities: frozenset[Severity]
    audiences: frozenset[Audience]
    how: str
    slack: str = ""


def called_for(contacts: Sequence[Contact], severity: Severity, audience: Audience) -> tuple[Contact, ...]:
    """Who is called for these, the first one first. `Incident.escalated_to` is an index into it. Never empty."""
    return tuple(one for one in contacts if severity in one.severities and audience in one.audiences)


def read_contacts(said: Mapping[str, Any]) -> tuple[Contact, ...]:
    """Somebody for each severity and audience. Raises InvalidSetting naming the field, what was found and what is allowed."""
    rows = said.get("contact")
    if set(said) != {"contact"} or not isinstance(rows, list):
        raise InvalidSetting(FILE, sorted(said), "[[contact]] tables")
    contacts = tuple(_contact(f"{FILE}: contact {number}", row) for number, row in enumerate(rows, 1))
    for severity in Severity:
        for audience in Audience:
            if not called_for(contacts, severity, audience):
                raise InvalidSetting(FILE, f"nobody for {severity} of {audience}", "at least one contact for each")
    return contacts


def _contact(field: str, row: object) -> Contact:
    if not isinstance(row, Mapping) or not _NEEDED <= set(row) <= _NEEDED | _OPTIONAL:
        raise InvalidSetting(field, row, f"a table of {', '.join(sorted(_NEEDED))}, and slack where it is wanted")
    slack = row.get("slack", "")
    if slack and not (isinstance(slack, str) and _MENTION.fullmatch(slack)):
        raise InvalidSetting(f"{field}.slack", slack, "<@U0123ABCD> or <!subteam^S0123ABCD>")
    return Contact(
        name=_text(f"{field}.name", row["name"]),
        severities=frozenset(map(Severity, _choice(f"{field}.severities", row["severities"], Severity))),
        audiences=frozenset(map(Audience, _choice(f"{field}.audiences", row["audiences"], Audience))),
        how=_text(f"{field}.how", row["how"]),
        slack=slack,
    )


def _text(field: str, text: object) -> str:
    if not isinstance(text, str) or not text.strip():
        raise InvalidSetting(field, text, "a text")
    return text


def _choice(field: str, names: object, allowed: type[StrEnum]) -> list[str]:
    if not isinstance(names, list) or not names or any(name not in list(allowed) for name in names):
        raise InvalidSetting(field, names, f"a list of {' | '.join(allowed)}")
    return names

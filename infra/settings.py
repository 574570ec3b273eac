"""The deployment's word: the object `first-responder` in the context of cdk.json, checked before anything is built from it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from functions.adapters.runbook_files import TARGETS, time_rules
from functions.catalogue import load_all
from functions.core.errors import InvalidSetting
from functions.core.policy import POLICY_NAMES, TAG_PREFIX, Cap, Mode, policy_of, read_duration
from infra.place_settings import PagerDutySettings, TicketSettings, read_pagerduty, read_ticket
from infra.slack_settings import SlackSettings, read_slack

CONTEXT_KEY = "first-responder"
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MOST_CHANGES = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class DeploymentSettings:
    """What holds for the whole deployment; `policy` holds where a resource's own tags say nothing, spelled like them."""

    policy: Mapping[str, str]
    fresh_within: timedelta
    answer_within: timedelta
    changes_per_hour: int
    storm_targets: int
    storm_within: timedelta
    flap_transitions: int
    flap_within: timedelta
    flap_quiet: timedelta
    echo_within: timedelta
    chain_at_most: int
    keep_evidence_for: timedelta
    lock_evidence_for: timedelta
    deletion_protection: bool
    notify_email: str | None
    security_email: str | None
    answer_links: bool
    targets: Mapping[str, Mapping[str, str]]
    """What this deployment has otherwise than functions/runbook/targets.toml, spelled like it."""
    pagerduty: PagerDutySettings | None
    ticket: TicketSettings | None
    slack: SlackSettings | None

    @property
    def mode(self) -> Mode:
        """The mode of a resource without a tag."""
        return Mode(self.policy["mode"])

    def for_functions(self) -> str:
        """As JSON, the way functions/wiring.py reads it."""
        times = ("fresh_within", "answer_within", "storm_within", "flap_within", "flap_quiet", "echo_within")
        counts = ("changes_per_hour", "storm_targets", "flap_transitions", "chain_at_most")
        said = {
            "policy": dict(self.policy),
            **{f"{name}_minutes": getattr(self, name) // timedelta(minutes=1) for name in times},
            **{name: getattr(self, name) for name in counts},
        }
        return json.dumps(said, sort_keys=True)


def read_settings(said: object) -> DeploymentSettings:
    """From the context: an object, its JSON text (`cdk deploy -c`), or nothing for the defaults.

    Raises InvalidSetting naming the setting, what was found and what is allowed.
    """
    given = _object(said)
    caps = _caps()
    allowed = [*POLICY_NAMES, *caps, *_READERS]
    for name in given:
        if name not in allowed:
            raise InvalidSetting(CONTEXT_KEY, name, " | ".join(allowed))
    policy = {name: _text(given[name], name) for name in (*POLICY_NAMES, *caps) if name in given}
    policy_of({}, policy, tuple(caps.values()), timedelta())
    others = {
        name.replace("-", "_"): read(given.get(name, default), name) for name, (read, default) in _READERS.items()
    }
    settings = DeploymentSettings(policy={"mode": Mode.OBSERVE.value, **policy}, **others)
    if settings.lock_evidence_for > settings.keep_evidence_for:
        kept = f"at most {settings.keep_evidence_for.days}d: evidence is not locked for longer than it is kept"
        raise InvalidSetting(TAG_PREFIX + "lock-evidence-for", f"{settings.lock_evidence_for.days}d", kept)
    return settings


def _object(said: object) -> Mapping[str, Any]:
    allowed = "an object of settings, e.g. {'mode': 'observe'}"
    try:
        given = json.loads(said) if isinstance(said, str) else said
    except ValueError:
        raise InvalidSetting(CONTEXT_KEY, said, allowed) from None
    if given is not None and not isinstance(given, Mapping):
        raise InvalidSetting(CONTEXT_KEY, said, allowed)
    return given or {}


def _caps() -> dict[str, Cap]:
    """The caps that the catalogue asks owners for, by name."""
    return {cap.name: cap for remediation in load_all() for cap in remediation.caps}


def _text(value: object, name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidSetting(TAG_PREFIX + name, value, "a text or a whole number")
    return str(value)


def _duration(value: object, name: str) -> timedelta:
    return read_duration(_text(value, name), TAG_PREFIX + name)


def _days(value: object, name: str) -> timedelta:
    duration = _duration(value, name)
    if duration % timedelta(days=1):
        raise InvalidSetting(TAG_PREFIX + name, value, "whole days, e.g. 400d")
    return duration


def _count(value: object, name: str, most: int = 100) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise InvalidSetting(TAG_PREFIX + name, value, f"a whole number from 1 to {most}")
    return value


def _changes(value: object, name: str) -> int:
    return _count(value, name, _MOST_CHANGES)


def _yes_or_no(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidSetting(TAG_PREFIX + name, value, "true | false")
    return value


def _targets(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidSetting(TAG_PREFIX + name, value, 'an object, e.g. {"P1": {"response": "5m"}}')
    time_rules({TARGETS: json.dumps(value)})
    return value


def _address(value: object, name: str) -> str | None:
    if value is not None and not (isinstance(value, str) and _ADDRESS.fullmatch(value)):
        raise InvalidSetting(TAG_PREFIX + name, value, "an e-mail address, or null for none")
    return value


_READERS: Mapping[str, tuple[Callable[[object, str], Any], Any]] = {
    "fresh-within": (_duration, "15m"),
    "answer-within": (_duration, "1h"),
    "changes-per-hour": (_changes, 20),
    "storm-targets": (_count, 10),
    "storm-within": (_duration, "10m"),
    "flap-transitions": (_count, 4),
    "flap-within": (_duration, "1h"),
    "flap-quiet": (_duration, "30m"),
    "echo-within": (_duration, "1h"),
    "chain-at-most": (_count, 2),
    "keep-evidence-for": (_days, "400d"),
    "lock-evidence-for": (_days, "90d"),
    "deletion-protection": (_yes_or_no, True),
    "notify-email": (_address, None),
    "security-email": (_address, None),
    "answer-links": (_yes_or_no, False),
    "targets": (_targets, {}),
    "pagerduty": (read_pagerduty, None),
    "ticket": (read_ticket, None),
    "slack": (read_slack, None),
}

"""What the owner allows on a target: tags on the resource over the deployment's defaults.

Tags (all optional):
    first-responder:mode       observe | propose | act | never
    first-responder:cooldown   rest after a change of this target, e.g. 90m, 6h, 2d
    first-responder:<cap>      a whole number for each cap that a remediation declares, e.g. first-responder:max-tasks
    first-responder:at-most-per-hour, -per-day, -per-fortnight, -ever
                               how often each kind of change may be made on the target
    first-responder:max-cost-per-month
                               whole USD that one plan may add to the bill without being approved by a person
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from functions.core.errors import InvalidSetting

TAG_PREFIX = "first-responder:"
SERVICE_TAG = f"{TAG_PREFIX}service"
"""The logical service that a resource belongs to."""
SERVICE_CHECK_TAG = f"{TAG_PREFIX}service-check"
"""The name of the CloudWatch alarm that is OK where its service works end to end."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"([1-9]\d{0,4})([mhd])")
_WHOLE = re.compile(r"\d{1,9}")


class Mode(StrEnum):
    """How far a remediation may go."""

    NEVER = "never"
    OBSERVE = "observe"
    PROPOSE = "propose"
    ACT = "act"


_ORDER = tuple(Mode)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cap:
    """An upper bound that a remediation asks the owner for. `default` holds where neither tag nor deployment says."""

    name: str
    default: int
    unit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AtMost:
    """How often one kind of change may be made on one target; `ever` counts from the first day on."""

    hour: int = 2
    day: int = 6
    fortnight: int = 20
    ever: int = 200


COST_BUDGET = Cap(name="max-cost-per-month", default=250, unit="USD")
_AT_MOST = {
    "hour": "at-most-per-hour",
    "day": "at-most-per-day",
    "fortnight": "at-most-per-fortnight",
    "ever": "at-most-ever",
}
POLICY_NAMES = ("mode", "cooldown", COST_BUDGET.name, *_AT_MOST.values())
"""What a tag or the deployment can say for every remediation; each has its own caps besides."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """What holds for one target now."""

    mode: Mode
    cooldown: timedelta
    caps: Mapping[str, int]
    at_most: AtMost = field(default_factory=AtMost)
    max_cost_per_month_usd: int = COST_BUDGET.default


def lower(one: Mode, other: Mode) -> Mode:
    """The more careful of two modes: a request can lower what the policy gives, never raise it."""
    return min(one, other, key=_ORDER.index)


def policy_of(
    tags: Mapping[str, str],
    defaults: Mapping[str, str],
    caps: tuple[Cap, ...],
    cooldown: timedelta,
    at_most: AtMost = AtMost(),
) -> Policy:
    """Tags over deployment defaults over the remediation's own. Raises InvalidSetting: an unreadable policy allows nothing."""
    said = {**defaults, **{k.removeprefix(TAG_PREFIX): v for k, v in tags.items() if k.startswith(TAG_PREFIX)}}
    return Policy(
        mode=read_mode(said.get("mode", Mode.OBSERVE), f"{TAG_PREFIX}mode"),
        cooldown=read_duration(said["cooldown"], f"{TAG_PREFIX}cooldown") if "cooldown" in said else cooldown,
        caps={cap.name: _read_cap(said.get(cap.name), cap) for cap in caps},
        at_most=AtMost(
            **{field: _read_cap(said.get(tag), _times(tag, getattr(at_most, field))) for field, tag in _AT_MOST.items()}
        ),
        max_cost_per_month_usd=_read_cap(said.get(COST_BUDGET.name), COST_BUDGET),
    )


def _times(tag: str, default: int) -> Cap:
    return Cap(name=tag, default=default, unit="times")


def read_mode(text: str, name: str) -> Mode:
    """Raises InvalidSetting, naming `name`."""
    try:
        return Mode(text)
    except ValueError:
        raise InvalidSetting(name, text, " | ".join(Mode)) from None


def read_duration(text: str, name: str) -> timedelta:
    """`90m`, `6h` or `2d`. Raises InvalidSetting, naming `name`."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise InvalidSetting(name, text, "a number and m, h or d, e.g. 90m, 6h, 2d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _read_cap(text: str | None, cap: Cap) -> int:
    if text is None:
        return cap.default
    if not _WHOLE.fullmatch(text):
        raise InvalidSetting(f"{TAG_PREFIX}{cap.name}", text, f"a whole number of {cap.unit}")
    return int(text)

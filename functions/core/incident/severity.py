"""How urgent an incident is, by the rules of functions/runbook/severity.toml. Pure: the rules are data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from functions.core.errors import InvalidSetting
from functions.core.incident.incident import Severity
from functions.core.policy import TAG_PREFIX

SEVERITY_TAG = f"{TAG_PREFIX}severity"
_FILE = "functions/runbook/severity.toml"
_ENDS = frozenset({"undone", "escalated", "declined"})
_ALLOWED = " | ".join(Severity)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rated:
    """A severity and the sentence that says why."""

    severity: Severity
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Fits where all of it fits; `patterns` and `at_least` go by the names that `SeverityRules.rate` is told."""

    severity: Severity
    why: str
    patterns: Mapping[str, tuple[str, ...]]
    at_least: Mapping[str, float]

    def fits(self, said: Mapping[str, str]) -> bool:
        fitting = (
            any(fnmatchcase(said.get(name, ""), pattern) for pattern in patterns)
            for name, patterns in self.patterns.items()
        )
        return all(fitting) and all(_number(said.get(name)) >= least for name, least in self.at_least.items())


@dataclass(frozen=True, kw_only=True, slots=True)
class SeverityRules:
    """The whole file. `breadth` says from how many resources on an incident is at least so urgent, `worse_when` which ends of a
    run make it one step more urgent."""

    rules: tuple[Rule, ...]
    default: Severity
    breadth: Mapping[Severity, int]
    worse_when: tuple[str, ...]

    def rate(self, said: Mapping[str, str], tags: Mapping[str, str]) -> Rated:
        """By the owner's tag, the first rule that fits, or the default. A tag that makes no sense is told and passed over."""
        wish = tags.get(SEVERITY_TAG, "")
        if wish.upper() in Severity.__members__:
            return Rated(severity=Severity(wish.upper()), why=f"the tag {SEVERITY_TAG} says so")
        note = f"; the tag {SEVERITY_TAG} is none of {_ALLOWED}" if wish else ""
        for rule in self.rules:
            if rule.fits(said):
                return Rated(severity=rule.severity, why=rule.why + note)
        return Rated(severity=self.default, why=f"no rule says otherwise{note}")

    def by_breadth(self, resources: int) -> Severity | None:
        """The severity that so many resources at once make; None where they are few."""
        reached = [severity for severity, least in self.breadth.items() if resources >= least]
        return min(reached, key=lambda severity: severity.value, default=None)


def read_severity_rules(data: Mapping[str, Any]) -> SeverityRules:
    """From the file. Raises InvalidSetting naming what is wrong in it."""
    _only(data, "", ("default", "worse_when", "breadth", "rule"))
    breadth, worse = data.get("breadth", {}), data.get("worse_when", [])
    if not isinstance(worse, list) or not set(worse) <= _ENDS:
        raise InvalidSetting(f"{_FILE}: worse_when", worse, f"a list of {' | '.join(sorted(_ENDS))}")
    for name, least in breadth.items():
        if isinstance(least, bool) or not isinstance(least, int) or least < 2:
            raise InvalidSetting(f"{_FILE}: breadth.{name}", least, "a whole number from 2 on")
    return SeverityRules(
        rules=tuple(_rule(rule, number) for number, rule in enumerate(data.get("rule", []), 1)),
        default=_severity(data.get("default"), "default"),
        breadth={_severity(name, "breadth"): least for name, least in breadth.items()},
        worse_when=tuple(worse),
    )


def _rule(data: Mapping[str, Any], number: int) -> Rule:
    where = f"rule {number}"
    _only(data, where, ("severity", "why", "is", "at_least"))
    if not (isinstance(data.get("why"), str) and data["why"]):
        raise InvalidSetting(f"{_FILE}: {where}.why", data.get("why"), "a sentence")
    patterns, at_least = data.get("is", {}), data.get("at_least", {})
    if not patterns and not at_least:
        raise InvalidSetting(
            f"{_FILE}: {where}", data, "a rule with `is` or `at_least`; what always holds is the default"
        )
    for name, texts in patterns.items():
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
            raise InvalidSetting(f"{_FILE}: {where}.is.{name}", texts, "a list of patterns")
    for name, least in at_least.items():
        if isinstance(least, bool) or not isinstance(least, int | float):
            raise InvalidSetting(f"{_FILE}: {where}.at_least.{name}", least, "a number")
    return Rule(
        severity=_severity(data.get("severity"), f"{where}.severity"),
        why=data["why"],
        patterns={name: tuple(texts) for name, texts in patterns.items()},
        at_least=dict(at_least),
    )


def _severity(value: object, where: str) -> Severity:
    if value not in Severity.__members__:
        raise InvalidSetting(f"{_FILE}: {where}", value, _ALLOWED)
    return Severity(str(value))


def _only(data: Mapping[str, Any], where: str, allowed: tuple[str, ...]) -> None:
    for name in data:
        if name not in allowed:
            raise InvalidSetting(f"{_FILE}: {where}".rstrip(": "), name, " | ".join(allowed))


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")

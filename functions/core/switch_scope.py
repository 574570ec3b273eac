"""What a switch reaches: `all`, `account/<12 digits>`, `remediation/<name>` or `target/<ARN>`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from functions.core.arn import Arn, parse_arn
from functions.core.errors import InvalidEvent

ALL = "all"
SCOPES = "all | account/<12 digits> | remediation/<name> | target/<ARN>"
_LEVELS = (ALL, "account", "remediation", "target")
_SUBJECTS = {"account": "changes in account", "remediation": "changes by", "target": "changes of"}


def covers(scope: str, *, target: Arn, remediation: str) -> bool:
    """Whether a stored scope takes in a change. One that cannot be read takes in everything.

    Targets are compared without regard to case, because AWS shows some names in lower case only. A target whose ARN names
    no account is in whichever account is meant: events from others never get this far.
    """
    level, name = _split(scope)
    if level == "account":
        return target.account in ("", name)
    if level == "remediation":
        return name == remediation
    return level == ALL or name.casefold() == str(target).casefold()


def breadth(scope: str) -> int:
    """Sorts scopes: the broadest first, one that cannot be read with `all`."""
    return _LEVELS.index(_split(scope)[0])


def of_scope(scope: str) -> str:
    """What a stored scope takes in, as the subject of a sentence in the plural."""
    level, name = _split(scope)
    if level == ALL:
        return "all changes" if scope == ALL else f"all changes (the scope {scope!r} cannot be read)"
    return f"{_SUBJECTS[level]} {name}"


def read_scope(text: object, *, here: Arn, remediations: Collection[str]) -> str:
    """A scope that can hold something here. Raises InvalidEvent naming `scope`.

    `here` is an ARN of the account and Region that this runs in; a switch for another one would stop nothing.
    """
    if text == ALL:
        return ALL
    level, _, name = text.partition("/") if isinstance(text, str) else ("", "", "")
    if level == "account":
        return _one_of(text, name, [here.account])
    if level == "remediation":
        return _one_of(text, name, remediations)
    if level == "target":
        return _target(name, here)
    raise InvalidEvent("scope", text, SCOPES)


def _one_of(scope: object, name: str, known: Collection[str]) -> str:
    if name not in known:
        level = str(scope).partition("/")[0]
        raise InvalidEvent("scope", scope, " | ".join(f"{level}/{one}" for one in known))
    return str(scope)


def _target(name: str, here: Arn) -> str:
    target = parse_arn(name, "scope")
    if target.account not in ("", here.account) or target.region not in ("", here.region):
        where = f"the ARN of a target in account {here.account} and Region {here.region}"
        raise InvalidEvent("scope", f"target/{name}", where)
    return f"target/{target}"


def _split(scope: str) -> tuple[str, str]:
    """Level and name of a stored scope; `all` for one that cannot be read."""
    level, _, name = scope.partition("/")
    return (level, name) if level in _READABLE and _READABLE[level](name) else (ALL, "")


def _is_arn(name: str) -> bool:
    try:
        parse_arn(name, "scope")
    except InvalidEvent:
        return False
    return True


_READABLE: Mapping[str, Callable[[str], object]] = {
    "account": re.compile(r"\d{12}").fullmatch,
    "remediation": re.compile(r"[a-z][a-z0-9_]*").fullmatch,
    "target": _is_arn,
}

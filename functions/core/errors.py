"""Every error of the core, on one page. Expected outcomes are values (`Decline`, `Watch`); these are the unexpected ones."""

from __future__ import annotations

_LONGEST = 120


class FirstResponderError(Exception):
    """Root of the family."""


class InvalidEvent(FirstResponderError):
    """An event that cannot be understood. Names the field, what was found there and what is allowed."""

    def __init__(self, field: str, found: object, allowed: str) -> None:
        self.field, self.found, self.allowed = field, found, allowed
        super().__init__(f"{field} is {_short(found)}; allowed: {allowed}")


class InvalidSetting(FirstResponderError):
    """A tag or a deployment setting that cannot be understood. Nothing may be changed under it."""

    def __init__(self, name: str, found: object, allowed: str) -> None:
        self.name, self.found, self.allowed = name, found, allowed
        super().__init__(f"{name} is {_short(found)}; allowed: {allowed}")


class Fenced(FirstResponderError):
    """Another invocation has moved this run on. This one stops here and changes nothing."""


class LeaseLost(FirstResponderError):
    """The target's lease has run out and is another run's by now. This run may change nothing more."""


class AlreadyRecorded(FirstResponderError):
    """This alarm transition has been answered before, whichever way it came in."""


def _short(found: object) -> str:
    text = repr(found)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."

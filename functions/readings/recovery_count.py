"""How many tasks a service is to have again: what somebody has written down, never a guess. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from functions.core.decision import Decline
from functions.core.errors import InvalidSetting
from functions.core.policy import TAG_PREFIX, Cap, policy_of
from functions.readings.recoverable_services import Recoverable

COUNT_TAG = f"{TAG_PREFIX}desired-count"
_COUNT = re.compile(r"[1-9]\d{0,3}")


def recorded_counts(services: Iterable[Recoverable], most: Cap) -> dict[str, int] | Decline:
    """By name; a decline for the first that has none. `most` holds where a service has no such tag of its own."""
    counts = {}
    for one in services:
        count = _recorded(one, most)
        if isinstance(count, Decline):
            return count
        counts[one.name] = count
    return counts


def _recorded(one: Recoverable, most: Cap) -> int | Decline:
    """The owner's tag, and at least the floor of its scalable target."""
    said = one.service.tags.get(COUNT_TAG)
    if said is not None and not _COUNT.fullmatch(said):
        seen = f"{COUNT_TAG} of {one.name} is {said!r}"
        return Decline(code="invalid_desired_count", seen=seen, advice="Correct the tag: a whole number from 1 to 9999")
    floor = one.scaling.minimum if one.scaling else 0
    recorded = max(int(said or 0), floor)
    if recorded == 0:
        return Decline(
            code="no_recorded_count",
            seen=f"nothing says how many tasks {one.name} had: it has no tag {COUNT_TAG} and no scalable target with a floor",
            advice=f"Set {COUNT_TAG} on the service, and ask again",
        )
    cap = _cap(one, most)
    if isinstance(cap, Decline):
        return cap
    return _beyond(one, recorded, cap) or recorded


def _cap(one: Recoverable, most: Cap) -> int | Decline:
    try:
        return policy_of(one.service.tags, {}, (most,), timedelta()).caps[most.name]
    except InvalidSetting as error:
        return Decline(code="invalid_policy", seen=f"of {one.name}, {error}", advice="Correct the tag of the service")


def _beyond(one: Recoverable, count: int, cap: int) -> Decline | None:
    if count > cap:
        seen = f"{one.name} is to have {count} tasks, and the cap is {cap}"
        return Decline(code="above_cap", seen=seen, advice="Correct the count, or raise first-responder:max-tasks")
    if one.scaling is not None and count > one.scaling.maximum:
        seen = f"{one.name} is to have {count} tasks, and its scalable target allows {one.scaling.maximum}"
        return Decline(code="above_maximum", seen=seen, advice="Correct the count, or raise the target's maximum")
    return None

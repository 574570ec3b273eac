"""The permit: `SWITCH#all / SWITCH` stops every change while `stopped` is true, and counts the changes of the hour."""

from __future__ import annotations

from datetime import datetime

from functions.adapters.dynamodb_table import ConditionFailed, Item, Table
from functions.core.decision import Decline

SWITCH: Item = {"pk": "SWITCH#all", "sk": "SWITCH"}
_NO_LIMIT = 10**9
_NOT_STOPPED = "(attribute_not_exists(stopped) OR stopped = :no)"


class Permits(Table):
    """Asked before every mutating call. What cannot be read counts as no: the error ends the attempt."""

    def permit(self, now: datetime, at_most: int | None) -> Decline | None:
        """See `Store.permit`. One call; a second one opens a new hour."""
        hour = f"{now:%Y-%m-%dT%H}"
        most = at_most if at_most is not None else _NO_LIMIT
        refused = self._count(hour, most)
        if refused is None or refused.get("stopped") or refused.get("hour") == hour:
            return None if refused is None else refusal(refused)
        refused = self._open(hour)
        if refused is not None and not refused.get("stopped"):
            refused = self._count(hour, most)  # somebody else opened the hour between our two calls
        return None if refused is None else refusal(refused)

    def _count(self, hour: str, most: int) -> Item | None:
        condition = f"#hour = :hour AND changes < :most AND {_NOT_STOPPED}"
        return self._refused("ADD changes :one", condition, {":hour": hour, ":most": most})

    def _open(self, hour: str) -> Item | None:
        condition = f"(attribute_not_exists(#hour) OR #hour <> :hour) AND {_NOT_STOPPED}"
        return self._refused("SET #hour = :hour, changes = :one", condition, {":hour": hour})

    def _refused(self, update: str, condition: str, values: Item) -> Item | None:
        try:
            self.update(SWITCH, update, condition, {**values, ":one": 1, ":no": False}, {"#hour": "hour"})
        except ConditionFailed as refused:
            return refused.item
        return None


def refusal(item: Item) -> Decline:
    """Why there is no permit."""
    if item.get("stopped"):
        seen = f"all changes are stopped: {str(item.get('reason') or 'no reason given')[:200]}"
        return Decline(code="stopped", seen=seen, advice="Lift the stop, then invoke the remediation by hand")
    return Decline(
        code="too_many_changes",
        seen=f"{item.get('changes')} changes were made in this hour, which is the deployment's limit",
        advice="So many at once have a common cause: look for it, and handle this one by hand",
    )

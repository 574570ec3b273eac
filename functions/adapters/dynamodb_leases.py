"""Leases: `TARGET#arn / LEASE`. Taking one is the lock, the dedupe and the cooldown in a single conditional write."""

from __future__ import annotations

from datetime import datetime

from functions.adapters.dynamodb_table import ConditionFailed, Item, Table, stamp
from functions.core.arn import Arn
from functions.core.ports import CONFIRM_WITHIN, Claim, Lost, Release, Taken

_FREE = "(attribute_not_exists(holder) OR held_until < :now)"
_RESTED = "(attribute_not_exists(#cooldown) OR #cooldown <= :now)"
_NEW = "(attribute_not_exists(last_run) OR last_run <> :run)"
_TAKE = (
    "SET holder = :run, last_run = :run, delivery = :delivery, held_until = :until, confirm_by = :confirm,"
    " incident = if_not_exists(incident, :incident)"
)


class Leases(Table):
    """One change at a time per target, over all remediations."""

    def take(self, claim: Claim) -> Taken | Lost:
        """See `Store.take`."""
        return self._take(claim, f"({_FREE} AND {_RESTED} AND {_NEW}) OR (holder = :run AND delivery = :delivery)")

    def retake(self, claim: Claim) -> Taken | Lost:
        """See `Store.retake`."""
        return self._take(claim, f"holder = :run OR ({_FREE} AND {_RESTED})")

    def release(self, target: Arn, run: str, remediation: str, leave: Release) -> None:
        """See `Store.release`."""
        gone = ["holder", "delivery", "held_until", "confirm_by"]
        gone += ["incident"] * leave.resolved + ["last_run"] * leave.forget
        rest = {":cooldown": stamp(leave.cooldown_until)} if leave.cooldown_until else {}
        try:
            self.update(
                _key(target),
                f"REMOVE {', '.join(gone)}{' SET #cooldown = :cooldown' if rest else ''}",
                "holder = :run",
                {":run": run, **rest},
                {"#cooldown": _cooldown(remediation)} if rest else None,
            )
        except ConditionFailed:
            return  # freed before, or somebody else's by now: either way it is not ours to touch

    def _take(self, claim: Claim, condition: str) -> Taken | Lost:
        values = {
            ":run": claim.run,
            ":delivery": claim.delivery,
            ":incident": claim.incident,
            ":now": stamp(claim.now),
            ":until": stamp(claim.until),
            ":confirm": stamp(claim.now + CONFIRM_WITHIN),
        }
        try:
            before = self.update(
                _key(claim.target), _TAKE, condition, values, {"#cooldown": _cooldown(claim.remediation)}
            )
        except ConditionFailed as refused:
            return lost(refused.item, claim)
        return Taken(incident=before.get("incident", claim.incident), reentered=before.get("holder") == claim.run)


def lost(item: Item, claim: Claim) -> Lost:
    """Why the lease was not to be had."""
    now, held, rest = stamp(claim.now), item.get("held_until", ""), item.get(_cooldown(claim.remediation), "")
    holder = str(item.get("holder") or item.get("last_run") or "")
    incident, unconfirmed = item.get("incident", ""), item.get("confirm_by", now) < now
    if item.get("last_run") == claim.run:
        return Lost(code="duplicate", run=claim.run, incident=incident, unconfirmed=unconfirmed)
    if held >= now:
        until = datetime.fromisoformat(held)
        return Lost(code="target_busy", run=holder, incident=incident, until=until, unconfirmed=unconfirmed)
    rested = datetime.fromisoformat(rest) if rest else None
    return Lost(code="cooldown", run=holder, incident=incident, until=rested)


def _key(target: Arn) -> Item:
    return {"pk": f"TARGET#{target}", "sk": "LEASE"}


def _cooldown(remediation: str) -> str:
    return f"cooldown_{remediation}"

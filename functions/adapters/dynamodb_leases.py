"""Leases: `TARGET#arn / LEASE`. Taking one is the lock, the dedupe and the cooldown in a single conditional write."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from datetime import datetime

from functions.adapters.dynamodb_table import ConditionFailed, Item, Table, stamp
from functions.core.arn import Arn
from functions.core.ledger import Ledger, read_ledger
from functions.core.ports import CONFIRM_WITHIN, Claim, Lost, Release, Taken
from functions.core.run_record import plain

_FREE = "(attribute_not_exists(holder) OR held_until < :now)"
_RESTED = "(attribute_not_exists(#cooldown) OR #cooldown <= :now)"
_NEW = "(attribute_not_exists(last_run) OR last_run <> :run)"
_TAKE = (
    "SET holder = :run, last_run = :run, delivery = :delivery, held_until = :until, confirm_by = :confirm,"
    " active_at = :now, incident = if_not_exists(incident, :incident)"
)


class Leases(Table):
    """One change at a time per target, over all remediations."""

    def take(self, claim: Claim) -> Taken | Lost:
        """See `Store.take`."""
        return self._take(claim, f"({_FREE} AND {_RESTED} AND {_NEW}) OR (holder = :run AND delivery = :delivery)")

    def retake(self, claim: Claim) -> Taken | Lost:
        """See `Store.retake`."""
        return self._take(
            claim, f"holder = :run OR ({_FREE} AND {_RESTED})" if claim.rested else f"holder = :run OR {_FREE}"
        )

    def release(self, target: Arn, run: str, remediation: str, leave: Release) -> None:
        """See `Store.release`."""
        gone = ["holder", "delivery", "held_until", "confirm_by"]
        gone += ["incident"] * leave.resolved + ["last_run"] * leave.forget
        rest = {":cooldown": stamp(leave.cooldown_until)} if leave.cooldown_until else {}
        changed = {":changed": stamp(leave.changed_at)} if leave.changed_at else {}
        sealed = {":seal": leave.seal} if leave.seal else {}
        new = ["#cooldown = :cooldown"] * bool(rest) + ["changed_at = :changed"] * bool(changed)
        new += ["sealed_by = :run", "seal = :seal"] * bool(sealed)
        try:
            self.update(
                lease_key(target),
                f"REMOVE {', '.join(gone)}{' SET ' if new else ''}{', '.join(new)}",
                "holder = :run",
                {":run": run, **rest, **changed, **sealed},
                {"#cooldown": _cooldown(remediation)} if rest else None,
            )
        except ConditionFailed as refused:  # freed before, or somebody else's by now: then all that is ours is the rest
            if rest and refused.item.get(_cooldown(remediation), "") < rest[":cooldown"]:
                self._rest(target, _cooldown(remediation), rest)

    def _rest(self, target: Arn, name: str, rest: Item) -> None:
        later = "attribute_not_exists(#cooldown) OR #cooldown < :cooldown"
        with suppress(ConditionFailed):  # a later one was written meanwhile
            self.update(lease_key(target), "SET #cooldown = :cooldown", later, rest, {"#cooldown": name})

    def _take(self, claim: Claim, condition: str) -> Taken | Lost:
        values = {
            ":run": claim.run,
            ":delivery": claim.delivery,
            ":incident": claim.incident,
            ":now": stamp(claim.now),
            ":until": stamp(claim.until),
            ":confirm": stamp(claim.now + CONFIRM_WITHIN),
        }
        names = {"#cooldown": _cooldown(claim.remediation)} if "#cooldown" in condition else None
        try:
            before = self.update(lease_key(claim.target), _TAKE, condition, values, names)
        except ConditionFailed as refused:
            return lost(refused.item, claim)
        again = before.get("holder") == claim.run
        return Taken(incident=before.get("incident", claim.incident), reentered=again, ledger=_ledger(before))


def lost(item: Item, claim: Claim) -> Lost:
    """Why the lease was not to be had."""
    now, held, rest = stamp(claim.now), item.get("held_until", ""), item.get(_cooldown(claim.remediation), "")
    holder = str(item.get("holder") or item.get("last_run") or "")
    incident, unconfirmed = item.get("incident", ""), item.get("confirm_by", now) < now
    if item.get("last_run") == claim.run:
        return Lost(
            code="duplicate",
            run=claim.run,
            incident=incident,
            unconfirmed=unconfirmed,
            delivery=item.get("delivery", ""),
            confirm_by=datetime.fromisoformat(item["confirm_by"]) if "confirm_by" in item else None,
        )
    if held >= now:
        until = datetime.fromisoformat(held)
        return Lost(code="target_busy", run=holder, incident=incident, until=until, unconfirmed=unconfirmed)
    rested = datetime.fromisoformat(rest) if rest else None
    return Lost(code="cooldown", run=holder, incident=incident, until=rested)


def lease_key(target: Arn | str) -> Item:
    """The item of a target."""
    return {"pk": f"TARGET#{target}", "sk": "LEASE"}


def ledger_values(ledger: Ledger) -> Item:
    """The attributes of the lease that keep a ledger, as update values."""
    return {
        ":acts": [plain(asdict(act)) for act in ledger.acts],
        ":ever": dict(ledger.ever),
        ":by": ledger.changed_by,
        ":at": stamp(ledger.changed_at) if ledger.changed_at else "",
        ":depth": ledger.depth,
    }


KEEP_LEDGER = "SET acts = :acts, ever = :ever, changed_by = :by, changed_at = :at, chain_depth = :depth"


def _ledger(item: Item) -> Ledger:
    """`active_at` is the last of all: taken, changed, or resting until."""
    rests = [str(until) for name, until in item.items() if name.startswith(_cooldown(""))]
    active = max(filter(None, [item.get("active_at", ""), item.get("changed_at", ""), *rests]), default=None)
    times = {"changed_at": item.get("changed_at") or None, "active_at": active}
    return read_ledger({**item, **times, "depth": item.get("chain_depth", 0)})


def _cooldown(remediation: str) -> str:
    return f"cooldown_{remediation}"

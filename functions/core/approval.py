"""A person's answer to a proposal: bound to the plan that was shown, taken once, and only in time.

The answer is only written down here. The remediation's own function carries it out, with its own role: it takes the target
again, looks and plans anew, and acts only where the same plan comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.core.errors import Fenced, InvalidEvent
from functions.core.ports import Clock, FollowThrough, Settings, Store
from functions.core.run import Entry, Phase, Run, Verdict

_TRIES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a person said to which run. `plan_hash` is the one that was shown."""

    incident: str
    run: str
    plan_hash: str
    approves: bool
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """Whether the answer was taken, and a sentence for the person.

    `code` says why it was not: not_waiting, answered, other_plan, expired or same_person.
    """

    taken: bool
    text: str
    code: str = ""


def expires_at(run: Run, settings: Settings) -> datetime:
    """Until when a proposal can be answered."""
    return run.phase_since + settings.answer_within


def take_answer(said: Said, store: Store, follow_through: FollowThrough, clock: Clock, settings: Settings) -> Reply:
    """Write the answer down and wake the run. May be repeated by the same person after a crash.

    Of two people at once the later one learns who came first. Raises InvalidEvent for a run that is not on record, Fenced
    where others kept moving the run on.
    """
    for _ in range(_TRIES - 1):
        try:
            return _take(said, store, follow_through, clock.now(), settings)
        except Fenced:
            continue  # moved on in this moment: what became of it decides
    return _take(said, store, follow_through, clock.now(), settings)


def refusal(run: Run, plan_hash: str, now: datetime, settings: Settings) -> Reply | None:
    """Why nobody can answer this plan of the run now; None where somebody can."""
    expires = expires_at(run, settings)
    if run.phase is not Phase.WAITING_FOR_ANSWER or run.plan is None:
        return _refused("not_waiting", f"{run.id} does not wait for an answer: it is {run.outcome or run.phase}")
    if run.verdict is not None:
        return _refused("answered", f"{run.id} was {_word(run.verdict.approves)} by {run.verdict.by} before")
    if run.plan["hash"] != plan_hash:
        text = f"the plan of {run.id} is {run.plan['hash']} by now, not {plan_hash}: look at it again"
        return _refused("other_plan", text)
    if now >= expires:
        return _refused("expired", f"the proposal of {run.id} expired at {expires:%Y-%m-%d %H:%M} UTC")
    return None


def _take(said: Said, store: Store, follow_through: FollowThrough, now: datetime, settings: Settings) -> Reply:
    run = store.load(said.incident, said.run)
    if run is None:
        raise InvalidEvent("run", f"{said.incident}/{said.run}", "a run on record")
    refused = refusal(run, said.plan_hash, now, settings)
    if refused is not None and not (refused.code == "answered" and _same(run.verdict, said)):
        return refused
    if said.approves and _asked_by(run) == _folded(said.by):
        text = f"{said.by} has asked for plan {said.plan_hash} of {run.id}: somebody else has to approve it"
        return _refused("same_person", text)
    if run.verdict is None:
        run = _write(run, said, store, now)
    follow_through.start(run, timedelta(), f"answer-{run.version}")
    return Reply(taken=True, text=f"{_word(said.approves)} by {said.by}: plan {said.plan_hash} of {run.id}")


def _asked_by(run: Run) -> str:
    """Who may not approve the plan because it takes two; empty where anybody may."""
    request = run.alarm.request
    return _folded(request.requested_by) if request and run.plan and run.plan.get("second_person") else ""


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _refused(code: str, text: str) -> Reply:
    return Reply(taken=False, text=text, code=code)


def _same(verdict: Verdict | None, said: Said) -> bool:
    told = (said.approves, said.plan_hash, said.by)
    return verdict is not None and (verdict.approves, verdict.plan_hash, verdict.by) == told


def _word(approves: bool) -> str:
    return "approved" if approves else "declined"


def _write(run: Run, said: Said, store: Store, now: datetime) -> Run:
    verdict = Verdict(approves=said.approves, plan_hash=said.plan_hash, by=said.by, reason=said.reason, at=now)
    word = _word(said.approves)
    text = f"{said.by} {word} plan {said.plan_hash}{f': {said.reason}' if said.reason else ''}"
    return store.save(replace(run, verdict=verdict), [Entry(at=now, kind=word, text=text)])

"""Look, then decide: facts, the owner's policy, the guards, the plan. The first thing that says no ends the run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from functions.core.change import Waiting, start_acting
from functions.core.close import decline, end
from functions.core.context import Context, write_plan
from functions.core.decision import Decline, Plan, Watch
from functions.core.errors import InvalidSetting
from functions.core.policy import Mode, Policy, lower, policy_of
from functions.core.ports import Release
from functions.core.remediation import Facts
from functions.core.run import Outcome, Phase, Run, Step
from functions.core.run_record import plain


def decide(ctx: Context, run: Run) -> Waiting:
    """Diagnose and plan while the target's lease is held; change something only where the mode says act."""
    found = look(ctx, run)
    if isinstance(found, Decline):
        return decline(ctx, run, found), None
    run = replace(run, found=plain(found.evidence()))
    policy = allowed(ctx, run, found)
    if isinstance(policy, Decline):
        return decline(ctx, run, policy), None
    run = replace(run, mode=policy.mode, cooldown_seconds=int(policy.cooldown.total_seconds()))
    answer = _unmet(ctx, run, found) or ctx.remediation.plan(found, policy)
    if isinstance(answer, Decline):
        return decline(ctx, run, answer), None
    if isinstance(answer, Watch):
        return _watch(ctx, run, answer)
    return carry_out(ctx, run, answer)


def carry_out(ctx: Context, run: Run, plan: Plan) -> Waiting:
    """Do with a plan what the mode says: show it, ask for it, or act on it."""
    steps = tuple(Step(action=data) for data in write_plan(plan, run.mode)["actions"])
    run = replace(run, plan=write_plan(plan, run.mode), steps=steps)
    entry = ("plan", f"{plan.reason}: {'; '.join(map(str, plan.actions))} (USD {plan.cost_per_month_usd} a month)")
    if run.mode is Mode.ACT:
        return start_acting(ctx, run, entry)
    if run.mode is Mode.PROPOSE:
        return _propose(ctx, run, entry[1])
    return end(ctx, run, Outcome.OBSERVED, f"would do, {entry[1]}"), None


def allowed(ctx: Context, run: Run, found: Facts) -> Policy | Decline:
    """The policy of the target, lowered by what a person asked for. An unreadable policy allows nothing."""
    defaults, wanted = ctx.ports.settings.policy, run.alarm.request
    try:
        policy = policy_of(found.tags, defaults, ctx.remediation.caps, ctx.remediation.limits.cooldown)
    except InvalidSetting as error:
        return Decline(code="invalid_policy", seen=str(error), advice="Correct the tag or the deployment's setting")
    if policy.mode is Mode.NEVER:
        return Decline(
            code="policy_never",
            seen=f"the policy of {run.target} is never",
            advice="Handle this alarm by hand",
            call_person=False,
        )
    return replace(policy, mode=lower(policy.mode, wanted.mode)) if wanted else policy


def look(ctx: Context, run: Run) -> Facts | Decline:
    """The facts, or why they could not be had. Raises what may go away by itself: throttling, time-outs."""
    try:
        found: Facts | Decline = ctx.remediation.diagnose(ctx.ports.aws, ctx.target(run), run.alarm)
    except Exception as error:  # a refused read is an answer: it stops the change; all else is tried again
        refusal = ctx.ports.aws.refusal(error)
        if refusal is None:
            raise
        return Decline(code="cannot_read", seen=refusal, advice="Look at the target and at this function's role")
    return found


def _unmet(ctx: Context, run: Run, found: Facts) -> Decline | None:
    """Old news counts only where it is still true, and what has calmed down is left alone."""
    if found.breached is False:
        return Decline(
            code="condition_cleared",
            seen="read again, the condition of the alarm no longer holds",
            advice="Nothing to do unless it comes back",
            call_person=False,
        )
    age = ctx.now() - run.alarm.at
    if found.breached is None and age > ctx.ports.settings.fresh_within:
        return Decline(
            code="stale",
            seen=f"the alarm is {_minutes(age)} minutes old and whether it still holds could not be read",
            advice="Look at the target's metrics",
        )
    return None


def _minutes(age: timedelta) -> int:
    return int(age.total_seconds() // 60)


def _watch(ctx: Context, run: Run, watch: Watch) -> Waiting:
    """Wait without the lease: nothing is changed, so nobody needs to be kept out."""
    reason = Decline(code=watch.code, seen=watch.seen, advice=watch.advice)
    if ctx.now() + watch.again_in >= run.deadline:
        return decline(ctx, run, reason), None
    entries = [] if run.decline == reason else [("watching", f"{watch.code}: {watch.seen}")]
    run = ctx.keep(replace(run.to(Phase.WATCHING, ctx.now()), decline=reason), *entries)
    ctx.ports.store.release(ctx.target(run), run.id, run.remediation, Release())
    return run, watch.again_in


def _propose(ctx: Context, run: Run, text: str) -> Waiting:
    """Ask, without the lease: the approval takes it again and plans anew, so that a stale plan is never carried out."""
    asked = run.to(Phase.WAITING_FOR_ANSWER, ctx.now())
    run = ctx.keep(asked, ("proposed", f"waits for approval, {text}"), call_person=True)
    ctx.ports.store.release(ctx.target(run), run.id, run.remediation, Release())
    return run, ctx.ports.settings.answer_within

"""Look, then decide: facts, the owner's policy, the guards, the plan. The first thing that says no ends the run."""

from __future__ import annotations

from dataclasses import replace

from functions.core.change import Waiting, start_acting
from functions.core.close import decline, end
from functions.core.context import Context, write_plan
from functions.core.decision import Decline, Plan, Watch
from functions.core.errors import InvalidSetting
from functions.core.guards.case import Case
from functions.core.guards.condition import unmet
from functions.core.guards.cost import gate
from functions.core.guards.order import stopped
from functions.core.guards.own_echo import attributed
from functions.core.guards.permit import permitted
from functions.core.policy import Mode, Policy, lower, policy_of
from functions.core.ports import Release
from functions.core.remediation import Facts
from functions.core.run import Outcome, Phase, Run, Step
from functions.core.run_record import plain


def decide(ctx: Context, run: Run) -> Waiting:
    """Diagnose and plan while the target's lease is held; change something only where mode, guards and permit allow it."""
    found = look(ctx, run)
    if isinstance(found, Decline):
        return decline(ctx, run, found), None
    run = attributed(replace(run, found=plain(found.evidence())), ctx.ports.settings.echo_within)
    policy = allowed(ctx, run, found)
    if isinstance(policy, Decline):
        return decline(ctx, run, policy), None
    run = replace(run, mode=policy.mode, cooldown_seconds=int(policy.cooldown.total_seconds()))
    cleared = unmet(found.breached, run.alarm, ctx.now(), ctx.ports.settings.fresh_within)
    answer = cleared or ctx.remediation.plan(found, policy)
    if isinstance(answer, Decline):
        return decline(ctx, run, answer), None
    if isinstance(answer, Watch):
        return _watch(ctx, run, answer)
    return _consider(ctx, Case(ports=ctx.ports, run=run, found=found, policy=policy, plan=answer, now=ctx.now()))


def _consider(ctx: Context, case: Case) -> Waiting:
    """Ask the guards, then the budget; an approval holds for the plan that was shown, and for no other."""
    run, refused = stopped(case)
    mode, cost = gate(case.plan, case.policy)
    run = replace(run, mode=mode, guards={**run.guards, "cost": cost}, plan=write_plan(case.plan, mode))
    if refused is not None:
        return decline(ctx, run, refused), None
    verdict = run.verdict
    if verdict is None or mode not in (Mode.PROPOSE, Mode.ACT):
        return carry_out(ctx, run, case.plan)
    if verdict.plan_hash == case.plan.hash:
        return carry_out(ctx, replace(run, mode=Mode.ACT), case.plan)
    stale = (
        "stale",
        f"things have changed since {verdict.by} approved plan {verdict.plan_hash}: it is not carried out",
    )
    return carry_out(ctx, replace(run, mode=Mode.PROPOSE), case.plan, stale)


def carry_out(ctx: Context, run: Run, plan: Plan, *before: tuple[str, str]) -> Waiting:
    """Do with a plan what the mode says: show it, ask for it, or act on it."""
    written = write_plan(plan, run.mode)
    run = replace(run, plan=written, steps=tuple(Step(action=data) for data in written["actions"]))
    entry = ("plan", f"{plan.reason}: {'; '.join(map(str, plan.actions))} ({plan.cost})")
    if run.mode is Mode.ACT:
        return start_acting(ctx, run, *before, entry)
    refused = permitted(ctx, run, counts=0)
    if refused is not None:
        return decline(ctx, run, refused), None
    if run.mode is Mode.PROPOSE:
        return _propose(ctx, run, entry[1], *before)
    return end(ctx, run, Outcome.OBSERVED, f"would do, {entry[1]}"), None


def allowed(ctx: Context, run: Run, found: Facts) -> Policy | Decline:
    """The policy of the target, lowered by what a person asked for. An unreadable policy allows nothing."""
    defaults, wanted, limits = ctx.ports.settings.policy, run.alarm.request, ctx.remediation.limits
    try:
        policy = policy_of(found.tags, defaults, ctx.remediation.caps, limits.cooldown, limits.at_most)
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


def _watch(ctx: Context, run: Run, watch: Watch) -> Waiting:
    """Wait without the lease: nothing is changed, so nobody needs to be kept out."""
    reason = Decline(code=watch.code, seen=watch.seen, advice=watch.advice)
    if ctx.now() + watch.again_in >= run.deadline:
        return decline(ctx, run, reason), None
    entries = [] if run.decline == reason else [("watching", f"{watch.code}: {watch.seen}")]
    run = ctx.keep(replace(run.to(Phase.WATCHING, ctx.now()), decline=reason), *entries)
    ctx.ports.store.release(ctx.target(run), run.id, run.remediation, Release())
    return run, watch.again_in


def _propose(ctx: Context, run: Run, text: str, *before: tuple[str, str]) -> Waiting:
    """Ask, without the lease: the approval takes it again and plans anew, so that a stale plan is never carried out."""
    asked = replace(run.to(Phase.WAITING_FOR_ANSWER, ctx.now()), verdict=None)
    run = ctx.keep(asked, *before, ("proposed", f"waits for approval, {text}"), call_person=True)
    ctx.ports.store.release(ctx.target(run), run.id, run.remediation, Release())
    return run, ctx.ports.settings.answer_within

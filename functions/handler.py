"""Event in, decision out: the entry of every remediation's function.

Takes an EventBridge event, an SNS message, a direct alarm action, a person's request
`{"target", "reason", "requested_by", "mode"}`, one to take a run back
`{"undo": {"incident", "run"}, "reason", "requested_by", "mode"}`, or a wake-up of the follow-through `{"advance": {"incident", "run"}}`.
Answers `{"decision", "text", "incident", "run", "wait", "plan"}`; `wait` is in seconds, null when there is nothing left to do;
`plan` is null but where it is only shown or asked for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.catalogue import load
from functions.core.advance import Answer, advance
from functions.core.arn import parse_arn
from functions.core.context import Context
from functions.core.errors import InvalidEvent
from functions.core.manual import requested_undo
from functions.core.measure import of_answer
from functions.core.normalise import normalise
from functions.core.respond import respond
from functions.core.undo import undo_by_id
from functions.emf import emit
from functions.wiring import PREFIX, in_lambda, wire

logger = Logger(service="first-responder")


def lambda_handler(event: Any, context: Any) -> dict[str, Any]:
    """Raises InvalidEvent for an event that cannot be understood; Lambda then retries and hands it to the dead-letter queue."""
    answers = handle(_context(), event, context.invoked_function_arn, context.aws_request_id)
    for answer in answers:
        logger.info(answer.text or answer.decision, extra={"answer": write_answer(answer)})
        emit(of_answer(answer, _context().remediation.name))
    return write_answer(answers[-1])


def handle(ctx: Context, event: Any, function_arn: str, delivery: str) -> list[Answer]:
    """Answer everything in an event that can be understood, then raise for what cannot."""
    if isinstance(event, Mapping) and "advance" in event:
        return [_advance(ctx, event["advance"])]
    here = parse_arn(function_arn, "the function's ARN")
    if isinstance(event, Mapping) and "undo" in event:
        return [undo_by_id(ctx, *requested_undo(event, here, ctx.now(), delivery))]
    found = normalise(event, here, ctx.now(), delivery)
    answers, errors = [], [error for error in found if isinstance(error, InvalidEvent)]
    for alarm in found:
        try:
            answers += [respond(ctx, alarm, delivery)] if not isinstance(alarm, InvalidEvent) else []
        except InvalidEvent as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return answers


def write_answer(answer: Answer) -> dict[str, Any]:
    """An answer as JSON; `wait` in whole seconds, at least one."""
    wait = None if answer.wait is None else max(1, int(answer.wait.total_seconds()))
    return {
        "decision": answer.decision,
        "text": answer.text,
        "incident": answer.incident,
        "run": answer.run,
        "wait": wait,
        "plan": {name: answer.plan[name] for name in _SHOWN} if answer.plan else None,
    }


_SHOWN = ("reason", "lines", "way_back", "cost_per_month_usd", "give_back_after_seconds", "ask_first", "hash")


def _advance(ctx: Context, which: Any) -> Answer:
    if not isinstance(which, Mapping) or not all(isinstance(which.get(name), str) for name in ("incident", "run")):
        raise InvalidEvent("advance", which, "an object with the texts incident and run")
    return advance(ctx, which["incident"], which["run"])


@cache
def _context() -> Context:
    remediation = load(os.environ[f"{PREFIX}REMEDIATION"])
    return Context(remediation, wire(os.environ, uses=remediation.services))


if in_lambda():
    _context()

"""Answers that come by a button of the dashboard's widget.

CloudWatch tells a widget which dashboard it is on, and what was typed into its form; it does not tell who looks (AWS: "Details
about custom widgets in CloudWatch"). So the name is what somebody typed, and is recorded and checked as `console:<name>`. IAM
decides who gets that far: the button invokes with the rights of who clicks. A plan that takes two persons is not approved here,
because nobody vouches that they are two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from functions.core.errors import InvalidEvent
from functions.core.switch import LONGEST_NAME
from functions.lifecycle.answer_desk import AnswerDesk
from functions.lifecycle.console_page import answered, refused

WAY = "console:"
_OFFERED = ("approve", "decline", "acknowledge", "resolve")
_CONTEXT = "widgetContext"
Take = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Carries out one request of the answer function."""


def is_widget(event: object) -> bool:
    """Whether CloudWatch has called for its dashboard."""
    return isinstance(event, Mapping) and isinstance(event.get(_CONTEXT), Mapping)


def typed(event: object) -> dict[str, str]:
    """What stands in the widget's form, by name; nothing where there is none."""
    context = event.get(_CONTEXT) if isinstance(event, Mapping) else None
    forms = context.get("forms") if isinstance(context, Mapping) else None
    fields = forms.get("all") if isinstance(forms, Mapping) else None
    found = fields.items() if isinstance(fields, Mapping) else ()
    return {str(name): value for name, value in found if isinstance(value, str)}


def answer_by_widget(event: Mapping[str, Any], desk: AnswerDesk, take: Take) -> str:
    """The HTML of what became of it. Raises only what AWS raises."""
    form = typed(event)
    name, reason = form.get("by", "").strip(), form.get("reason", "").strip()
    asked = {key: value for key, value in event.items() if key != _CONTEXT}
    if asked.get("answer") not in _OFFERED:
        return refused(f"the widget offers {', '.join(_OFFERED)}")
    if not name or len(WAY + name) > LONGEST_NAME:
        return refused("type your name into the widget first; your answer is kept with it")
    if _takes_two(asked, desk):
        return refused("this plan takes a second person whose name AWS knows: ./first-responder approve")
    try:
        said = take({**asked, "by": f"{WAY}{name}", "reason": reason})
    except InvalidEvent as wrong:
        return refused(str(wrong))
    return answered(said["text"]) if said["taken"] else refused(said["text"])


def _takes_two(asked: Mapping[str, Any], desk: AnswerDesk) -> bool:
    which = asked.get("incident"), asked.get("run")
    if asked["answer"] != "approve" or not all(isinstance(part, str) and part for part in which):
        return False
    run = desk.ports.store.load(*map(str, which))
    return bool(run and run.plan and run.plan.get("second_person"))

"""A clock that runs out: a person reports something urgent, nobody takes it on, and the next contact is called.

EventBridge Scheduler rings to the minute, here as on AWS, so that this takes two to three minutes by the clock: with less than two
minutes to answer, the reminder would come no sooner than what it reminds of.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from drills.people_side import PeopleSide
from drills.play import Played
from drills.record import Record
from drills.stage import Stage, StageError
from drills.timeline import Tell, Timeline, now

NAME = "nobody-answers"
STORY = "a person reports a P1 that nobody takes on in time, the next contact is called; takes two to three minutes"
SETTINGS: Mapping[str, Any] = {"targets": {"P1": {"response": "2m"}}}
"""The deployment's word for this drill: 15 minutes would be long to watch."""
_PATIENCE_SECONDS = 240.0
_REPORT = {"service": "checkout", "title": "checkout is down", "what": "every payment is refused", "severity": "P1"}


class _Unanswered:
    """One incident, from its report to its end."""

    def __init__(self, stage: Stage, people: PeopleSide, tell: Tell) -> None:
        self._stage, self._people, self._tell = stage, people, tell
        self._record, self.timeline = Record(stage), Timeline(stage, tell, people)
        self.incident = ""

    def report(self) -> None:
        self._tell(now(), "break", STORY)
        payload = json.dumps({"report": _REPORT, "by": "ada"}).encode()
        answer = self._stage.client("lambda").invoke(FunctionName="first-responder-report", Payload=payload)
        said = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise StageError(f"the report was refused: {said}")
        self.incident = said["incident"]

    def press(self, action: str) -> None:
        self._until(lambda: self._people.button(action, self.incident) is not None, f"a button to {action}")
        button = self._people.button(action, self.incident)
        assert button is not None
        self.timeline.look()
        self._tell(now(), "person", self._people.press(button))

    def until_told(self, kind: str) -> None:
        self._until(lambda: kind in self.kinds(), f"a line of kind {kind}")

    def until_no_timer(self, part: str) -> None:
        """None is ordered any more whose name has this part."""
        self._until(lambda: not [name for name in self.timers() if part in name], f"no timer named {part}")

    def kinds(self) -> list[str]:
        lines = self._record.incident(self.incident)
        return [line["kind"] for line in lines if line["sk"].startswith("AT#")]

    def timers(self) -> list[str]:
        """The names of the schedules that are ordered for it."""
        pages = self._stage.client("scheduler").get_paginator("list_schedules").paginate(GroupName="first-responder")
        return [one["Name"] for page in pages for one in page["Schedules"] if self.incident in one["Name"]]

    def _until(self, found: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not found():
            if time.monotonic() > deadline:
                raise StageError(f"{what}: not within {_PATIENCE_SECONDS:.0f} s")
            self.timeline.look()
            time.sleep(0.5)


def play_nobody_answers(stage: Stage, people: PeopleSide, tell: Tell) -> Played:
    """Until it is resolved, its review is drafted and all of it has been told. Raises StageError where it comes to a halt."""
    began, unanswered = time.monotonic(), _Unanswered(stage, people, tell)
    unanswered.report()
    unanswered.until_told("escalation")
    unanswered.press("acknowledge")
    unanswered.until_told("acknowledged")
    unanswered.until_no_timer("-response-")
    unanswered.press("resolve")
    unanswered.until_told("resolved")
    unanswered.until_no_timer("")
    unanswered.until_told("review_drafted")
    missing = people.rest(unanswered.timeline, unanswered.incident)
    kinds = unanswered.kinds()
    forgotten = [kind for kind in ("reminder", "missed", "escalation") if kind not in kinds]
    return Played(
        NAME,
        outcome="resolved",
        wrong=f"no {forgotten[0]} was written" if forgotten else missing and f"people were not told: {missing}",
        seconds=time.monotonic() - began,
        items=Record(stage).incident(unanswered.incident),
    )

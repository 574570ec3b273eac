"""Who asks for a remediation by hand when the alarm of the whole goes off, and approves what it proposes: in Slack where there is
one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from drills.people_side import PeopleSide
from drills.scenarios import Scenario
from drills.stage import Stage, StageError
from functions.adapters.follow_through import function_name

_ANSWER, _NAME = "first-responder-answer", "ada"


class Person:
    """Looks at the alarms and at the runs of one scenario; asks once, and answers once."""

    def __init__(self, stage: Stage, scenario: Scenario, people: PeopleSide | None = None) -> None:
        self._lambda, self._scenario, self._people = stage.client("lambda"), scenario, people
        self._asked = self._answered = False

    def look(self, alarms: Mapping[str, str], runs: Sequence[Mapping[str, Any]]) -> str:
        """What is done about it, empty for nothing. Raises StageError where a function fails."""
        if not self._asked:
            return self._ask() if alarms.get(self._scenario.asked_on) == "ALARM" else ""
        waiting = [run for run in runs if run["phase"] == "waiting_for_answer"]
        return self._approve(waiting[0]["record"]) if waiting and not self._answered else ""

    def _ask(self) -> str:
        self._asked = True
        request = {
            "target": self._scenario.target,
            "reason": f"{self._scenario.asked_on} is in ALARM",
            "requested_by": _NAME,
        }
        self._invoke(function_name(self._scenario.remediation), {**request, "mode": "act"})
        return f"{_NAME} asks for {self._scenario.remediation} of {self._scenario.target}"

    def _approve(self, run: Mapping[str, Any]) -> str:
        if self._people is not None:
            pressed = self._people.approve(run)
            self._answered = bool(pressed)
            return pressed
        self._answered = True
        plan = run["plan"]["hash"]
        said = {"answer": "approve", "incident": run["incident"], "run": run["id"], "plan": plan, "by": _NAME}
        self._invoke(_ANSWER, said)
        return f"{_NAME} approves plan {plan}"

    def _invoke(self, function: str, payload: Mapping[str, Any]) -> None:
        answer = self._lambda.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
        if "FunctionError" in answer:
            raise StageError(f"{function} failed: {answer['Payload'].read().decode()}")

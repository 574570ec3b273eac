"""What a drill sees of the people's side, and what a person does there."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from drills.arrivals import Arrivals
from drills.delivered import outstanding
from drills.inbox import Inbox
from drills.people_standin.slack_press import Button, buttons, press
from drills.places import SIGNING_SECRET, Places
from drills.record import Record
from drills.stage import Stage, StageError

USER = "U0ADA00000"
_REST_SECONDS = 30.0
_ANSWERS = ("approve", "decline")
Tell = Callable[[str, str, str], None]
"""Shows one line: time, which place, text."""


class Watching(Protocol):
    """Whoever shows what happens."""

    def look(self) -> None:
        """Show what is new."""


class PeopleSide:
    """The places of a deployment, with what has come to them."""

    def __init__(self, stage: Stage, places: Places, tell: Tell) -> None:
        self._stage, self._places, self._tell = stage, places, tell
        self._record = Record(stage)
        self.arrivals = Arrivals(places, Inbox(stage))

    def look(self) -> None:
        """Show what has arrived since the last look."""
        for arrival in self.arrivals.look():
            self._tell(datetime.now(UTC).isoformat(timespec="milliseconds"), arrival.place, arrival.text)

    def approve(self, run: Mapping[str, Any]) -> str:
        """Press the button below the plan of a run, as soon as it is there; what was done, empty where it is not."""
        found = [one for one in self._answers() if _run_of(one) == run["id"] and one.action == "approve"]
        return self.press(found[0]) if found else ""

    def press(self, button: Button) -> str:
        """Raises StageError where the app refuses it."""
        urls = self._stage.client("lambda")
        url = urls.get_function_url_config(FunctionName="first-responder-answer")["FunctionUrl"]
        answer_at = f"{self._places.slack.address}actions/{USER}"
        status = press(button, USER, url=f"{url}slack", secret=SIGNING_SECRET, answer_at=answer_at)
        if status != 200:
            raise StageError(f"the press of {button.action} was answered {status}")
        return f"ada presses {button.element['text']['text']} in #{button.channel.name}"

    def button(self, action: str, incident: str) -> Button | None:
        """The one below the message of an incident, None while it is not there."""
        found = [one for one in buttons(self._places.slack.channels) if one.action == action]
        return next((one for one in found if json.loads(one.value)["incident"] == incident), None)

    def rest(self, watching: Watching, incident: str) -> str:
        """Watch until all of an incident has been told; what is still missing when patience is at its end."""
        deadline = time.monotonic() + _REST_SECONDS
        while True:
            watching.look()
            items = self._record.items()
            left = [*outstanding(items, incident), *self._stale(items)]
            if not left or time.monotonic() > deadline:
                return ", ".join(left)
            time.sleep(0.3)

    def _stale(self, items: list[dict[str, Any]]) -> list[str]:
        """Buttons below a plan that nobody can answer any more."""
        waits = {
            item["record"]["id"]
            for item in items
            if item["sk"].startswith("RUN#") and item["phase"] == "waiting_for_answer"
        }
        return [f"a button to {one.action} {_run_of(one)}" for one in self._answers() if _run_of(one) not in waits]

    def _answers(self) -> list[Button]:
        """What is below proposals."""
        return [one for one in buttons(self._places.slack.channels) if one.action in _ANSWERS]


def _run_of(button: Button) -> str:
    return str(json.loads(button.value)["run"])

"""Following a story as it happens: one picture that is drawn anew in a terminal, one line after the other elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from rich.console import Console, Group
from rich.live import Live

from console.session import Session
from console.story import Story, header, line, over, story

_EVERY = 2.0
"""Seconds. Each look is one invocation and one query of the table."""


def follow(session: Session, look: Callable[[], Story]) -> None:
    """Until it is resolved. Ctrl-C ends the looking, which changes nothing, and is no failure. Raises Refused as `look` does."""
    screen = session.screen
    with suppress(KeyboardInterrupt):
        if screen is None or session.said.json:
            _line_by_line(session, look)
        else:
            _on_screen(session, look, screen)


def _on_screen(session: Session, look: Callable[[], Story], screen: Console) -> None:
    with Live(console=screen, auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            told = look()
            live.update(_fitting(told, session.clock.now(), screen), refresh=True)
            if over(told):
                return
            session.clock.wait(_EVERY)


def _fitting(told: Story, now: datetime, screen: Console) -> Group:
    """The whole story, or as many of its newest lines as the screen has room for: what is cut is never the news."""
    picture = Group(*story(told, now))
    for newest in range(min(len(told["lines"]), screen.height), 0, -1):
        picture = Group(*story(told, now, newest=newest))
        if len(screen.render_lines(picture)) < screen.height:
            break
    return picture


def _line_by_line(session: Session, look: Callable[[], Story]) -> None:
    shown = 0
    while True:
        told = look()
        if not shown and not session.said.json:
            session.tell(*header(told, session.clock.now()), "")
        for one in told["lines"][shown:]:
            if session.said.json:
                session.out.write(json.dumps(one, sort_keys=True) + "\n")
            else:
                session.tell("  ".join(map(str, line(one))))
        shown = len(told["lines"])
        session.out.flush()
        if over(told):
            return
        session.clock.wait(_EVERY)

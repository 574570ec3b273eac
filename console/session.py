"""What a subcommand has at hand."""

from __future__ import annotations

import io
import json
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from rich.console import Console, RenderableType
from rich.text import Text

from console.clock import Clock
from console.invoke import Invoke, Refused
from console.look import lines

_WIDE = 100_000
"""Columns where nothing is as wide as a screen: a file, a pipe. One row is one line there, whatever its length."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """One command: its arguments, the way to the functions, who asks, the time, and where to write."""

    said: Namespace
    invoke: Invoke
    caller: Callable[[], str]
    clock: Clock
    out: TextIO

    @property
    def by(self) -> str:
        """Who asks: --by, or the caller's name. Raises Refused where AWS does not tell it."""
        return self.said.by or self.caller()

    @property
    def screen(self) -> Console | None:
        """The terminal; None where the output goes elsewhere."""
        return Console(file=self.out, highlight=False, markup=False, emoji=False) if self.out.isatty() else None

    def show(self, answer: Mapping[str, Any], *told: RenderableType) -> None:
        """The answer as JSON for scripts, or what is told of it for people."""
        if self.said.json:
            self.out.write(json.dumps(answer, indent=2, sort_keys=True) + "\n")
        else:
            self.tell(*told)

    def tell(self, *told: RenderableType) -> None:
        """As wide as the terminal and in its colours; elsewhere plain, without a break in a row."""
        screen = self.screen
        for one in told:
            thing = Text(lines(one)) if isinstance(one, str) else one
            if screen is not None:
                screen.print(thing)
            else:
                self.out.write(_plain(thing))

    def ask(self, question: str, instead: str) -> bool:
        """Whether somebody at the keyboard types yes. Raises Refused where nobody is there, saying what to do `instead`."""
        if self.said.json or not sys.stdin.isatty():
            raise Refused(f"nobody can be asked here: {instead}")
        self.out.write(f"{question} Type yes: ")
        self.out.flush()
        return sys.stdin.readline().strip().lower() == "yes"


def _plain(thing: RenderableType) -> str:
    paper = io.StringIO()
    Console(file=paper, width=_WIDE, color_system=None, highlight=False, markup=False, emoji=False).print(thing)
    return "".join(f"{line.rstrip()}\n" for line in paper.getvalue().splitlines())

"""The command and its groups of subcommands.

A group is one file with `register(subcommands)`: it adds its parsers, each with its function as the default of `run`. To add
one, write the file and name it in GROUPS.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import TextIO

from console import drifts, drill, incidents, proposals, remediations, switches, undo
from console.clock import Clock, WallClock
from console.invoke import Invoke, Refused
from console.session import Session

GROUPS = (incidents, proposals, remediations, undo, switches, drifts, drill)
DONE, REFUSED, USAGE = 0, 1, 2
_CLOCK = WallClock()


def run(
    arguments: Sequence[str],
    invoke: Invoke,
    caller: Callable[[], str],
    out: TextIO,
    err: TextIO,
    clock: Clock = _CLOCK,
) -> int:
    """Carry out one command line and give its exit code: 0 done, 1 refused (why is on `err`), 2 not understood."""
    try:
        with redirect_stdout(out), redirect_stderr(err):
            said = _parser().parse_args(arguments)
    except SystemExit as done:
        return USAGE if done.code else DONE
    try:
        said.run(Session(said=said, invoke=invoke, caller=caller, clock=clock, out=out))
    except Refused as refused:
        err.write(f"first-responder: {refused}\n")
        return REFUSED
    return DONE


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="first-responder", description="Talk to a deployed First Responder.")
    subcommands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for group in GROUPS:
        group.register(subcommands)
    return parser

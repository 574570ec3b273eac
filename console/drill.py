"""drill: break a sample workload on a local AWS and watch it being mended. Runs `make drill`, which brings all that it needs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from console.invoke import Refused
from console.session import Session

_ROOT = Path(__file__).resolve().parents[1]
_SCENARIO = re.compile(r"[a-z0-9_-]+")
"""It goes through make into a shell: nothing else may be in it."""


def register(subcommands: Any) -> None:
    drill = subcommands.add_parser("drill", help="play an outage on a local AWS and watch it being mended")
    drill.set_defaults(run=_drill)
    drill.add_argument("--scenario", metavar="NAME", help="this one alone; all if left out")
    drill.add_argument("--list", action="store_true", help="list the scenarios")


def _drill(session: Session) -> None:
    said = session.said
    if said.scenario and not _SCENARIO.fullmatch(said.scenario):
        raise Refused(f"{said.scenario!r} is no scenario: drill --list names them")
    make = shutil.which("make")
    if make is None or not (_ROOT / "Makefile").is_file():
        raise Refused(f"make and the Makefile are needed for a drill: run 'make drill' in a checkout, not in {_ROOT}")
    chosen = [*(["LIST=1"] if said.list else []), *([f"SCENARIO={said.scenario}"] if said.scenario else [])]
    session.out.flush()
    done = subprocess.run([make, "--no-print-directory", "-C", str(_ROOT), "drill", *chosen], check=False)
    if done.returncode:
        raise Refused(f"the drill ended with {done.returncode}: what went wrong stands above")

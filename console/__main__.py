"""`python -m console`, as ./first-responder calls it."""

from __future__ import annotations

import sys

from console.caller import sts_caller
from console.command import run
from console.invoke import LambdaInvoke

sys.exit(run(sys.argv[1:], LambdaInvoke(), sts_caller, sys.stdout, sys.stderr))

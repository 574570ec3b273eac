"""A real browser for tests: headless Chromium, as `make .tools-browser/done` has installed it. Without it these tests fail."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).parents[2] / ".tools-browser"
_HERE = Path(__file__).parent


def look(file: Path, work: Path, *, picture: Path | None = None, **how: Any) -> dict[str, Any]:
    """What look.mjs says of the page in `file`. `work` is an empty folder for the browser's profile."""
    assert (TOOLS / "done").exists(), "no browser: run `make .tools-browser/done`, as `make test` does"
    asked = {"folder": str(TOOLS), "file": str(file), "profile": str(work / "profile"), **how}
    if picture is not None:
        asked["picture"] = str(picture)
    done = subprocess.run(
        ["node", str(_HERE / "look.mjs")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer

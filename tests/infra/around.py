"""The functions around an incident that every deployment has, by name."""

from __future__ import annotations

AROUND = tuple(
    f"first-responder-{name}"
    for name in (
        "announce-mail",
        "answer",
        "audit",
        "clocks",
        "console",
        "drifts",
        "incidents",
        "intake",
        "investigate",
        "report",
        "resolve",
        "review",
        "sweep",
        "switches",
    )
)

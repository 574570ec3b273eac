"""Chain of custody: what a run has kept as evidence, in what order, and how to see whether it is still the same.

The whole run is kept before its first change and at its end. The end is sealed by a manifest, which lists both with their SHA-256
and, of a target that was changed before, the SHA-256 of the manifest of that change. The manifest's own stands in the run's record,
so that who changes evidence unseen has to change the bucket and the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from functions.core.context import Context
from functions.core.run import Run
from functions.core.run_record import plain, write_run


def keep_evidence(ctx: Context, run: Run) -> Run:
    """The whole run as it is now; the run lists it."""
    return _keep(ctx, run, f"{_folder(run)}/{run.version:04}.json", write_run(run))


def seal(ctx: Context, run: Run) -> Run:
    """The manifest of an ended run. A repeated end seals anew what it has kept anew: the run lists the one that holds."""
    return _keep(ctx, run, manifest_key(run), _manifest(run))


def manifest_key(run: Run) -> str:
    """Where the manifest of a run is kept."""
    return f"{_folder(run)}/manifest.json"


def seal_of(run: Run) -> str:
    """The SHA-256 of a run's manifest, empty where it has none."""
    return run.evidence.get(manifest_key(run), {}).get("sha256", "")


def _folder(run: Run) -> str:
    return f"{run.incident}/{run.id}"


def _keep(ctx: Context, run: Run, key: str, content: Mapping[str, Any]) -> Run:
    kept = ctx.ports.evidence.keep(key, content)
    listed = {"sha256": kept.sha256, "version": kept.version, "at": plain(ctx.now())}
    return replace(run, evidence={**run.evidence, key: listed})


def _manifest(run: Run) -> dict[str, Any]:
    """`previous` is the seal of the run that changed this target last before."""
    objects = [(key, kept) for key, kept in sorted(run.evidence.items()) if key != manifest_key(run)]
    return {
        "incident": run.incident,
        "run": run.id,
        "remediation": run.remediation,
        "target": run.target,
        "outcome": run.outcome,
        "objects": [{"sequence": number, "key": key, **kept} for number, (key, kept) in enumerate(objects, 1)],
        "previous": {"run": run.ledger.sealed_by, "sha256": run.ledger.seal},
    }

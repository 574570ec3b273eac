"""Two owners, one change: what a run changes may belong to somebody else than what its alarm watches."""

from __future__ import annotations

from collections.abc import Mapping

from functions.core.errors import InvalidSetting
from functions.core.policy import TAG_PREFIX, Mode, lower, read_mode

MODE = f"{TAG_PREFIX}mode"


def tags_of_both(target: Mapping[str, str], changed: Mapping[str, str]) -> dict[str, str]:
    """The target's tags, with the mode that the owners of the target and of what is changed both allow.

    The owner of what is changed decides, and the target's may only be more careful. Where the former has said nothing the
    deployment's default holds, so that a tag of the target alone never lets another resource be changed.
    """
    mode = _mode(target.get(MODE), changed.get(MODE))
    rest = {key: value for key, value in target.items() if key != MODE}
    return rest if mode is None else {**rest, MODE: mode}


def _mode(target: str | None, changed: str | None) -> str | None:
    """None for the deployment's default. An unreadable mode comes through, and stops the run."""
    try:
        of_target = read_mode(target, MODE) if target is not None else None
        of_changed = read_mode(changed, MODE) if changed is not None else None
    except InvalidSetting as error:
        return str(error.found)
    if of_changed is None:
        return None if of_target in (None, Mode.ACT) else of_target
    return of_changed if of_target is None else lower(of_target, of_changed)

"""What is put into Lambda: functions/ and the libraries that Lambda's runtime lacks. Made by copying; no pip, no Docker."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import py_compile
import sys
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath

RUNTIME = (3, 13)
"""The Python of the Lambda runtime; infra/watched_function.py names it to AWS."""
LIBRARIES = ("aws-lambda-powertools", "jmespath", "typing_extensions", "slack_sdk", "tzdata")
"""Powertools and all that it requires; Slack's, which requires nothing; and the time zones of calendar.toml: not every image of
Amazon Linux 2023 has had them. boto3 is the runtime's own."""
ROOT = Path(__file__).resolve().parents[1]
STAGED = ROOT / "build" / "bundle"
_USED_UTILITY = "jmespath_utils"
_USED_OF_SLACK = ("errors", "http_retry", "models", "signature", "web", "webhook")
_OWN_KINDS = ("*.py", "*.toml")
"""Code, and the runbook's rules."""


def stage(folder: Path = STAGED, python: tuple[int, int] = sys.version_info[:2]) -> str:
    """Bring `folder` up to date and return its hash, which is the same for the same sources wherever they are staged.

    Bytecode is added where this interpreter is of the runtime's version: without it the functions compile on each cold
    start. It is not part of the hash (Python does not write it byte for byte the same), but its being there is.
    """
    sources = _own() | _libraries()
    compiled = python == RUNTIME
    changed = _write(folder, sources)
    if compiled:
        code = [path for path in sources if path.endswith(".py")]
        _compile(folder, [path for path in code if path in changed or not _bytecode(folder / path).exists()])
    kept = {folder / path for path in sources} | ({_bytecode(folder / path) for path in sources} if compiled else set())
    for file in folder.rglob("*"):
        if file.is_file() and file not in kept:
            file.unlink()
    digest = hashlib.sha256(importlib.util.MAGIC_NUMBER if compiled else b"")
    for path in sorted(sources):
        digest.update(f"{path}\0{len(sources[path])}\0".encode() + sources[path])
    return digest.hexdigest()


def _own() -> dict[str, bytes]:
    files = [file for kind in _OWN_KINDS for file in (ROOT / "functions").rglob(kind)]
    return {file.relative_to(ROOT).as_posix(): file.read_bytes() for file in files}


def _libraries() -> dict[str, bytes]:
    """The modules of the libraries, from where they are installed for this interpreter."""
    files = [file for name in LIBRARIES for file in distribution(name).files or ()]
    return {file.as_posix(): file.read_binary() for file in files if _used(file)}


def _used(file: PurePosixPath) -> bool:
    """Of tzdata, the package with its data. Of Powertools, all but the event handler and the utilities: Logger and Metrics need
    none of them."""
    if file.parts[0] == "tzdata":
        return file.suffix != ".pyc"
    if file.suffix != ".py":
        return False
    if file.parts[0].startswith("slack"):
        return _used_of_slack(file)
    if file.parts[:2] == ("aws_lambda_powertools", "utilities"):
        return (file.name == "__init__.py" and len(file.parts) == 3) or _USED_UTILITY in file.parts
    return file.parts[:2] != ("aws_lambda_powertools", "event_handler")


def _used_of_slack(file: PurePosixPath) -> bool:
    """The client that waits for its answer, and the check of signatures. The package `slack` is only an older name."""
    part = file.parts[0] == "slack_sdk" and (len(file.parts) == 2 or file.parts[1] in _USED_OF_SLACK)
    return part and not any(word in file.name for word in ("async", "legacy", "aiohttp"))


def _write(folder: Path, sources: dict[str, bytes]) -> set[str]:
    """Write what differs, each file in one step: a synth that runs at the same time never sees half of one."""
    changed = {path for path, content in sources.items() if not _holds(folder / path, content)}
    for path in changed:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        waiting = folder.parent / f"{folder.name}.{os.getpid()}"
        waiting.write_bytes(sources[path])
        waiting.chmod(0o644)  # Lambda's own user has to be able to read it, whatever the umask here
        waiting.replace(folder / path)
    return changed


def _holds(file: Path, content: bytes) -> bool:
    return file.is_file() and file.read_bytes() == content


def _bytecode(source: Path) -> Path:
    return source.parent / "__pycache__" / f"{source.stem}.cpython-{RUNTIME[0]}{RUNTIME[1]}.pyc"


def _compile(folder: Path, paths: list[str]) -> None:
    """Bytecode that is never checked against its source: the CDK's zip resets all times, which would make it look stale."""
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    for path in paths:
        target = _bytecode(folder / path)
        py_compile.compile(str(folder / path), str(target), f"/var/task/{path}", True, invalidation_mode=unchecked)
        target.chmod(0o644)

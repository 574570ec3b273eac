from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest

from infra import bundle

RUNTIME_BRINGS = ("boto3", "botocore", "s3transfer", "dateutil", "urllib3", "six.py")
IMPORT_EVERYTHING = """
import sys, pkgutil, importlib
sys.path[:0] = sys.argv[1:]
import functions
for module in pkgutil.walk_packages(functions.__path__, "functions."):
    importlib.import_module(module.name)
from aws_lambda_powertools import Logger, Metrics
Logger(service="s").info("hello")
Metrics(namespace="n", service="s").flush_metrics()
import zoneinfo
zoneinfo.reset_tzpath([])
zoneinfo.ZoneInfo("America/Argentina/Ushuaia")
assert sys.modules["tzdata"].__file__.startswith(sys.argv[1])
assert sys.modules["aws_lambda_powertools"].__file__.startswith(sys.argv[1])
"""


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("staged") / "bundle"
    bundle.stage(folder, python=(3, 0))
    return folder


def test_it_holds_our_functions_and_what_they_need_and_nothing_else(staged: Path) -> None:
    assert {path.name for path in staged.iterdir()} == {
        "functions",
        "aws_lambda_powertools",
        "jmespath",
        "slack_sdk",
        "typing_extensions.py",
        "tzdata",
    }
    assert (staged / "functions" / "core" / "respond.py").is_file()
    others = [path for path in staged.rglob("*") if path.is_file() and "tzdata" not in path.parts]
    assert {path.suffix for path in others} == {".py", ".toml"}
    assert [path for path in staged.rglob("*") if "test" in path.name] == []


def test_everything_in_it_can_be_imported_where_there_is_only_what_the_runtime_brings(
    staged: Path, tmp_path: Path
) -> None:
    installed = Path(sys.modules["boto3"].__file__ or "").parents[1]
    for name in RUNTIME_BRINGS:
        (tmp_path / name).symlink_to(installed / name)
    command = [sys.executable, "-I", "-S", "-c", IMPORT_EVERYTHING, str(staged), str(tmp_path)]
    environment = {"AWS_DEFAULT_REGION": "eu-west-1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr


def test_the_libraries_are_powertools_slacks_the_time_zones_and_all_that_they_require() -> None:
    wanted = {"aws-lambda-powertools", "slack-sdk", "tzdata"}
    for name in sorted(wanted):
        wanted |= {re.split(r"[ <>=;(~!]", line, maxsplit=1)[0] for line in _needs(name)}
    assert wanted == {name.replace("_", "-") for name in bundle.LIBRARIES}
    assert all(not _needs(name) for name in wanted - {"aws-lambda-powertools"})


def test_of_slacks_library_only_the_client_and_the_check_of_signatures_are_taken(staged: Path) -> None:
    names = {path.relative_to(staged / "slack_sdk").as_posix() for path in (staged / "slack_sdk").rglob("*.py")}
    assert {"web/client.py", "signature/__init__.py"} <= names
    assert not any(word in name for name in names for word in ("async", "legacy", "socket_mode", "oauth", "audit"))


def test_slacks_library_is_loaded_by_the_functions_of_slack_alone() -> None:
    for name, loads in {"handler": False, "lifecycle.incidents": False, "lifecycle.answer": False, **_SLACKS}.items():
        seen = f"import sys, functions.{name}; print('slack_sdk' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True, cwd=bundle.ROOT)
        assert done.stdout.strip() == str(loads), name


_SLACKS = {"lifecycle.announce_slack": True}


def _needs(name: str) -> list[str]:
    return [line for line in requires(name) or () if "extra ==" not in line]


def test_its_hash_is_the_same_wherever_it_is_staged(tmp_path: Path) -> None:
    assert bundle.stage(tmp_path / "one" / "bundle") == bundle.stage(tmp_path / "two" / "bundle")


def test_its_hash_changes_with_a_source_and_what_is_gone_is_taken_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(bundle.ROOT / "functions", tmp_path / "functions")
    monkeypatch.setattr(bundle, "ROOT", tmp_path)
    folder = tmp_path / "build" / "bundle"
    before = bundle.stage(folder)
    added = tmp_path / "functions" / "added.py"
    added.write_text('"""One more."""\n')
    assert bundle.stage(folder) != before
    added.unlink()
    assert bundle.stage(folder) == before
    assert not (folder / "functions" / "added.py").exists()


def test_a_staged_file_that_was_tampered_with_is_put_right(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    bundle.stage(folder)
    (folder / "functions" / "handler.py").write_text("broken")
    (folder / "stray.py").write_text("stray")
    bundle.stage(folder)
    assert (folder / "functions" / "handler.py").read_bytes() == (bundle.ROOT / "functions/handler.py").read_bytes()
    assert not (folder / "stray.py").exists()


def test_lambda_can_read_every_file(staged: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in staged.rglob("*") if path.is_file()} == {0o644}


def test_an_interpreter_of_the_runtimes_version_adds_bytecode_that_never_looks_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = (sys.version_info[0], sys.version_info[1])
    monkeypatch.setattr(bundle, "RUNTIME", here)
    with_bytecode = bundle.stage(tmp_path / "bundle", python=here)
    sources = sorted((tmp_path / "bundle").rglob("*.py"))
    compiled = [source.parent / "__pycache__" / f"{source.stem}.cpython-{here[0]}{here[1]}.pyc" for source in sources]
    assert sorted((tmp_path / "bundle").rglob("*.pyc")) == sorted(compiled)
    assert {int.from_bytes(file.read_bytes()[4:8], "little") for file in compiled} == {1}  # PEP 552: hash, unchecked
    assert bundle.stage(tmp_path / "bundle", python=(3, 0)) != with_bytecode
    assert list((tmp_path / "bundle").rglob("*.pyc")) == []

"""The way to the deployed functions, and who the caller is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from console.caller import name_in, sts_caller
from console.invoke import LambdaInvoke, Refused, read_answer
from tests.events import ACCOUNT

ROOT = Path(__file__).resolve().parents[2]
SWITCHES = "first-responder-switches"


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:iam::123456789012:user/team/alice", "alice"),
        ("arn:aws:sts::123456789012:assumed-role/Admin/alice@example.org", "alice@example.org"),
        ("arn:aws:iam::123456789012:root", "root"),
    ],
)
def test_a_caller_is_named_by_the_last_part_of_the_arn(arn: str, name: str) -> None:
    assert name_in(arn) == name


def test_sts_tells_who_calls(aws_account: None) -> None:
    assert sts_caller() == "moto"


def test_an_answer_is_handed_on_and_an_error_is_its_sentence() -> None:
    assert read_answer(b'{"switches": []}', failed=False) == {"switches": []}
    body = b'{"errorMessage": "scope is 1; allowed: all", "errorType": "InvalidEvent"}'
    with pytest.raises(Refused, match=r"^scope is 1; allowed: all$"):
        read_answer(body, failed=True)
    with pytest.raises(Refused, match=r"^Runtime\.ExitError$"):
        read_answer(b'{"errorType": "Runtime.ExitError"}', failed=True)


def test_a_function_that_is_not_deployed_is_a_refusal(aws_account: None) -> None:
    with pytest.raises(
        Refused, match=f"{SWITCHES} could not be asked: .*ResourceNotFound.*{ACCOUNT}.*Is it deployed in"
    ):
        LambdaInvoke()(SWITCHES, {"switch": "list"})


def test_without_a_region_there_is_a_sentence_and_no_traceback(
    aws_account: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(Refused, match=r"asked: You must specify a region\. Set AWS_REGION"):
        LambdaInvoke()(SWITCHES, {"switch": "list"})


def test_the_command_runs_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "console").mkdir()  # a package of the same name where the caller stands is not ours
    (tmp_path / "console" / "__init__.py").write_text("raise SystemExit('not this one')")
    done = subprocess.run(
        [ROOT / "first-responder", "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "switches" in done.stdout


def test_a_fresh_copy_says_what_to_run_first(tmp_path: Path) -> None:
    command = tmp_path / "first-responder"
    command.write_bytes((ROOT / "first-responder").read_bytes())
    command.chmod(0o755)
    done = subprocess.run([command, "switches"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert (
        done.stderr == f"first-responder: {tmp_path}/.venv is missing. Run 'make deploy' or 'make synth' there first.\n"
    )

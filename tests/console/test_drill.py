"""drill: hands over to make, and lets nothing but a scenario's name through."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console.conftest import Console


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A make that only writes down how it was called, and fails for the scenario `bad`."""
    make, said = tmp_path / "make", tmp_path / "said"
    make.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{said}"\ncase "$*" in *bad*) exit 3;; esac\n')
    make.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    return said


def test_it_makes_the_drill_of_this_checkout(console: Console, made: Path) -> None:
    root = str(Path(__file__).resolve().parents[2])
    assert console("drill")[0] == 0
    assert made.read_text().splitlines() == ["--no-print-directory", "-C", root, "drill"]
    assert console("drill", "--scenario", "rds-storage")[0] == 0
    assert made.read_text().splitlines()[3:] == ["drill", "SCENARIO=rds-storage"]
    assert console("drill", "--list")[0] == 0
    assert made.read_text().splitlines()[3:] == ["drill", "LIST=1"]


def test_a_drill_that_goes_wrong_is_a_failure(console: Console, made: Path) -> None:
    code, _, err = console("drill", "--scenario", "bad")
    assert (code, "the drill ended with 3" in err) == (1, True)


@pytest.mark.parametrize("name", ["x; rm -rf y", "$(id)", "A", "a b", "`id`"])
def test_what_is_no_name_never_comes_to_make(console: Console, made: Path, name: str) -> None:
    code, _, err = console("drill", "--scenario", name)
    assert (code, "is no scenario" in err, made.exists()) == (1, True, False)


def test_without_make_it_says_what_to_do(console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, err = console("drill")
    assert (code, "run 'make drill' in a checkout" in err) == (1, True)

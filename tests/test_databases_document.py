"""What docs/runbook/databases.md says is held by tests that are there, under codes that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs/runbook/databases.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in DOCUMENT.splitlines()
    if line.startswith("| ") and not line.startswith("| AWS |")
]
TESTS = set(re.findall(r"def test_(\w+)", "".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))))
SAID = "".join(file.read_text() for file in (ROOT / "functions").rglob("*.py"))


def named(cell: str, pattern: str) -> list[str]:
    return [name for quoted in re.findall(r"`([^`]+)`", cell) for name in re.findall(pattern, quoted)]


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:40] for row in ROWS])
def test_every_row_names_tests_and_codes_that_are_there(row: list[str]) -> None:
    _, does, tests, how = row
    assert how.startswith(("test", "not without an account"))
    for name in named(tests, r"^(?:.*::)?([a-z_]+…?)$"):
        assert name == "pitfall" or any(
            test.startswith(name[:-1]) if name.endswith("…") else test == name for test in TESTS
        ), name
    for module in named(tests, r"^([a-z_/]+\.py)"):
        assert (ROOT / "tests" / module).is_file() or (ROOT / "tests/remediations" / module).is_file(), module
    for code in named(does, r"^([a-z]+(?:_[a-z]+)+)$"):
        assert f'"{code}"' in SAID, code


def test_every_row_of_the_runbook_about_databases_has_its_table() -> None:
    headings = re.findall(r"^## (\w+) — `(\w+\.py)`", DOCUMENT, re.MULTILINE)
    assert len(headings) == 10
    for remediation, module in headings:
        assert (ROOT / "functions/remediations" / f"{remediation}.py").is_file(), remediation
        assert (ROOT / "tests/remediations" / module).is_file(), module

"""The rules of the house, held against every file and every unit of the catalogue."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from functions.catalogue import load, load_all, names
from functions.core.action import Action
from functions.core.permission import EVERYTHING
from functions.core.trigger import MetricAlarm, ServiceEvent
from tests.scenes import scenes_of

ROOT = Path(__file__).parent.parent
FUNCTIONS = ROOT / "functions"
HEADINGS = ("When", "Does", "Proof", "Undo")

MAY_IMPORT = {
    "core": {"core"},
    "sizing": {"sizing", "core"},
    "readings": {"readings", "core"},
    "actions": {"actions", "readings", "core"},
    "remediations": {"remediations", "actions", "readings", "sizing", "core"},
    "adapters": {"adapters", "core"},
    "catalogue": {"remediations", "core"},
    "wiring": {"adapters", "core"},
    "emf": {"core"},
    "handler": {"catalogue", "wiring", "emf", "core"},
    "lifecycle": {"lifecycle", "catalogue", "wiring", "emf", "adapters", "readings", "sizing", "core"},
}
SDK = {"boto3", "botocore"}
MAY_IMPORT_OUTSIDE = {
    "actions": {"botocore"},
    "readings": {"botocore"},
    "remediations": {"botocore"},
    "adapters": SDK | {"slack_sdk"},
    "emf": {"aws_lambda_powertools"},
    "handler": {"aws_lambda_powertools"},
    "lifecycle": {"aws_lambda_powertools"},
}


def sources() -> list[Path]:
    return sorted(FUNCTIONS.rglob("*.py"))


def layer(path: Path) -> str:
    return path.relative_to(FUNCTIONS).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield f"{node.module}.{node.names[0].name}" if node.module == "functions" else str(node.module)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_arrows_point_one_way(path: Path) -> None:
    if path.name == "__init__.py":
        assert list(imports(path)) == []
        return
    for module in imports(path):
        top, _, rest = module.partition(".")
        if top == "functions":
            assert rest.partition(".")[0] in MAY_IMPORT[layer(path)], f"{layer(path)} imports {module}"
        elif top not in sys.stdlib_module_names:
            assert top in MAY_IMPORT_OUTSIDE.get(layer(path), set()), f"{layer(path)} imports {module}"


def test_functions_never_import_the_cdk_and_the_core_never_the_sdk() -> None:
    for path in sources():
        tops = {module.partition(".")[0] for module in imports(path)}
        assert not tops & {"aws_cdk", "constructs", "infra"}, path
        assert layer(path) != "core" or not tops & SDK, path


def test_drills_are_not_part_of_what_is_deployed() -> None:
    for folder in ("functions", "infra"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not any(module.startswith(("drills", "tests")) for module in imports(path)), path


@pytest.mark.parametrize("name", names())
def test_a_remediation_has_its_test_and_its_four_headings(name: str) -> None:
    assert (ROOT / "tests/remediations" / f"test_{name}.py").is_file()
    text = sys.modules[type(load(name)).__module__].__doc__ or ""
    found = [line.split()[0] for line in text.splitlines() if line.split() and line.split()[0] in HEADINGS]
    assert tuple(found) == HEADINGS


@pytest.mark.parametrize("name", names())
def test_a_remediation_has_scenes_for_the_faults_and_the_permissions(name: str) -> None:
    scenes = scenes_of(name)
    assert scenes, f"tests/remediations/test_{name}.py offers no SCENES"
    assert all(scene.__name__ == title for title, scene in scenes.items())


def test_every_action_stands_in_actions_and_has_its_test() -> None:
    for remediation in load_all():
        for action in remediation.actions:
            module = action.__module__
            assert module.startswith("functions.actions."), action
            assert (ROOT / "tests/actions" / f"test_{module.rpartition('.')[2]}.py").is_file()


def _values(detail: Any, name: str) -> set[str]:
    return set(detail[name])


def _meet(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return any(one.startswith(other) or other.startswith(one) for one in some for other in others)


def overlap(one: Any, other: Any) -> bool:
    """Whether some alarm or event would start both."""
    if isinstance(one, MetricAlarm) and isinstance(other, MetricAlarm):
        return (one.namespace, one.metric) == (other.namespace, other.metric)
    if isinstance(one, ServiceEvent) and isinstance(other, ServiceEvent):
        same = (one.source, one.detail_type) == (other.source, other.detail_type)
        shared = set(one.detail) & set(other.detail)
        begins = set(one.prefixes) & set(other.prefixes)
        return (
            same
            and all(_values(one.detail, name) & _values(other.detail, name) for name in shared)
            and all(_meet(one.prefixes[name], other.prefixes[name]) for name in begins)
        )
    return False


def test_events_that_begin_otherwise_do_not_overlap() -> None:
    def finding(*begins: str) -> ServiceEvent:
        return ServiceEvent(
            source="aws.guardduty", detail_type="GuardDuty Finding", detail={}, prefixes={"type": begins}
        )

    assert overlap(finding("Trojan:EC2/", "Impact:EC2/"), finding("Impact:EC2/PortSweep"))
    assert not overlap(finding("Impact:EC2/"), finding("Impact:IAMUser/"))


def test_no_trigger_belongs_to_two_remediations() -> None:
    assert all(overlap(trigger, trigger) for remediation in load_all() for trigger in remediation.triggers)
    for one, other in combinations(load_all(), 2):
        for trigger in one.triggers:
            assert not any(overlap(trigger, another) for another in other.triggers), (
                f"{one.name} and {other.name}: {trigger}"
            )


@pytest.mark.parametrize("name", names())
def test_permissions_are_exact_and_a_star_has_its_reason(name: str) -> None:
    for allow in load(name).permissions:
        assert re.fullmatch(r"[a-z0-9-]+:[A-Z][A-Za-z]+", allow.action), allow
        assert allow.on == EVERYTHING or allow.on.startswith("arn:{partition}:"), allow
        assert allow.on != EVERYTHING or len(allow.because) > 20, f"{allow.action} on everything needs its reason"


@pytest.mark.parametrize("name", names())
def test_what_changes_something_is_declared_by_an_action_and_reads_only_read(name: str) -> None:
    reading = ("Describe", "Get", "List", "Lookup")
    for allow in load(name).reads:
        assert allow.action.partition(":")[2].startswith(reading), allow
    for action in load(name).actions:
        assert issubclass(action, Action)
        assert action.permissions, f"{action.__name__} declares no permission"


def test_mutating_calls_stand_only_in_actions() -> None:
    mutating = re.compile(  # a query of Logs Insights is started and stopped, and changes nothing
        r"\.(?!(?:start|stop)_query\()(create|modify|update|delete|put|register|deregister|stop|start|reboot|run|terminate|tag|restore|authorize"
        r"|revoke|rotate|detach|attach)_[a-z_]+\("
    )
    actions = [path for path in sources() if layer(path) == "actions" and path.name != "__init__.py"]
    assert any(mutating.search(path.read_text()) for path in actions)
    for path in sources():
        if layer(path) in ("remediations", "readings", "sizing"):
            assert not mutating.search(path.read_text()), path


def test_action_names_are_unique_within_a_remediation() -> None:
    for remediation in load_all():
        counted = Counter(action.__name__ for action in remediation.actions)
        assert max(counted.values(), default=1) == 1

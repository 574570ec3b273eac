"""The price table and what is computed from it. What it does not know has no price, which is not the same as zero."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from functions.core import price_table
from functions.core.decision import Plan
from functions.core.price_table import RDS_LARGE, RDS_SIZES, WRITTEN_DOWN, Price
from functions.core.prices import ebs_snapshot, fargate_tasks, rds_instance, rds_snapshot, rds_storage, together


def rows() -> list[Price]:
    found = []
    for value in vars(price_table).values():
        values = value.values() if isinstance(value, dict) else [value]
        found += [each for each in values if isinstance(each, Price)]
    return found


def test_every_row_is_above_zero_and_names_its_unit_and_its_page_at_aws() -> None:
    assert len(rows()) >= 15
    for row in rows():
        assert row.usd > 0 and row.per and row.page.startswith("https://aws.amazon.com/"), row


def test_the_table_says_when_where_and_without_what() -> None:
    text = price_table.__doc__ or ""
    assert "list prices" in text and "from memory" in text
    assert WRITTEN_DOWN.year >= 2026 and WRITTEN_DOWN.resolution == timedelta(days=1)
    assert price_table.REGION == "us-east-1"
    assert {"data transfer", "taxes"} < set(price_table.NOT_IN_THEM)


def test_every_family_of_instances_has_sizes_and_a_price_for_them() -> None:
    assert set(RDS_LARGE) == set(RDS_SIZES) >= {"t3", "t4g", "m5", "m6g", "m7g", "r5", "r6g", "r7g"}
    assert all(sizes["large"] == 1 for sizes in RDS_SIZES.values())


@pytest.mark.parametrize(
    ("instance_class", "engine", "multi_az", "usd"),
    [
        ("db.t3.micro", "postgres", False, "13.23"),  # 0.145 / 8 * 730
        ("db.t4g.medium", "mysql", False, "47.08"),  # 0.129 / 2 * 730
        ("db.m5.large", "postgres", False, "129.94"),  # 0.178 * 730
        ("db.m5.large", "postgres", True, "259.88"),
        ("db.r6g.4xlarge", "mariadb", False, "1314.00"),  # 0.225 * 8 * 730
        ("db.r5.24xlarge", "mysql", True, "17520.00"),  # 0.25 * 48 * 2 * 730
    ],
)
def test_an_instance_costs_its_hours_and_its_standby_the_same_again(
    instance_class: str, engine: str, multi_az: bool, usd: str
) -> None:
    assert rds_instance(instance_class, engine, multi_az=multi_az) == Decimal(usd)


@pytest.mark.parametrize(
    ("instance_class", "engine"),
    [
        ("db.x2g.large", "postgres"),
        ("db.m5.3xlarge", "postgres"),
        ("db.m6g.24xlarge", "postgres"),
        ("db.m5.large.tpc2", "postgres"),
        ("cache.m5.large", "postgres"),
        ("db.m5", "postgres"),
        ("", "postgres"),
        ("db.m5.large", "oracle-ee"),
        ("db.m5.large", "aurora-postgresql"),
    ],
)
def test_an_unknown_class_or_engine_has_no_price(instance_class: str, engine: str) -> None:
    assert rds_instance(instance_class, engine, multi_az=False) is None


def test_a_volume_costs_by_its_type_and_its_copies_and_an_unknown_type_has_no_price() -> None:
    assert rds_storage(100, "gp3", 1) == Decimal("11.50")
    assert rds_storage(100, "io2", 2) == Decimal("25.00")
    assert rds_storage(100, "gp9", 1) is None
    assert rds_storage(100, "", 1) is None


def test_snapshots_cost_by_the_gib() -> None:
    assert (rds_snapshot(80), ebs_snapshot(80), rds_snapshot(0)) == (Decimal("7.60"), Decimal("4.00"), Decimal(0))


def test_tasks_cost_their_vcpus_and_memory_and_one_without_a_size_has_no_price() -> None:
    assert fargate_tasks(2, 1024, 2048) == Decimal("72.08")  # 2 * (0.04048 + 2 * 0.004445) * 730
    assert fargate_tasks(1, 0, 512) is None
    assert fargate_tasks(1, 256, 0) is None
    assert fargate_tasks(2, 1024, 2048, arm=True) == Decimal("57.67")  # 2 * (0.03238 + 2 * 0.00356) * 730
    assert fargate_tasks(1, 1024, 2048, windows=True) is None


def test_one_unknown_part_makes_the_whole_unknown() -> None:
    assert together(Decimal("1.10"), Decimal("2.20")) == Decimal("3.30")
    assert together(Decimal("1.10"), None) is None


def test_a_plan_has_to_say_what_it_costs_and_its_cost_is_part_of_what_is_approved() -> None:
    with pytest.raises(TypeError, match="cost_per_month_usd"):
        Plan(actions=(), reason="")  # type: ignore[call-arg]
    plans = [Plan(actions=(), reason="", cost_per_month_usd=cost) for cost in (Decimal(0), Decimal("2.50"), None)]
    assert [plan.cost for plan in plans] == ["USD 0 a month", "USD 2.50 a month", "unknown cost"]
    assert len({plan.hash for plan in plans}) == 3

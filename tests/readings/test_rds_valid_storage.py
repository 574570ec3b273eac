from __future__ import annotations

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from functions.adapters.aws import Boto3Aws
from functions.readings.rds import DbInstance
from functions.readings.rds_quota import RdsQuota, rds_quota
from functions.readings.rds_valid_storage import ValidStorage, documented, valid_storage
from tests.rds_states import RdsStates

DB = DbInstance(name="orders", engine="postgres", status="available", allocated_gib=100, storage_type="io1", iops=3000)


def test_the_ranges_of_the_instances_own_storage_type_hold(aws: Boto3Aws) -> None:
    states = RdsStates(aws)
    states.sizes = [{"From": 110, "To": 6144, "Step": 5}, {"From": 7000, "To": 16384}]
    found = valid_storage(states, DB)
    assert found == ValidStorage(sizes=((110, 6144, 5), (7000, 16384, 1)), least_iops_per_gib=0.5)
    assert found.largest_gib == 16384


def test_a_storage_type_that_rds_does_not_list_has_no_size(aws: Boto3Aws) -> None:
    states = RdsStates(aws)
    states.storage_types = ("gp3",)
    assert valid_storage(states, DB) == ValidStorage(sizes=())


def test_the_ratio_binds_provisioned_volumes_only(aws: Boto3Aws) -> None:
    assert valid_storage(RdsStates(aws), replace(DB, storage_type="gp3")).least_iops_per_gib == 0.0


def test_a_refusal_is_passed_on_and_stops_the_change(aws: Boto3Aws) -> None:
    states = RdsStates(aws)
    states.refuse["describe_valid_db_instance_modifications"] = ("AccessDenied", "no")
    states.refuse["describe_account_attributes"] = ("AccessDenied", "no")
    with pytest.raises(ClientError):
        valid_storage(states, DB)
    with pytest.raises(ClientError):
        rds_quota(states)


def test_where_the_calls_do_not_exist_the_documented_limits_hold(aws: Boto3Aws) -> None:
    assert valid_storage(aws, DB) == ValidStorage(sizes=((1, 65536, 1),), least_iops_per_gib=0.5)
    assert rds_quota(aws) == RdsQuota()


@pytest.mark.parametrize("db", [replace(DB, engine="sqlserver-se"), replace(DB, older_file_system=True)])
def test_sql_server_and_older_file_systems_end_at_16_tib(db: DbInstance) -> None:
    assert documented(db).largest_gib == 16384


def test_the_quotas_leave_what_is_not_used(aws: Boto3Aws) -> None:
    states = RdsStates(aws)
    states.quotas = {"AllocatedStorage": (99950, 100000), "ManualSnapshots": (100, 100)}
    assert rds_quota(states) == RdsQuota(storage_left_gib=50, snapshots_left=0)

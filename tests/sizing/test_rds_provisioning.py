from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.sizing.rds_provisioning import Provisioned, provisioned, striped_from

NOTHING = Provisioned()
ENGINES = st.sampled_from(["mysql", "mariadb", "postgres", "oracle-ee", "db2-se", "sqlserver-se"])
MAYBE = st.none() | st.integers(1, 256000)


@given(ENGINES, st.sampled_from(["gp2", "standard"]), MAYBE, MAYBE, st.integers(20, 65536))
def test_gp2_gets_its_size_only(engine: str, kind: str, iops: int | None, mibps: int | None, gib: int) -> None:
    assert provisioned(engine, kind, Provisioned(iops, mibps), gib) == NOTHING


@given(ENGINES, st.sampled_from(["io1", "io2"]), st.integers(1000, 256000), st.integers(100, 65536))
def test_io_volumes_repeat_their_iops(engine: str, kind: str, iops: int, gib: int) -> None:
    assert provisioned(engine, kind, Provisioned(iops), gib) == Provisioned(iops=iops)


@given(ENGINES, MAYBE, MAYBE, st.integers(20, 65536))
def test_gp3_never_loses_iops_and_is_sent_none_below_its_threshold(
    engine: str, iops: int | None, mibps: int | None, gib: int
) -> None:
    sent, edge = provisioned(engine, "gp3", Provisioned(iops, mibps), gib), striped_from(engine, "gp3")
    if edge is not None and gib < edge:
        assert sent == NOTHING
    else:
        assert sent.iops is not None and sent.iops >= max(iops or 0, 3000 if edge is None else 12000)
        assert sent.throughput is not None and sent.throughput >= max(mibps or 0, 125 if edge is None else 500)


@pytest.mark.parametrize(
    ("engine", "gib", "sent"),
    [
        ("postgres", 399, NOTHING),
        ("postgres", 400, Provisioned(12000, 500)),
        ("db2-se", 400, Provisioned(12000, 500)),
        ("oracle-se2", 199, NOTHING),
        ("oracle-se2", 200, Provisioned(12000, 500)),
        ("sqlserver-se", 50, Provisioned(3000, 125)),
    ],
)
def test_the_gp3_threshold_is_400_gib_200_for_oracle_and_none_for_sql_server(
    engine: str, gib: int, sent: Provisioned
) -> None:
    assert provisioned(engine, "gp3", Provisioned(3000, 125), gib) == sent

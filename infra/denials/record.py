"""What we have written down."""

from __future__ import annotations

from infra.denials.denial import Denial, every


def of_record(table: str, bucket: str) -> tuple[Denial, Denial]:
    """The record says what we did; it is written and never unwritten. BatchWriteItem deletes without DeleteItem."""
    return (
        Denial(
            sid="Record",
            because="What was decided and done stays written, leases and ledgers included",
            actions=every("dynamodb", "Delete* BatchWriteItem PartiQLDelete UpdateTable UpdateTimeToLive")
            + every("dynamodb", "UpdateContinuousBackups PutResourcePolicy"),
            on=(table, f"{table}/*"),
        ),
        Denial(
            sid="Evidence",
            because="Evidence that can be deleted, or a bucket that can be opened, proves nothing",
            actions=every("s3", "Delete* Bypass* PutBucket* PutLifecycle*"),
            on=(bucket, f"{bucket}/*"),
        ),
    )

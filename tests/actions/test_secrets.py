"""One rotation by its version: under way, over, and not to be told from none before it has begun."""

from __future__ import annotations

import pytest

from functions.actions.secrets import RotateSecret
from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.action import Effect, Irreversible, decode, encode
from tests.secrets_account import ORDERS, SecretsAccount

VERSION = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
ROTATE = RotateSecret(secret=ORDERS, version=VERSION)


@pytest.fixture
def secrets(clock: FakeClock) -> SecretsAccount:
    return SecretsAccount(clock)


def test_it_is_absent_then_under_way_then_done(secrets: SecretsAccount) -> None:
    assert ROTATE.progress(secrets).effect is Effect.ABSENT
    ROTATE.do(secrets)
    effects = [ROTATE.progress(secrets).effect for _ in range(3)]
    assert effects == [Effect.UNDER_WAY, Effect.UNDER_WAY, Effect.DONE]


@pytest.mark.parametrize(
    ("labels", "effect"),
    [
        (["AWSPENDING", "AWSCURRENT"], Effect.DONE),
        (["AWSPREVIOUS"], Effect.DONE),
        (["AWSPENDING"], Effect.UNDER_WAY),
        (["by-hand"], Effect.ABSENT),
    ],
)
def test_the_labels_of_its_version_say_where_it_stands(
    secrets: SecretsAccount, labels: list[str], effect: Effect
) -> None:
    secrets.secret["VersionIdsToStages"][VERSION] = labels
    assert ROTATE.progress(secrets).effect is effect


def test_a_secret_that_is_gone_cannot_be_rotated(secrets: SecretsAccount) -> None:
    other = RotateSecret(secret=f"{ORDERS[:-6]}ZZZZZZ", version=VERSION)
    assert other.progress(secrets).effect is Effect.FAILED


def test_another_rotation_that_is_pending_is_a_refusal(secrets: SecretsAccount) -> None:
    secrets.secret["VersionIdsToStages"]["b" * 32] = ["AWSPENDING"]
    with pytest.raises(Exception, match="InvalidRequestException") as error:
        ROTATE.do(secrets)
    assert secrets.refusal(error.value) is not None


def test_moto_takes_the_version_for_the_new_one(aws: Boto3Aws) -> None:
    arn = aws.client("secretsmanager").create_secret(Name="orders", SecretString="x")["ARN"]
    rotate = RotateSecret(secret=arn, version=VERSION)
    assert rotate.progress(aws).effect is Effect.ABSENT
    rotate.do(aws)
    assert rotate.progress(aws).effect is Effect.DONE


def test_it_has_no_way_back_and_no_template_holds_its_value() -> None:
    assert isinstance(ROTATE.undo(), Irreversible) and ROTATE.properties() == ()


def test_it_is_kept_as_scalars_and_shown_in_a_line() -> None:
    assert decode(encode(ROTATE), [RotateSecret]) == ROTATE
    assert str(ROTATE) == f"rotate prod/orders-AbCdEf to version {VERSION}"

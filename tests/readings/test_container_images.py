"""Images that can be gone back to, and those that cannot."""

from __future__ import annotations

import pytest

from functions.adapters.aws import Boto3Aws
from functions.core.arn import parse_arn
from functions.readings.container_images import moved_images, replaced_images
from tests.ecs_account import SERVICE
from tests.events import ACCOUNT, REGION

TARGET = parse_arn(SERVICE, "target")
OURS = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/team/web"
MANIFEST = '{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {"digest": "sha256:1"}, "layers": []}'


@pytest.mark.parametrize(
    ("image", "moves"),
    [
        ("web", True),
        ("web:latest", True),
        ("registry.invalid:5000/team/web", True),
        ("registry.invalid:5000/team/web:main", True),
        ("registry.invalid:5000/team/web:1.4.2", False),
        ("web:3f2c1d0", False),
        (f"web@sha256:{0:064}", False),
        (f"web:latest@sha256:{0:064}", False),
    ],
)
def test_a_tag_that_moves_by_its_name_is_no_way_back(image: str, moves: bool) -> None:
    assert moved_images([image], {}, {}) == ((image,) if moves else ())


@pytest.mark.parametrize(("bad", "moved"), [("sha256:2", ("web:1.4",)), ("sha256:1", ())])
def test_a_tag_that_two_revisions_resolved_differently_has_moved(bad: str, moved: tuple[str, ...]) -> None:
    assert moved_images(["web:1.4"], {"web:1.4": "sha256:1"}, {"web:1.4": bad}) == moved


def test_an_image_is_still_there_only_with_the_digest_that_was_recorded(aws: Boto3Aws) -> None:
    ecr = aws.client("ecr")
    image = f"{OURS}:1.0"
    assert replaced_images(aws, TARGET, [image], {}) == (image,)
    ecr.create_repository(repositoryName="team/web")
    assert replaced_images(aws, TARGET, [image], {}) == (image,)
    put = ecr.put_image(repositoryName="team/web", imageManifest=MANIFEST, imageTag="1.0")
    digest = put["image"]["imageId"]["imageDigest"]
    assert replaced_images(aws, TARGET, [image], {}) == ()
    assert replaced_images(aws, TARGET, [image], {image: digest}) == ()
    assert replaced_images(aws, TARGET, [image], {image: "sha256:other"}) == (image,)
    assert replaced_images(aws, TARGET, [f"{OURS}@{digest}"], {}) == ()


@pytest.mark.parametrize(
    "image",
    ["registry.invalid/web:1.0", f"999999999999.dkr.ecr.{REGION}.amazonaws.com/web:1.0", OURS.replace(REGION, "us-east-1")],
)  # fmt: skip
def test_registries_that_this_role_cannot_read_are_not_asked(aws: Boto3Aws, image: str) -> None:
    assert replaced_images(aws, TARGET, [image], {}) == ()

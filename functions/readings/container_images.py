"""Whether an image is still the one that was good: a tag may have moved, and a registry may have thrown it away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from functions.core.arn import Arn
from functions.core.permission import Allow
from functions.core.ports import Aws

DESCRIBE_IMAGES = Allow(action="ecr:DescribeImages", on="arn:{partition}:ecr:{region}:{account}:repository/*")
_MOVING_TAGS = frozenset(
    {
        "latest", "stable", "main", "master", "trunk", "head", "edge", "nightly", "current", "release", "live",
        "prod", "production", "staging", "stage", "test", "testing", "qa", "dev", "develop", "development",
    }
)  # fmt: skip
_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr\.(?P<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)/(?P<name>[^:@]+)"
)


def moved_images(images: Iterable[str], good: Mapping[str, str], bad: Mapping[str, str]) -> tuple[str, ...]:
    """The images whose tag is known to move, or is proven to have moved between the good and the bad revision.

    A digest never moves. A tag that is no moving target by its name (1.4.2, a commit) counts as immutable unless both
    revisions recorded the same reference with different digests: nothing else tells, outside of a registry's settings.
    """
    return tuple(
        image
        for image in images
        if "@sha256:" not in image
        and (_tag(image) in _MOVING_TAGS or (image in good and image in bad and good[image] != bad[image]))
    )


def replaced_images(aws: Aws, target: Arn, images: Iterable[str], recorded: Mapping[str, str]) -> tuple[str, ...]:
    """The images that this account's ECR no longer has, or has with another digest than the `recorded` one.

    Other registries and accounts are not asked: this role could not read them.
    """
    return tuple(image for image in images if not _still_there(aws, target, image, recorded.get(image)))


def can_be_asked(target: Arn, image: str) -> bool:
    """Whether the image is in the registry that this role can read: the target's own account and Region."""
    match = _ECR.match(image)
    return match is not None and (match["account"], match["region"]) == (target.account, target.region)


def _still_there(aws: Aws, target: Arn, image: str, recorded: str | None) -> bool:
    match = _ECR.match(image)
    if match is None or not can_be_asked(target, image):
        return True
    digest = image.partition("@")[2]
    wanted: dict[str, Any] = {"imageDigest": digest} if digest else {"imageTag": _tag(image)}
    try:
        found = aws.client("ecr").describe_images(repositoryName=match["name"], imageIds=[wanted])["imageDetails"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("RepositoryNotFoundException", "ImageNotFoundException"):
            raise
        return False
    return bool(found) and (recorded is None or found[0]["imageDigest"] == recorded)


def _tag(image: str) -> str:
    """`latest` where the image names none, as every container engine reads it."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2] or "latest"

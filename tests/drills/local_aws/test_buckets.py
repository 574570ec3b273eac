"""A bucket in a template that locks what is written into it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import Aws, until


def template(days: int) -> str:
    locked = {
        "VersioningConfiguration": {"Status": "Enabled"},
        "ObjectLockEnabled": True,
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": days}},
        },
    }
    resources = {
        "Locked": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "locked", **locked}},
        "Open": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "open"}},
    }
    return json.dumps({"Resources": resources})


def reached(aws: Aws, status: str) -> None:
    def there() -> bool:
        (stack,) = aws("cloudformation").describe_stacks(StackName="buckets")["Stacks"]
        return bool(stack["StackStatus"] == status)

    until(there)


def retention(aws: Aws) -> Any:
    said = aws("s3").get_object_lock_configuration(Bucket="locked")["ObjectLockConfiguration"]
    return said["Rule"]["DefaultRetention"]


def test_a_version_is_locked_from_its_first_moment_for_as_long_as_the_template_says(aws: Aws) -> None:
    aws("cloudformation").create_stack(StackName="buckets", TemplateBody=template(90))
    reached(aws, "CREATE_COMPLETE")
    assert retention(aws) == {"Mode": "GOVERNANCE", "Days": 90}
    for bucket in ("locked", "open"):
        aws("s3").put_object(Bucket=bucket, Key="story", Body=b"{}", ChecksumAlgorithm="SHA256")
    version = aws("s3").head_object(Bucket="locked", Key="story")["VersionId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        aws("s3").delete_object(Bucket="locked", Key="story", VersionId=version)
    with pytest.raises(ClientError, match="ObjectLockConfigurationNotFoundError"):
        aws("s3").get_object_lock_configuration(Bucket="open")
    aws("cloudformation").update_stack(StackName="buckets", TemplateBody=template(120))
    reached(aws, "UPDATE_COMPLETE")
    assert retention(aws) == {"Mode": "GOVERNANCE", "Days": 120}

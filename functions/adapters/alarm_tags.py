"""The owner's word on an alarm: its tags."""

from __future__ import annotations

from collections.abc import Mapping

from functions.core.arn import parse_alarm_arn
from functions.core.errors import InvalidEvent
from functions.core.permission import Allow
from functions.core.ports import Aws


class AlarmTags:
    """Reads them from CloudWatch. For severity and service only: nothing is changed by what they say."""

    PERMISSIONS = (
        Allow(
            action="cloudwatch:ListTagsForResource",
            on="arn:{partition}:cloudwatch:{region}:{account}:alarm:*",
        ),
    )

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def of(self, arn: str) -> Mapping[str, str]:
        """By name; none for what is no alarm, or where CloudWatch refuses. Raises what may go away by itself."""
        try:
            parse_alarm_arn(arn, "arn")
            tags = self._aws.client("cloudwatch").list_tags_for_resource(ResourceARN=arn)["Tags"]
        except InvalidEvent:
            return {}
        except Exception as error:  # without its tags an alarm has the severity that the rules give it
            if self._aws.refusal(error) is None:
                raise
            return {}
        return {tag["Key"]: tag["Value"] for tag in tags}

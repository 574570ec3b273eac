"""AWS's own policies that ministack does not know: attached, they would deny nothing.

AWSDenyAll is as in the AWS Managed Policy Reference.
"""

import json

from ministack.services import iam

_DENY_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "DenyAll", "Effect": "Deny", "Action": ["*"], "Resource": "*"}],
}


def install() -> None:
    """Add them."""
    record = iam._make_aws_managed_record("AWSDenyAll", json.dumps(_DENY_ALL), "Deny all access.")
    iam._aws_managed_policies[record["Arn"]] = record

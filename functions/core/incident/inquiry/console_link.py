"""Where a person finds an object of a bucket in AWS's console."""

from __future__ import annotations

from urllib.parse import quote, urlencode

_SCHEME = "s3://"
_DOMAINS = {"cn-": "console.amazonaws.cn", "us-gov-": "console.amazonaws-us-gov.com"}


def console_link(place: str, region: str) -> str:
    """Of `s3://bucket/key`; anything else is left as it is. Who opens it needs to be let in by AWS."""
    if not place.startswith(_SCHEME):
        return place
    bucket, _, key = place.removeprefix(_SCHEME).partition("/")
    domain = next((name for begin, name in _DOMAINS.items() if region.startswith(begin)), "console.aws.amazon.com")
    return f"https://{domain}/s3/object/{quote(bucket)}?{urlencode({'region': region, 'prefix': key}, safe='/')}"

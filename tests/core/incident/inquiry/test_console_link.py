"""A link into the console of the right partition, with nothing in it that ends a parameter early."""

from __future__ import annotations

import pytest

from functions.core.incident.inquiry.console_link import console_link


@pytest.mark.parametrize(
    ("region", "domain"),
    [
        ("eu-west-1", "console.aws.amazon.com"),
        ("cn-north-1", "console.amazonaws.cn"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
    ],
)
def test_it_leads_to_the_object(region: str, domain: str) -> None:
    assert console_link("s3://bucket/investigations/INC-1/INC-1.html", region) == (
        f"https://{domain}/s3/object/bucket?region={region}&prefix=investigations/INC-1/INC-1.html"
    )


def test_strange_keys_are_quoted_and_other_places_left_alone() -> None:
    assert console_link("s3://b/a b&c=<d>", "eu-west-1").endswith("prefix=a+b%26c%3D%3Cd%3E")
    assert console_link("memory://x", "eu-west-1") == "memory://x"

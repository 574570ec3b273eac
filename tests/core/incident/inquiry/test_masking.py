"""Each line of the list in masking.py; and what is none of it stays readable."""

from __future__ import annotations

import pytest

from functions.core.incident.inquiry.masking import masked


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n", "MIIabc"),
        ("connect postgres://shop:hunter2@db:5432/orders", "hunter2"),
        ("Authorization: Bearer abc.def-ghi", "abc.def"),
        ("sent Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("password=hunter2, user=x", "hunter2"),
        ('{"db_password": "hunter2 with blanks"}', "hunter2"),
        ("DB_PASSWORD='hunter2'", "hunter2"),
        ("x-api-key: abcdef", "abcdef"),
        ("session_id=abc123;", "abc123"),
        ("AKIAIOSFODNN7EXAMPLE was used", "AKIAIOSFODNN7EXAMPLE"),
        ("got eyJhbGciOi.eyJzdWIiOi.c2ln", "eyJzdWIiOi"),
        ("mail to ann.example+x@shop.example.org failed", "ann.example"),
        ("from 203.0.113.7:443", "203.0.113.7"),
        ("from 2001:db8:0:1::7 now", "2001:db8"),
        ("card 4111 1111 1111 1111", "1111"),
        ("hash 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "9f86d081"),
    ],
)
def test_what_is_obvious_is_masked(said: str, secret: str) -> None:
    assert secret not in masked(said) and "[" in masked(said)


@pytest.mark.parametrize(
    "said",
    [
        "2026-11-23 12:00:01 ERROR could not connect to orders after 3 tries in 1500 ms",
        "request 1b4e28ba-2fa1-11d2-883f-0016d3cca427 took 12:30:45",
        "java.lang.IllegalStateException at com.example.shop.CheckoutService.run(CheckoutService.java:42)",
    ],
)
def test_what_helps_stays(said: str) -> None:
    assert masked(said) == said


def test_a_line_is_one_bounded_printable_line() -> None:
    long = masked("a\nb\x1b[31m" + "x y " * 5000)
    assert len(long) == 500 and long.isprintable()

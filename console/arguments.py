"""Options that subcommands share."""

from __future__ import annotations

from argparse import ArgumentParser


def for_scripts(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="answer in JSON, for scripts")


def who_and_why(parser: ArgumentParser) -> None:
    parser.add_argument("--reason", required=True, help="why; everybody who is called reads it")
    named(parser)


def named(parser: ArgumentParser) -> None:
    parser.add_argument("--by", help="your name, if not the one of your AWS credentials")

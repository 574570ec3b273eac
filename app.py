"""Builds the stack. Makes no cloud call and needs no credentials, no network and no Docker."""

from __future__ import annotations

import sys

from aws_cdk import App

from functions.core.errors import InvalidSetting
from infra.settings import CONTEXT_KEY, read_settings
from infra.stack import FirstResponder

app = App()
try:
    settings = read_settings(app.node.try_get_context(CONTEXT_KEY))
except InvalidSetting as error:
    sys.exit(f"Context of cdk.json: {error}")
FirstResponder(app, "FirstResponder", settings=settings)
app.synth()

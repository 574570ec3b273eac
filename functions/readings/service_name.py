"""Which logical service a resource belongs to: the owner's tag, else the stack that declares it, else its own name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from functions.core.errors import InvalidSetting
from functions.core.policy import SERVICE_TAG
from functions.readings.cloudformation import STACK_TAG

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def is_name(text: str) -> bool:
    """Whether a text may name a logical service."""
    return _NAME.fullmatch(text) is not None


def declared_name(tags: Mapping[str, str]) -> str:
    """What the owner calls the service, empty where no tag says it. Raises InvalidSetting for what is no name."""
    said = tags.get(SERVICE_TAG)
    if said is None:
        return ""
    if not is_name(said):
        raise InvalidSetting(SERVICE_TAG, said, "1 to 128 letters, digits and -_. beginning with a letter or a digit")
    return said


def shared_name(tags: Mapping[str, str]) -> str:
    """The name that several resources may have in common, as it is spelled: the owner's, else their stack's; empty for neither."""
    return tags.get(SERVICE_TAG, tags.get(STACK_TAG, ""))


def service_name(tags: Mapping[str, str], own: str) -> str:
    """The logical service of a resource that is called `own`. Raises InvalidSetting for an owner's word that is no name."""
    return declared_name(tags) or tags.get(STACK_TAG) or own

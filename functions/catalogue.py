"""The catalogue is the folder: a remediation is found by its file, and a Lambda imports only its own."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from functions import remediations
from functions.core.remediation import Remediation


def names() -> list[str]:
    """The names of all remediations, sorted; reads the folder and imports none of them."""
    return sorted(module.name for module in iter_modules(remediations.__path__))


def load(name: str) -> Remediation[Any]:
    """The remediation in functions/remediations/<name>.py.

    Raises LookupError where there is no such file, or where it does not hold exactly one remediation.
    """
    if name not in names():
        raise LookupError(f"no remediation is called {name!r}; there are {', '.join(names())}")
    module = import_module(f"{remediations.__name__}.{name}")
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Remediation) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise LookupError(f"{module.__name__} holds {len(found)} remediations; one file is one row of the runbook")
    remediation: Remediation[Any] = found[0]()
    return remediation


def load_all() -> list[Remediation[Any]]:
    """Every remediation, by name."""
    return [load(name) for name in names()]

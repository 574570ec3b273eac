"""AWS::ECS::TaskDefinition: what a container's definition holds one level down is spelled as the API spells it.

ministack leaves the parts of secrets, of secret options, of health checks and of a registry's credentials as the template has
them (`ValueFrom`), which no client understands.
"""

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners as cfn

from drills.local_aws import hooks
from drills.local_aws.cloudformation_types import Props, numbers

_PARTS = ("secrets", "healthCheck", "repositoryCredentials")


def _spelled(original: Callable[[list[Props]], list[Props]]) -> Callable[[list[Props]], list[Props]]:
    def containers(definitions: list[Props]) -> list[Props]:
        return [_container(one) for one in original(definitions)]

    return containers


def _container(definition: Props) -> Props:
    parts: dict[str, Any] = {key: _camel(definition[key]) for key in _PARTS if key in definition}
    if options := (definition.get("logConfiguration") or {}).get("secretOptions"):
        parts["logConfiguration"] = {**definition["logConfiguration"], "secretOptions": _camel(options)}
    return {**definition, **parts}


def _camel(value: Any) -> Any:
    if isinstance(value, list):
        return [_camel(one) for one in value]
    return cfn._pascal_to_camel(numbers(value)) if isinstance(value, dict) else value


def install() -> None:
    """Complete the type."""
    hooks.replace("services.cloudformation.provisioners:_normalize_container_defs", _spelled)

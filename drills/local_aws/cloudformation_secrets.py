"""AWS::SecretsManager::Secret as AWS makes it: its `Ref` is the ARN, and what is generated is generated as asked.

ministack's `Ref` is the name, which no policy matches, and its generator knows neither an empty `GenerateSecretString` nor
one that excludes or requires kinds of characters.
"""

import json
from typing import Any

from ministack.services import secretsmanager
from ministack.services.cloudformation import provisioners as cfn

from drills.local_aws import hooks
from drills.local_aws.cloudformation_types import Made, Props, numbers


def _generate(original: Any) -> Any:
    def secret_string(props: Props) -> str:
        asked = props.get("GenerateSecretString")
        if asked is None or props.get("SecretString"):
            return str(original(props))
        password = _password({key: value for key, value in asked.items() if key not in _TEMPLATE})
        if not asked.get("SecretStringTemplate"):
            return password
        return json.dumps({**json.loads(asked["SecretStringTemplate"]), asked["GenerateStringKey"]: password})

    return secret_string


_TEMPLATE = ("SecretStringTemplate", "GenerateStringKey")


def _password(asked: Props) -> str:
    typed = {key: value == "true" if value in ("true", "false") else value for key, value in asked.items()}
    status, _, body = secretsmanager._get_random_password(
        {key: value if key == "ExcludeCharacters" else numbers({key: value})[key] for key, value in typed.items()}
    )
    if status != 200:
        raise ValueError(f"AWS::SecretsManager::Secret: {json.loads(body)['message']}")
    return str(json.loads(body)["RandomPassword"])


def _name(arn: str) -> str:
    return secretsmanager._resolve(arn)[0] or arn


def install() -> None:
    """Complete the type."""
    hooks.replace("services.cloudformation.provisioners:_sm_secret_string", _generate)
    handlers = cfn._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def create_by_arn(logical_id: str, props: Props, stack_name: str) -> Made:
        _, attributes = create(logical_id, props, stack_name)
        return attributes["Arn"], attributes

    def update_by_arn(arn: str, old: Props, new: Props, stack_name: str, logical_id: str | None = None) -> Made:
        _, attributes = update(_name(arn), old, new, stack_name, logical_id)
        return attributes["Arn"], attributes

    handlers["create"], handlers["update"] = create_by_arn, update_by_arn
    handlers["delete"] = lambda arn, props: delete(_name(arn), props)

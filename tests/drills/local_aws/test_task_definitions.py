"""A task definition of a template comes out as ECS's own clients read it."""

import json
from typing import Any

from .conftest import ACCOUNT, REGION, Aws, until

SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:orders-a1B2c3"
CONTAINER: dict[str, Any] = {
    "Name": "api",
    "Image": "registry.invalid/api:1",
    "Secrets": [{"Name": "PASSWORD", "ValueFrom": f"{SECRET}:password::"}],
    "HealthCheck": {"Command": ["CMD-SHELL", "true"], "Interval": "5", "Retries": 2},
    "LogConfiguration": {"LogDriver": "splunk", "SecretOptions": [{"Name": "token", "ValueFrom": SECRET}]},
    "RepositoryCredentials": {"CredentialsParameter": SECRET},
}


def test_what_a_container_holds_one_level_down_is_spelled_as_clients_read_it(aws: Aws) -> None:
    properties = {"Family": "spelled", "Cpu": "256", "Memory": "512", "ContainerDefinitions": [CONTAINER]}
    template = {"Resources": {"Definition": {"Type": "AWS::ECS::TaskDefinition", "Properties": properties}}}
    aws("cloudformation").create_stack(StackName="definitions", TemplateBody=json.dumps(template))

    def made() -> bool:
        (stack,) = aws("cloudformation").describe_stacks(StackName="definitions")["Stacks"]
        return bool(stack["StackStatus"] == "CREATE_COMPLETE")

    until(made)
    said = aws("ecs").describe_task_definition(taskDefinition="spelled")["taskDefinition"]["containerDefinitions"][0]
    assert said["secrets"] == [{"name": "PASSWORD", "valueFrom": f"{SECRET}:password::"}]
    assert said["healthCheck"] == {"command": ["CMD-SHELL", "true"], "interval": 5, "retries": 2}
    assert said["logConfiguration"]["secretOptions"] == [{"name": "token", "valueFrom": SECRET}]
    assert said["repositoryCredentials"] == {"credentialsParameter": SECRET}

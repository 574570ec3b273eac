"""The types and properties that ministack lacks arrive at the simulated services."""

import json
from typing import Any

from .conftest import ACCOUNT, REGION, Aws, until

TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "VpcId": {"Ref": "Vpc"}}},
        "Rule": {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {
                "GroupId": {"Fn::GetAtt": ["Group", "GroupId"]},
                "IpProtocol": "tcp",
                "FromPort": 80,
                "ToPort": 80,
                "CidrIp": "10.0.0.0/16",
            },
        },
        "Math": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmName": "stack-math",
                "Threshold": 1,
                "EvaluationPeriods": 1,
                "ComparisonOperator": "GreaterThanThreshold",
                "Metrics": [
                    {"Id": "e", "Expression": "a * 2"},
                    {
                        "Id": "a",
                        "ReturnData": False,
                        "MetricStat": {
                            "Metric": {"Namespace": "Stack", "MetricName": "a"},
                            "Period": 60,
                            "Stat": "Sum",
                        },
                    },
                ],
            },
        },
        "Whole": {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "DependsOn": "Math",
            "Properties": {"AlarmName": "stack-whole", "AlarmRule": 'ALARM("stack-math")'},
        },
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "stack-dead"}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "stack-function",
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": "def handler(e, c): return 1"},
                "DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}},
                "ReservedConcurrentExecutions": 3,
            },
        },
        "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "stack"}},
        "Task": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {"Family": "stack", "ContainerDefinitions": [{"Name": "web", "Image": "web:1"}]},
        },
        "Service": {
            "Type": "AWS::ECS::Service",
            "Properties": {
                "ServiceName": "stack",
                "Cluster": {"Ref": "Cluster"},
                "TaskDefinition": {"Ref": "Task"},
                "DesiredCount": 1,
                "DeploymentConfiguration": {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": True}},
            },
        },
        "Target": {
            "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "DependsOn": "Service",
            "Properties": {
                "ServiceNamespace": "ecs",
                "ScalableDimension": "ecs:service:DesiredCount",
                "ResourceId": "service/stack/stack",
                "MinCapacity": 1,
                "MaxCapacity": 4,
            },
        },
        "Policy": {
            "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
            "Properties": {
                "PolicyName": "cpu",
                "PolicyType": "TargetTrackingScaling",
                "ScalingTargetId": {"Ref": "Target"},
                "TargetTrackingScalingPolicyConfiguration": {
                    "TargetValue": 60,
                    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
                },
            },
        },
        "Db": {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {
                "DBInstanceIdentifier": "stack-db",
                "Engine": "postgres",
                "DBInstanceClass": "db.t3.micro",
                "AllocatedStorage": "20",
                "StorageType": "gp3",
                "MasterUsername": "u",
                "MasterUserPassword": "password",
                "Tags": [{"Key": "remediate", "Value": "yes"}],
            },
        },
    }
}


def test_stack_with_everything(aws: Aws) -> None:
    stacks = aws("cloudformation")
    stacks.create_stack(StackName="everything", TemplateBody=json.dumps(TEMPLATE), Capabilities=["CAPABILITY_IAM"])

    def status() -> str:
        return str(stacks.describe_stacks(StackName="everything")["Stacks"][0]["StackStatus"])

    until(lambda: status() != "CREATE_IN_PROGRESS", 20)
    assert status() == "CREATE_COMPLETE", stacks.describe_stack_events(StackName="everything")["StackEvents"]

    [database] = aws("rds").describe_db_instances(DBInstanceIdentifier="stack-db")["DBInstances"]
    tags = {tag["Key"]: tag["Value"] for tag in database["TagList"]}
    assert (database["DBInstanceStatus"], database["Iops"]) == ("available", 3000)
    assert (tags["remediate"], tags["aws:cloudformation:stack-name"]) == ("yes", "everything")
    [service] = aws("ecs").describe_services(cluster="stack", services=["stack"], include=["TAGS"])["services"]
    assert (service["runningCount"], service["deployments"][0]["rolloutState"]) == (1, "COMPLETED")
    assert service["deploymentConfiguration"]["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert {"key": "aws:cloudformation:stack-name", "value": "everything"} in service["tags"]
    [policy] = aws("application-autoscaling").describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert (policy["PolicyName"], policy["ResourceId"]) == ("cpu", "service/stack/stack")
    function = aws("lambda").get_function(FunctionName="stack-function")
    assert function["Configuration"]["DeadLetterConfig"]["TargetArn"] == f"arn:aws:sqs:{REGION}:{ACCOUNT}:stack-dead"
    assert function["Concurrency"]["ReservedConcurrentExecutions"] == 3

    aws("cloudwatch").put_metric_data(Namespace="Stack", MetricData=[{"MetricName": "a", "Value": 5}])
    whole = {"AlarmNames": ["stack-whole"], "AlarmTypes": ["CompositeAlarm"]}
    until(lambda: aws("cloudwatch").describe_alarms(**whole)["CompositeAlarms"][0]["StateValue"] == "ALARM")

    aws("ecs").update_service(cluster="stack", service="stack", desiredCount=2)
    stacks.delete_stack(StackName="everything")

    def gone() -> bool:
        [stack] = [s for s in stacks.list_stacks()["StackSummaries"] if s["StackName"] == "everything"]
        return bool(stack["StackStatus"] == "DELETE_COMPLETE")

    until(gone, 20)

"""The sample workload that a drill breaks: an ECS service behind a load balancer, the one that it needs, a PostgreSQL instance that
this one needs, their alarms, and two IAM users.

Its owner has said `first-responder:mode=act`. Its alarms have no actions: EventBridge hears of them all the same.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aws_cdk import App, Duration, Stack, Tags
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from aws_cdk.aws_secretsmanager import ISecret
from constructs import Construct

from drills.sample import ALARMS, CLUSTER, DATABASE, GIB, GOOD_IMAGE, INTRUDED, NEEDED, SERVICE, SPARED, WHOLE

_ZONES = ["us-east-1a", "us-east-1b"]


def _window(form: str, away: timedelta) -> str:
    """Half an hour that is far from now: a drill's growth must not wait for a backup or for maintenance."""
    starts = datetime.now(UTC) + away
    return f"{starts.strftime(form)}-{(starts + timedelta(minutes=30)).strftime(form)}".lower()


class Workload(Stack):
    """What a small team runs, in one stack."""

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "Workload")
        vpc = ec2.Vpc(
            self,
            "Vpc",
            availability_zones=_ZONES,
            nat_gateways=0,
            restrict_default_security_group=False,
            subnet_configuration=[ec2.SubnetConfiguration(name="public", subnet_type=ec2.SubnetType.PUBLIC)],
        )
        database, cluster = self._database(vpc), ecs.Cluster(self, "Cluster", vpc=vpc, cluster_name=CLUSTER)
        service = self._service(cluster, "Service", SERVICE, needs=NEEDED)
        needed = self._service(cluster, "Needed", NEEDED, needs=f"db:{DATABASE}", password=database.secret)
        balancer = elbv2.ApplicationLoadBalancer(self, "LoadBalancer", vpc=vpc, internet_facing=True)
        balancer.add_listener("Http", port=80).add_targets("Web", port=80, targets=[service])
        users = [self._user(name) for name in (INTRUDED, SPARED)]
        for owned in (service, needed, cluster, database, *users):
            Tags.of(owned).add("first-responder:mode", "act")
        Tags.of(self).add("first-responder:service", CLUSTER)
        Tags.of(database).add("first-responder:service", DATABASE)
        Tags.of(database).add("environment", "dev")
        Tags.of(cluster).add("first-responder:service-check", WHOLE)
        self._alarms()

    def _service(
        self, cluster: ecs.Cluster, title: str, name: str, *, needs: str, password: ISecret | None = None
    ) -> ecs.FargateService:
        """Two tasks, which is on record, and what has to be up before them."""
        definition = ecs.FargateTaskDefinition(self, f"{title}Definition", cpu=256, memory_limit_mib=512, family=name)
        definition.add_container(
            name,
            image=ecs.ContainerImage.from_registry(GOOD_IMAGE),
            port_mappings=[ecs.PortMapping(container_port=80)],
            secrets={"PASSWORD": ecs.Secret.from_secrets_manager(password, "password")} if password else None,
        )
        service = ecs.FargateService(
            self,
            title,
            cluster=cluster,
            service_name=name,
            task_definition=definition,
            desired_count=2,
            min_healthy_percent=50,
            assign_public_ip=True,
        )
        Tags.of(service).add("first-responder:needs", needs)
        Tags.of(service).add("first-responder:desired-count", "2")
        return service

    def _user(self, name: str) -> iam.User:
        user = iam.User(self, name, user_name=name)
        user.add_to_policy(iam.PolicyStatement(actions=["iam:ListUsers"], resources=["*"]))
        return user

    def _database(self, vpc: ec2.Vpc) -> rds.DatabaseInstance:
        return rds.DatabaseInstance(
            self,
            "Database",
            instance_identifier=DATABASE,
            engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_16),
            instance_type=ec2.InstanceType("t4g.small"),
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
            allocated_storage=100,
            storage_type=rds.StorageType.GP3,
            storage_encrypted=True,
            backup_retention=Duration.days(7),
            preferred_backup_window=_window("%H:%M", timedelta(hours=12)),
            preferred_maintenance_window=_window("%a:%H:%M", timedelta(days=3)),
        )

    def _alarms(self) -> None:
        service = {"ClusterName": CLUSTER, "ServiceName": SERVICE}
        high, low = (
            cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        )
        for name, (namespace, metric, dimensions, comparison, threshold) in zip(
            ALARMS,
            (
                ("AWS/RDS", "FreeStorageSpace", {"DBInstanceIdentifier": DATABASE}, low, 15 * GIB),
                ("AWS/ECS", "CPUUtilization", service, high, 85),
                ("AWS/ECS", "MemoryUtilization", service, high, 90),
                ("Shop", "CheckoutsThatWork", {"Service": SERVICE}, low, 1),
            ),
            strict=True,
        ):
            cloudwatch.Alarm(
                self,
                name,
                alarm_name=name,
                metric=cloudwatch.Metric(
                    namespace=namespace,
                    metric_name=metric,
                    dimensions_map=dimensions,
                    period=Duration.minutes(1),
                    statistic="Average",
                ),
                comparison_operator=comparison,
                threshold=threshold,
                evaluation_periods=1,
            )


if __name__ == "__main__":
    app = App()
    Workload(app)
    app.synth()

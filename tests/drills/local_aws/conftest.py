"""One emulator for all of these tests, with policies enforced, and a function that repeats every event into a queue."""

import io
import json
import os
import socket
import subprocess
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

ROOT = Path(__file__).parents[3]
EMULATOR_PYTHON = ROOT / ".venv-local-aws/bin/python"
LAMBDA_PYTHON = ROOT / ".venv-lambda/bin/python"
ACCOUNT = "000000000000"
REGION = "us-east-1"

RECORDER = """
import json, os, boto3
sqs = boto3.client("sqs")
def handler(event, context):
    heard = {"event": event, "request_id": context.aws_request_id}
    sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(heard))
    if event.get("fail"):
        raise LookupError(event["fail"])
"""


def until(found: Callable[[], Any], seconds: float = 12.0) -> Any:
    """The first true answer of `found`, asked again and again until the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        if answer := found():
            return answer
        assert time.monotonic() < deadline, f"still nothing after {seconds} s"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(port: int, log: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start an emulator and wait for its health endpoint."""
    for python in (EMULATOR_PYTHON, LAMBDA_PYTHON):
        assert python.exists(), f"{python.relative_to(ROOT)} is not installed: `make test` installs it"
    command = [EMULATOR_PYTHON, "-m", "drills.local_aws", "--port", str(port), "--lambda-python", LAMBDA_PYTHON]
    process = subprocess.Popen(
        [*map(str, command), "--log", str(log), *options],
        cwd=ROOT,
        env={**os.environ, "HOST_SECRET": "leaked", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )

    def healthy() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health").status == 200)
        except OSError:
            return False

    until(healthy, 20)
    return process


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    process = start(
        port, tmp_path_factory.mktemp("local-aws") / "log", "--iam", "--time-scale", "0.4", "--wait-scale", "0.2"
    )
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    assert process.wait(10) == 0


class Aws:
    """Clients with the deploying identity's key, and the few things that several tests make."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._clients: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name=REGION,
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
        return self._clients[service]

    def role(self, name: str, *statements: dict[str, Any]) -> str:
        trust = {
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
            ]
        }
        arn = self("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        if statements:
            policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **s} for s in statements]}
            self("iam").put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
        return str(arn)

    def function(self, name: str, code: str, role: str, **settings: Any) -> str:
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("index.py", code)
        return str(
            self("lambda").create_function(
                FunctionName=name,
                Runtime="python3.13",
                Handler="index.handler",
                Role=role,
                Timeout=10,
                Code={"ZipFile": package.getvalue()},
                **settings,
            )["FunctionArn"]
        )

    def invoke(self, name: str, event: Any) -> tuple[str | None, Any]:
        answer = self("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())

    def allow(self, function: str, service: str, source: str) -> None:
        self("lambda").add_permission(
            FunctionName=function,
            StatementId=f"s{abs(hash((service, source)))}",
            Action="lambda:InvokeFunction",
            Principal=service,
            SourceArn=source,
        )

    def calls(self, **wanted: str) -> list[dict[str, Any]]:
        query = "&".join(f"{key}={value}" for key, value in wanted.items())
        with urllib.request.urlopen(f"{self.endpoint}/_local_aws/calls?{query}") as answer:
            return list(json.load(answer))


@pytest.fixture(scope="session")
def aws(endpoint: str) -> Aws:
    return Aws(endpoint)


class Ear:
    """Everything that the recorder function was invoked with."""

    def __init__(self, aws: Aws, queue: str, arn: str) -> None:
        self._sqs, self._queue, self.arn = aws("sqs"), queue, arn
        self.heard: list[dict[str, Any]] = []

    def listen(self) -> list[dict[str, Any]]:
        while messages := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.heard.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return self.heard

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 12.0) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            return next((h["event"] for h in self.listen() if wanted(h["event"])), None)

        return until(found, seconds) or {}

    def event(self, detail_type: str, **detail: Any) -> dict[str, Any]:
        return self.wait_for(
            lambda e: (
                e.get("detail-type") == detail_type
                and all(e["detail"].get(key) == value for key, value in detail.items())
            )
        )


@pytest.fixture(scope="session")
def ear(aws: Aws) -> Ear:
    """The recorder behind one rule for all of the simulated services' events."""
    queue = aws("sqs").create_queue(QueueName="heard")["QueueUrl"]
    dead = aws("sqs").create_queue(QueueName="dead")["QueueUrl"]
    role = aws.role("recorder", {"Action": "sqs:SendMessage", "Resource": "*"})
    arn = aws.function(
        "recorder",
        RECORDER,
        role,
        Environment={"Variables": {"QUEUE": queue}},
        DeadLetterConfig={"TargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"},
    )
    assert dead
    pattern = json.dumps({"source": ["aws.cloudwatch", "aws.ecs", "aws.guardduty", "aws.rds"]})
    rule = aws("events").put_rule(Name="all", EventPattern=pattern)["RuleArn"]
    aws("events").put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn}])
    aws.allow("recorder", "events.amazonaws.com", rule)
    return Ear(aws, queue, arn)

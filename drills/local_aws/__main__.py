"""The local AWS: pinned ministack in this process, extended where it falls short of AWS in what this project uses.

    python -m drills.local_aws --port 4566 --lambda-python .venv-lambda/bin/python [--iam] [--log FILE]

Simulated by this package: alarm evaluation and alarm messages, asynchronous delivery with retries and dead letters, Lambda
environments, ECS tasks and deployments, RDS state changes, Application Auto Scaling, GuardDuty's findings, some CloudFormation
types. Everything else is ministack's. Durations are simulated and scaled (see `timings`), state lives in memory, and only 127.0.0.1 is bound.
"""

import argparse
import asyncio
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drills.local_aws", description="A local AWS for drills.")
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--lambda-python", required=True, help="interpreter with boto3 and awslambdaric")
    parser.add_argument("--iam", action="store_true", help="enforce IAM policies")
    parser.add_argument("--log", help="write the log there instead of to stderr")
    parser.add_argument("--time-scale", type=float, default=1.0, help="factor on every simulated duration")
    parser.add_argument("--wait-scale", type=float, default=1.0, help="factor on Step Functions waits")
    parser.add_argument("--detached", action="store_true", help="keep running when the parent process ends")
    return parser.parse_args(argv)


def _environment(options: argparse.Namespace, folder: str) -> None:
    """ministack reads its settings when it is imported, so they are set first and the user's own are dropped."""
    for name in [n for n in os.environ if n.startswith(("MINISTACK_", "LOCALSTACK_", "AWS_", "DOCKER_"))]:
        del os.environ[name]
    for name in ("SERVICES", "PERSIST_STATE", "S3_PERSIST", "USE_SSL", "LAMBDA_EXECUTOR", "LAMBDA_STRICT"):
        os.environ.pop(name, None)
    os.environ.update(
        {
            "AUTH": "true" if options.iam else "false",
            "BIND_HOST": "127.0.0.1",
            "CLOUDTRAIL_RECORDING": "1",
            "GATEWAY_PORT": str(options.port),
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "INFO",
            "MINISTACK_HOST": "127.0.0.1",
            "SFTP_ENABLED": "0",
            "SFN_WAIT_SCALE": str(options.wait_scale),
            "TMPDIR": folder,
        }
    )
    tempfile.tempdir = folder


async def _until_told(parent: int | None) -> None:
    """Return on SIGTERM, on SIGINT, or when the process that started this one is gone."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    while not stop.is_set() and (parent is None or os.getppid() == parent):
        try:
            await asyncio.wait_for(stop.wait(), 0.5)
        except TimeoutError:
            continue


def _serve(options: argparse.Namespace, parent: int | None) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    from drills.local_aws import endpoints

    config = Config()
    config.bind = [f"127.0.0.1:{options.port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 0.5
    config.accesslog = None
    config.errorlog = "-" if not options.log else options.log
    asyncio.run(serve(endpoints.serve, config, shutdown_trigger=lambda: _until_told(parent)))


def main(argv: Sequence[str] | None = None) -> int:
    """Run until told to stop; leave nothing behind."""
    options = _arguments(argv)
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", options.port)) == 0:
            print(
                f"127.0.0.1:{options.port} is in use: stop what runs there or choose another --port.", file=sys.stderr
            )
            return 1
    parent = None if options.detached else os.getppid()
    folder = tempfile.mkdtemp(prefix="local-aws-")
    try:
        _environment(options, folder)
        if options.log:
            logging.basicConfig(
                filename=options.log,
                level=logging.INFO,
                format="%(asctime)s.%(msecs)03d %(levelname)s [%(name)s] %(message)s",
                datefmt="%H:%M:%S",
            )
        from drills.local_aws import install

        install.everything(options)
        _serve(options, parent)
    finally:
        from ministack.core import lambda_runtime

        lambda_runtime.reset()
        shutil.rmtree(folder, ignore_errors=True)
    # Threads of ministack that still run are of no use to anyone.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())

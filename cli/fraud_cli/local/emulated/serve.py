"""Serve the completed emulator on one loopback port until SIGTERM."""

import asyncio
import importlib
import os
import signal
from typing import Any

from . import distributed_map, gateway_responses, openapi_import, resources, state_errors


def install() -> None:
    """Complete MiniStack; must come before its first request."""
    services = "ministack.services"
    apigateway = importlib.import_module(f"{services}.apigateway_v1")
    provisioners = importlib.import_module(f"{services}.cloudformation.provisioners")
    sqs = importlib.import_module(f"{services}.sqs")
    dynamodb = importlib.import_module(f"{services}.dynamodb")
    gateway_responses.install(apigateway)
    openapi_import.install(apigateway, provisioners)
    logs = importlib.import_module(f"{services}.cloudwatch_logs")
    lambdas = importlib.import_module(f"{services}.lambda_svc")
    resources.install(sqs, dynamodb, logs, lambdas, provisioners)
    stepfunctions = importlib.import_module(f"{services}.stepfunctions")
    distributed_map.install(stepfunctions, importlib.import_module(f"{services}.s3"))
    state_errors.install(stepfunctions, lambdas)


async def serve(app: Any, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    hypercorn = importlib.import_module("hypercorn.asyncio")
    config = importlib.import_module("hypercorn.config").Config()
    config.bind = [f"{host}:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await hypercorn.serve(app, config, shutdown_trigger=stop.wait)


def main() -> None:
    """Read host and port from the environment and serve."""
    app = importlib.import_module("ministack.app").app
    install()
    asyncio.run(serve(app, os.environ["BIND_HOST"], int(os.environ["GATEWAY_PORT"])))

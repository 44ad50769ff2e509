"""The stages of bringing the stack up, for whoever shows progress."""

from collections.abc import Callable
from enum import StrEnum


class Stage(StrEnum):
    """A stage begins when it is reported and lasts until the next one is."""

    TOOLS = "Checking tools"
    BUILD = "Building functions and layers"
    EMULATOR_ENVIRONMENT = "Installing the AWS emulator"
    EMULATOR = "Starting the AWS emulator"
    DEPLOY = "Deploying the stack"
    READY = "Ready"


OnStage = Callable[[Stage], object]

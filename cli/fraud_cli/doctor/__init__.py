"""What `fraud doctor` looks at: the machine, the project's folder, the stack that is up."""

from fraud_cli.doctor.checks import Check, State
from fraud_cli.doctor.machine import machine_checks
from fraud_cli.doctor.running import running_checks

__all__ = ["Check", "State", "machine_checks", "running_checks"]

"""What MiniStack lacks of AWS and this stack relies on, added inside the emulator's own process.

Runs in the emulator's environment (`python -c ... emulated.serve`, see `fraud_cli.local.emulator`),
so it imports nothing but the standard library, MiniStack and hypercorn. Each module replaces a few
functions of MiniStack, whose version uv.lock fixes; if one of them is gone, starting fails and
says which.
"""

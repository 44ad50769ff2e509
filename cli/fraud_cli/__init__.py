"""The `fraud` command."""

"""The reading half of training: a CSV of any length becomes a spool of records on disk."""

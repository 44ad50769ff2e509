"""One adapter per table, bucket and queue; the only code that knows AWS."""

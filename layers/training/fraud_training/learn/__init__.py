"""The learning half of training: from a spool of records to a judged, exported model."""

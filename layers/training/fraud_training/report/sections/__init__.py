"""One module for each question the report answers; each gives markup, empty where it has none."""

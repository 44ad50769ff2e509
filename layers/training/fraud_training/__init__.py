"""Training, evaluation and export."""

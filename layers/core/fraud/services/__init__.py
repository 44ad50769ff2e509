"""One function per use case, collaborators as arguments."""

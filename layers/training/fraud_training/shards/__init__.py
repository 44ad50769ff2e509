"""A training over many files: every shard is read on its own, and what they give is joined."""

"""Guards: each can only stop a run, never start one. One file each, with its own decline code."""

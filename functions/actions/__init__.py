"""The changes that remediations are made of: one file per AWS service, each action with its permissions, proof and undo."""

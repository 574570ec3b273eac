"""The catalogue: one file is one row of the runbook. Being in this folder is being deployed."""

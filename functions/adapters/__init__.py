"""The core's ports, kept with boto3; the fakes for tests stand beside the real ones."""

"""The domain in plain Python: what an alarm is, what may be done about it, and how a run goes. Never imports boto3."""

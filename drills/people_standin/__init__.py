"""What stands in for the services that people are called by, on the loopback: each speaks its documented API."""

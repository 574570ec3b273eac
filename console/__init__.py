"""The command line. Talks to the deployed functions by invoking them, so that its caller needs lambda:InvokeFunction alone."""

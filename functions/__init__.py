"""What runs in Lambda. Never imports aws_cdk."""

"""What is deployed, in CDK. Derived from the catalogue: a new remediation needs no line here."""

"""The post-incident review: a blameless draft from what is on record. Causes are left to the people who agree it."""

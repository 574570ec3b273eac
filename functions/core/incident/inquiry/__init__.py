"""An investigation: what is looked at, what was found, and how people are told. Pure."""

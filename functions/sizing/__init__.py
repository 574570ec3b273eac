"""How much of something is enough: pure arithmetic on numbers, no AWS, no clock."""

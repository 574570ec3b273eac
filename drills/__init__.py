"""Drills: a local AWS, a sample workload, and scenarios that break something and watch it being mended."""

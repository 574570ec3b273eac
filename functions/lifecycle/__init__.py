"""The functions around an incident. They read the record; none of them changes a workload."""

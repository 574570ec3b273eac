def accept_findings(*args):
    pass

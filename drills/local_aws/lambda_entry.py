"""What a simulated Lambda environment starts: AWS's own runtime client on the deployed code.

Run with `python -I`, so neither the working directory nor the host's PYTHONPATH or user site is on the path: a module that is
missing from the bundle is missing here too, as on AWS. Imports nothing of this project.
"""

import os
import sys
import threading
import time

_EMULATOR = os.getppid()


def _end_with_the_emulator() -> None:
    while os.getppid() == _EMULATOR:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    threading.Thread(target=_end_with_the_emulator, daemon=True).start()
    from awslambdaric.__main__ import main

    main(["awslambdaric", os.environ["_HANDLER"]])

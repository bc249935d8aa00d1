"""Says in words which Python is needed, before anything is installed."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this runs on whatever python3 is
    found = ".".join(map(str, sys.version_info[:3]))
    sys.exit(f"Yingda needs Python 3.11 or later; this is {found}. Try: make PYTHON=python3.11 run")

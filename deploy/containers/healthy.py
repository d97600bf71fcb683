"""Exit code 0 if the URL answers 200 within two seconds: the health check of every container."""

import sys
import urllib.request

with urllib.request.urlopen(sys.argv[1], timeout=2) as answer:  # noqa: S310 - a fixed address of the container
    sys.exit(answer.status != 200)  # noqa: PLR2004

"""`python -m segstudio`."""

import sys

from segstudio.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""`python -m segstudio`; a frozen app starts here too, also as its own child."""

import sys

from segstudio.childprocess import CHILD_FLAG
from segstudio.cli import main

if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD_FLAG]:
        from segstudio import child

        child.main(sys.argv[2:])
    sys.exit(main())

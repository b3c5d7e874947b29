"""`python -m irjax` is the `irjax` command."""

import sys

from irjax.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""Search for the best network: `python tune.py --config configs/tune.py --data DIR --run DIR [--workers 2]`.

`irjax tune` by another name, for whoever works in a checkout; `--help` tells more.
"""

import sys

from irjax.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["tune", *sys.argv[1:]]))

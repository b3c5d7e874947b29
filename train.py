"""Train a network: `python train.py --config configs/small.py --data DIR --run DIR [--model.dropout 0.3 ...]`.

`irjax train` by another name, for whoever works in a checkout; `--help` tells more.
"""

import sys

from irjax.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))

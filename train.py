"""Train a network: `python train.py --config configs/small.py --data DIR --run DIR [--model.dropout 0.3 ...]`.

With `--folds 4` it cross-validates: a network per fold, thresholds fitted on what each says of the fold it has not
seen, then a final fit on all folds, judged once on the test part.

The same command again goes on with an interrupted run. `--help` after a config lists everything that it sets.
"""

import argparse
import sys
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, add_help=False
    )
    parser.add_argument("--config", required=True, metavar="FILE", help="a file of configs/")
    parser.add_argument("--data", required=True, metavar="DIR", help="a dataset, from irjax build or irjax demo-data")
    parser.add_argument("--run", required=True, metavar="DIR", help="the run's directory, made or gone on with")
    parser.add_argument("--folds", type=int, metavar="N", help="cross-validate with N folds, then fit on all of them")
    if {"-h", "--help"} & set(sys.argv[1:]):
        parser.print_help()
        if not any(word.split("=")[0] == "--config" for word in sys.argv):
            return 0
        sys.argv += ["--data", "", "--run", ""]  # tyro goes on to list what the config sets, and ends the program
    arguments, overrides = parser.parse_known_args()

    from irjax.commands.train import run_training

    return run_training(Path(arguments.config), Path(arguments.data), Path(arguments.run), arguments.folds, overrides)


if __name__ == "__main__":
    sys.exit(main())

"""Search for the best network: `python tune.py --config configs/tune.py --data DIR --run DIR [--workers 2]`.

A Gaussian process proposes, each trial trains in a process of its own until its validation loss stands still, and the
same command again goes on with an interrupted search. The best config is left in the run for train.py.
"""

import argparse
import sys
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--config", required=True, metavar="FILE", help="a file that defines a search")
    parser.add_argument("--data", required=True, metavar="DIR", help="a dataset, from irjax build or irjax demo-data")
    parser.add_argument("--run", required=True, metavar="DIR", help="the search's directory, made or gone on with")
    parser.add_argument("--evaluations", type=int, metavar="N", help="how many trials, if not the config's number")
    parser.add_argument("--folds", type=int, nargs="+", metavar="F", help="the folds that validate (0 1 2 3: all)")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="trials at once (default: 1)")
    parser.add_argument(
        "--slurm", nargs="*", metavar="NAME=VALUE", help="run trials as SLURM jobs with these options (partition=gpu …)"
    )
    arguments = parser.parse_args()

    from irjax.commands.tune import run_tuning

    return run_tuning(
        Path(arguments.config),
        Path(arguments.data),
        Path(arguments.run),
        arguments.evaluations,
        arguments.folds,
        arguments.workers,
        arguments.slurm,
    )


if __name__ == "__main__":
    sys.exit(main())

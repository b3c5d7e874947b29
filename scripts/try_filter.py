"""What the noise reduction of Wang et al. (2020) gives: the same network with and without it, on the same patterns.

    python scripts/try_filter.py runs/wang-1012 --data data/xrd-published

Their network filters what it is asked about (`irjax.models.inputs.without_noise`), not what it learns from. Printed:
the share of the test patterns that are noisy enough to be filtered, and top-1 to top-5 with and without the filter,
of all patterns and of those that are filtered alone.
"""

import argparse
from typing import Any

import numpy as np

from irjax.answers.judge import evaluate
from irjax.answers.predictor import load
from irjax.data.dataset import open_dataset
from irjax.errors import UsageError
from irjax.evaluation.ranks import scores
from irjax.models.batch import make_answerer
from irjax.models.inputs import spanned, without_noise


def row(title: str, found: dict[str, Any]) -> str:
    """Of a table: top-1 to top-5 with their intervals."""
    shares = ("{value:.3f} ({low:.3f} to {high:.3f})".format(**found["overall"][f"top{most}"]) for most in range(1, 6))
    return f"| {title} | {found['n']:,} | {' | '.join(shares)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="a run of a network that filters: wang or wang-code")
    parser.add_argument("--data", required=True, help="a dataset that irjax make xrd made")
    arguments = parser.parse_args()
    predictor, dataset = load(arguments.run), open_dataset(arguments.data)
    if not getattr(predictor.model, "filtered", False):
        raise UsageError(f"{arguments.run}: its network filters nothing; wang and wang-code do")
    judged = evaluate(predictor, dataset, "test")
    patterns = np.asarray(spanned(dataset.values[judged.rows]))
    noisy = np.any(np.asarray(without_noise(patterns)) != patterns, axis=1)
    bare = make_answerer(predictor.model.clone(filtered=False))(predictor.variables, dataset.values[judged.rows])
    print(f"{noisy.mean():.1%} of {len(noisy):,} patterns are filtered")
    for name, said in (("with the filter", judged.probabilities), ("without", bare)):
        print(row(name, scores(said, judged.targets)))
        if noisy.any():
            print(row(f"{name}, where it filters", scores(said[noisy], judged.targets[noisy])))


if __name__ == "__main__":
    main()

"""What the noise reduction of Wang et al. (2020) gives: the same network with and without it, on fainter patterns.

    python scripts/try_filter.py runs/wang-189 --noise experimental_patterns.zip

Their network filters what it is asked about (`irjax.models.inputs.without_noise`), not what it learns from. Patterns
are drawn as those of a test part are, of as many of the bundled materials as the run knows, but for the counts at the
highest point. Printed for each: the share that is noisy enough to be filtered, and top-1 and top-5 with and without.
"""

import argparse
import sys
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np

from irjax.answers.predictor import load
from irjax.data.diffraction import TESTED, measured
from irjax.data.library import bundled_library
from irjax.data.xrd import scene
from irjax.errors import UsageError
from irjax.evaluation.ranks import scores
from irjax.models.batch import make_answerer
from irjax.models.inputs import spanned, without_noise
from irjax.program import exit_status

COUNTS = (1000, 300, 100, 30, 10)
"""At the highest point of a pattern; a test part has 500 to 5,000."""


def cells(found: dict[str, Any]) -> str:
    """Top-1 and top-5 with their intervals."""
    shares = (found["overall"][name] for name in ("top1", "top5"))
    return " | ".join("{value:.3f} ({low:.3f} to {high:.3f})".format(**share) for share in shares)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="a run of a network that filters: wang or wang-code")
    parser.add_argument("--noise", help="measured patterns whose backgrounds are taken (default: drawn ones)")
    arguments = parser.parse_args()
    predictor = load(arguments.run)
    library = bundled_library(len(predictor.run.names))
    if not getattr(predictor.model, "filtered", False):
        raise UsageError(f"{arguments.run}: its network filters nothing; wang and wang-code do")
    if tuple(each.name for each in library.materials) != predictor.run.names:
        raise UsageError(f"{arguments.run}: learned other materials than the first of those that ship")
    drawn_from = scene(library, arguments.noise, "measured", 0)
    materials, backgrounds = drawn_from.materials, drawn_from.backgrounds[True]
    bare = make_answerer(predictor.model.clone(filtered=False))
    print("| counts | filtered | top-1 with the filter | top-5 | top-1 without | top-5 |\n|---|---|---|---|---|---|")
    for counts in COUNTS:
        strengths, chance = replace(TESTED, counts=(counts, counts)), np.random.default_rng(counts)
        patterns = np.stack(
            [
                measured(material, strengths, materials[:at] + materials[at + 1 :], backgrounds, chance)
                for at, material in enumerate(materials)
            ]
        )
        seen = spanned(jnp.asarray(patterns))
        noisy = np.any(np.asarray(without_noise(seen) != seen), axis=1)
        right = np.arange(len(materials))
        answers = (predictor.outputs(patterns), bare(predictor.variables, patterns))
        print(f"| {counts:,} | {noisy.mean():.0%} | {' | '.join(cells(scores(each, right)) for each in answers)} |")


if __name__ == "__main__":
    sys.exit(exit_status("try_filter.py", main))

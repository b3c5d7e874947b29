"""What each condition of a measurement costs a network of diffraction patterns, one at a time.

    python scripts/try_conditions.py runs/wang runs/xrd --noise experimental_patterns.zip

Patterns of the bundled materials, one of each, free of all but what is named: crystallites of 100 nm, 5,000 counts at
the highest point, 2 % of background. Printed for each run: top-1 and top-5 with their intervals.
"""

import argparse
import sys
from dataclasses import replace

import numpy as np

from irjax.answers.predictor import load
from irjax.data.diffraction import Strengths, measured
from irjax.data.library import bundled_library
from irjax.data.xrd import scene
from irjax.evaluation.ranks import scores
from irjax.program import exit_status

CALM = Strengths(0.0, 0.0, (1.0, 1.0), (100.0, 100.0), (5000.0, 5000.0), (0.02, 0.02), (0.0, 0.0))
CONDITIONS = {
    "nothing else": CALM,
    **{f"crystallites of {size} nm": replace(CALM, crystallite=(size, size)) for size in (50, 20, 10, 5)},
    **{f"orientation, r of {r}": replace(CALM, orientation=(r, r)) for r in (0.8, 0.6, 0.4, 1.5)},
    **{f"displaced by up to {most}°": replace(CALM, displacement=most) for most in (0.05, 0.1, 0.2)},
    **{f"strained by up to {most:.1%}": replace(CALM, strain=most) for most in (0.002, 0.005)},
    **{f"a foreign phase of {share:.0%} in half": replace(CALM, foreign=(share, share)) for share in (0.1, 0.3)},
    **{f"background of {share:.0%}": replace(CALM, background=(share, share)) for share in (0.1, 0.3)},
    **{f"{counts:,} counts": replace(CALM, counts=(counts, counts)) for counts in (500, 100)},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", help="of one library, the first of the bundled materials")
    parser.add_argument("--noise", help="measured patterns whose backgrounds are taken (default: drawn ones)")
    arguments = parser.parse_args()
    predictors = [load(run) for run in arguments.runs]
    library = bundled_library(len(predictors[0].run.names))
    names = tuple(each.name for each in library.materials)
    if any(predictor.run.names != names for predictor in predictors):
        parser.error("a run learned other materials than the first of those that ship")
    drawn_from = scene(library, arguments.noise, "measured", 0)
    materials, backgrounds = drawn_from.materials, drawn_from.backgrounds[True]
    print(f"| {' | '.join(['', *(f'{run}: top-1 | top-5' for run in arguments.runs)])} |")
    print("|---" * (1 + 2 * len(predictors)) + "|")
    for name, strengths in CONDITIONS.items():
        chance = np.random.default_rng(7)
        patterns = np.stack(
            [
                measured(material, strengths, materials[:at] + materials[at + 1 :], backgrounds, chance)
                for at, material in enumerate(materials)
            ]
        )
        cells = [name]
        for predictor in predictors:
            found = scores(predictor.outputs(patterns), np.arange(len(materials)))["overall"]
            cells += ["{value:.3f} ({low:.3f} to {high:.3f})".format(**found[top]) for top in ("top1", "top5")]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    sys.exit(exit_status("try_conditions.py", main))

"""What the three answers of a run come to: the counts of docs/answers.md, docs/chemist.md and the model card.

Which groups it never calls present, how far its bounds reach, how many of its answers are likelier wrong than right,
whence its uncertainty comes, and what it says of rare groups in ground solids and of compounds that are hardly organic:
of the spectra that judge it, which a run without a test part has out of fold.

    python scripts/count_answers.py pretrained --data data/nist-1800
"""

import argparse
import sys
from collections.abc import Iterator

import numpy as np
from check_answers import told
from rdkit import Chem, RDLogger

from irjax.answers.judge import evaluate
from irjax.answers.predictor import load
from irjax.data.dataset import open_dataset
from irjax.evaluation.three_way import ABSENT, PRESENT, UNCERTAIN
from irjax.program import exit_status
from irjax.tasks.groups import FEWEST, GROUND, Answering
from irjax.tasks.task import DEFAULT_ERROR

KINDS = ("any", "other", *GROUND)
"""Of bounds: where the phase is not known, of what was not ground, of mulls and of pellets."""
RATES = (DEFAULT_ERROR, 0.2)
NONMETALS = frozenset({1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 33, 34, 35, 36, 52, 53, 54, 85, 86})
"""Boron and silicon among them, which are named beside the metals."""


def share(part: int | np.integer, whole: int | np.integer) -> str:
    """A count, of how many, in per cent."""
    return f"{part:,} of {whole:,} ({100 * part / max(whole, 1):.1f} %)"


def reach(answering: Answering, names: np.ndarray) -> Iterator[str]:
    """What bounds allow, whatever a spectrum is."""
    for rate in RATES:
        for kind in KINDS:
            found = answering.bounds(rate, kind)
            never = names[np.isinf(found.present_from)]
            yield f"error {rate:g}, {kind}: never present {', '.join(never) or 'none'}"
    for kind in KINDS:
        found = answering.bounds(DEFAULT_ERROR, kind)
        lowest, highest = np.argsort(found.present_from)[:3], np.argsort(-found.absent_below)[:3]
        early = ", ".join(f"{names[at]} {found.present_from[at]:.3f}" for at in lowest)
        late = ", ".join(f"{names[at]} {found.absent_below[at]:.3f}" for at in highest)
        yield f"{kind}: present soonest {early}; absent longest {late}"


def sureness(decided: np.ndarray, labels: np.ndarray, said: np.ndarray) -> Iterator[str]:
    """Of answers "present" those below one half, and of answers "absent" the wrong ones."""
    present, absent = decided == PRESENT, decided == ABSENT
    for name, chosen in (("below 0.5", present & (said < 0.5)), ("others", present & (said >= 0.5))):
        yield f"present, {name}: {chosen.sum():,}, wrong {share((chosen & ~labels).sum(), chosen.sum())}"
    yield f"with the group, absent {share((absent & labels).sum(), labels.sum())}"
    yield f"absent, wrong {share((absent & labels).sum(), absent.sum())}"


def doubt(seen: np.ndarray, by_bounds: np.ndarray, labels: np.ndarray, names: np.ndarray) -> Iterator[str]:
    """How much is uncertain, and whose share of it that is."""
    yield f"uncertain, unmeasured bands included: {100 * (seen == UNCERTAIN).mean():.1f} %"
    unsure = by_bounds == UNCERTAIN
    yield f"by bounds alone: {100 * unsure.mean():.1f} %, of those with the group {100 * unsure[labels].mean():.1f} %"
    points = 100 * unsure.mean(axis=0) / len(names)
    order = np.argsort(-points)
    yield "points of it: " + ", ".join(f"{names[at]} {points[at]:.2f}" for at in order[:6])
    yield f"of decisions on other groups than the first four: {100 * unsure[:, order[4:]].mean():.1f} %"


def ground(decided: np.ndarray, labels: np.ndarray, phases: np.ndarray, names: np.ndarray) -> Iterator[str]:
    """Mulls and pellets, and there the groups of which they hold few spectra."""
    solid = np.isin(phases, GROUND)
    missed, positives, wrong, present = 0, 0, 0, 0
    for kind in GROUND:
        here = phases == kind
        rare = (labels[here].sum(axis=0) < FEWEST) & labels[solid].any(axis=0)
        y, answered = labels[here][:, rare], decided[here][:, rare]
        missed, positives = missed + (y & (answered == ABSENT)).sum(), positives + y.sum()
        wrong, present = wrong + (~y & (answered == PRESENT)).sum(), present + (answered == PRESENT).sum()
    yield f"mulls and pellets, groups of fewer than {FEWEST} there: with the group, absent {share(missed, positives)}"
    yield f"the same groups: present, wrong {share(wrong, present)}"
    for name in ("Aldehyde", "Alkyne", "Thiol"):
        at = int(np.flatnonzero(names == name)[0])
        known = labels[solid, at]
        found = f"found {share((decided[solid, at] == PRESENT)[known].sum(), known.sum())}"
        yield f"mulls and pellets, {name}: {found}, uncertain {100 * (decided[solid, at] == UNCERTAIN).mean():.0f} %"


def hardly_organic(
    decided: np.ndarray, labels: np.ndarray, molecules: list[Chem.Mol], phases: np.ndarray, names: np.ndarray
) -> Iterator[str]:
    """Compounds without carbon, and organic ones with a metal, boron or silicon."""
    atoms = [{atom.GetAtomicNum() for atom in molecule.GetAtoms()} for molecule in molecules]
    bare = np.array([6 not in each for each in atoms])
    mixed = np.array([6 in each and bool(each & {5, 14} or each - NONMETALS) for each in atoms])
    present, alkane = decided == PRESENT, int(np.flatnonzero(names == "Alkane")[0])
    called, mulled = present.any(axis=1) & bare, bare & present[:, alkane] & (phases == "mull")
    yield f"without carbon: a group called present {share(called.sum(), bare.sum())}"
    yield f"without carbon: an alkane {(bare & present[:, alkane]).sum()}, in mulls {mulled.sum()}"
    wrong = present & ~labels
    yield f"with a metal, boron or silicon: one wrongly present {share((wrong.any(axis=1) & mixed).sum(), mixed.sum())}"
    yield f"with a metal, boron or silicon: of answers present, wrong {share(wrong[mixed].sum(), present[mixed].sum())}"


def main() -> None:
    """Count and print."""
    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="a run of groups")
    parser.add_argument("--data", required=True, help="the dataset that it is judged on")
    arguments = parser.parse_args()
    predictor, dataset = load(arguments.run), open_dataset(arguments.data)
    judged, answering, names = evaluate(predictor, dataset, "test"), predictor.answering, predictor.run.names
    labels, said, phases = judged.targets.astype(bool), judged.probabilities, dataset.rows["phase"][judged.rows]
    by_bounds = answering.decide(said, DEFAULT_ERROR, phases)
    decided = told(answering, said, phases, np.asarray(dataset.values[judged.rows]), names, dataset.grid)
    molecules = [Chem.MolFromInchi(inchi) for inchi in dataset.rows["inchi"][judged.rows]]
    called = np.array(names)
    for line in (
        *reach(answering, called),
        *sureness(decided, labels, said),
        *doubt(decided, by_bounds, labels, called),
        *ground(decided, labels, phases, called),
        *hardly_organic(decided, labels, molecules, phases, called),
    ):
        print(line)


if __name__ == "__main__":
    sys.exit(exit_status("count_answers.py", main))

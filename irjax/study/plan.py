"""The plan of a study: its questions in order, what has been claimed of each, and what is done."""

from collections.abc import Callable
from dataclasses import dataclass

from irjax.study import comparisons
from irjax.study.arms import Row
from irjax.study.trainings import Trainings


@dataclass(frozen=True)
class Comparison:
    """A question, and what answers it."""

    name: str
    title: str
    claim: str
    """What the paper (Jung, Jung & Cole 2023 and its SI) or another source says of it."""
    done: str
    """What is done here."""
    rows: Callable[[Trainings], list[Row]]


PLAN = (
    Comparison(
        "labels",
        "Published against corrected labels",
        "The SI takes labels from molecules that RDKit makes of InChI strings, and names no fault of them. In that "
        "form mobile-H amides are imidic acids.",
        "One network learns the published labels, one the corrected ones, from the same spectra. Both are judged by "
        "the structures as drawn, which neither saw: the first by the published patterns, which leaves only the fault "
        "of the structures, and by the corrected ones (which also take acids and phenols out of the alcohols, nitro "
        "groups out of the amines); the second by the corrected ones.",
        comparisons.label_sets,
    ),
    Comparison(
        "siblings",
        "A sibling in training",
        "The paper splits spectra, not molecules, and does not discuss siblings; about 60 % of its test spectra have "
        "one in training.",
        "One spectrum of each molecule that has several is set aside. Two networks each train on the other spectra of "
        "one half of these molecules and on the same rest, with equally many spectra; each set-aside spectrum is read "
        "by the network that has met its molecule and by the one that has not.",
        comparisons.siblings,
    ),
    Comparison(
        "rows",
        "Rows against molecules, the whole test part",
        "As above. Here only about 3 % of the test spectra of a split by rows have a sibling in training.",
        "The two test parts differ, so the difference is not a paired one.",
        comparisons.rows_or_skeletons,
    ),
    Comparison(
        "groups",
        "22 against 37 groups",
        "The SI stars the 22 groups of the original network and extends them to 37.",
        "Both with the published labels; figures over the 22 groups that they share.",
        comparisons.groups,
    ),
    Comparison(
        "copies",
        "Augmentation before training",
        'The SI adds copies amounting to 25, 50, 75 and 100 % of training and validation set, tried "in an attempt to '
        'improve the performance"; it gives no figure.',
        "The final fit on all four folds, with copies added; noise, shift and oversampling copy the same spectra. "
        "Combinations are drawn with replacement from the molecules that have several spectra.",
        comparisons.copies,
    ),
    Comparison(
        "on-the-fly",
        "Augmentation on the fly",
        "Not in the paper.",
        "The final fit, with half of each batch changed anew at every step: as the paper's copies are, and as "
        "instruments and samples do it.",
        comparisons.on_the_fly,
    ),
    Comparison(
        "instruments",
        "Spectra of other instruments",
        "Not in the paper.",
        "The test spectra as another instrument would give them (a drifting baseline, another path length, a coarser "
        "resolution, air in the beam, ATR), for the final fit and for networks that met such spectra in training.",
        comparisons.other_instruments,
    ),
    Comparison(
        "losses",
        "Weighted against plain loss",
        'The SI\'s eq. S7 weights the positive class "to improve our model"; it gives neither the weight nor a figure.',
        "Thresholds are fitted on the validation fold in each case.",
        comparisons.losses,
    ),
    Comparison(
        "thresholds",
        "0.5 against cross-validated thresholds",
        "The SI takes each class's threshold of highest F1. The authors' code fits them on the training data, and uses "
        "the first class's for all.",
        "One final fit on all four folds. Cross-validated thresholds come from out-of-fold predictions.",
        comparisons.thresholds,
    ),
    Comparison(
        "baselines",
        "Classical methods",
        "Wang et al. (J. Chem. Inf. Model. 2020) find a convolutional network far ahead of classical methods; "
        "Schuetzke et al. (2022) find classical methods on pooled spectra as good.",
        "Each on all 600 points and on the deepest of every four. Slow ones on as many training spectra as stated.",
        comparisons.baselines,
    ),
    Comparison(
        "ablation",
        "The network without its parts",
        "Schuetzke et al. (2022): convolutions hardly help, pooling does the work, and other activations make it more "
        "robust.",
        "Everything else stays as it is, the number of dense nodes, epochs and learning rates too. None was tuned "
        "anew, and a network without convolutions might want more epochs.",
        comparisons.ablation,
    ),
)

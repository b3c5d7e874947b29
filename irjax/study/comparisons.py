"""The comparisons of a study: each trains what it needs and gives the rows of its table."""

from dataclasses import replace
from functools import partial

import numpy as np

from irjax.answers.classical import baseline_answers
from irjax.chemistry.groups import CORRECTED, PUBLISHED, vocabulary
from irjax.data.splits import Partition, make_split
from irjax.engine.config import Augmentation, Config
from irjax.errors import UsageError
from irjax.evaluation.baselines import FEATURES, METHODS
from irjax.evaluation.thresholds import DEFAULT, best_f1_thresholds
from irjax.spectra.grid import Grid
from irjax.study import arms
from irjax.study.arms import Answers, Arm, Figure, Row
from irjax.study.trainings import Trainings, answers
from irjax.tasks.groups import Groups

USUAL: dict[str, Figure] = {
    "macro-F1": arms.f1_macro,
    "macro-F1 at 0.5": arms.f1_macro_at_half,
    "mean average precision": arms.average_precision,
    "exact match ratio": arms.exact_match,
}
TUNED = {name: USUAL[name] for name in USUAL if name != "macro-F1 at 0.5"}
AT_HALF = {name: USUAL[name] for name in ("macro-F1 at 0.5", "mean average precision")}
COPIED = ("oversampling", "noise", "shift", "combination")
SHARES = (0.25, 0.5, 0.75, 1.0)
INSTRUMENT = ("baseline", "intensity", "resolution", "air", "atr")

_MISLABELLED = ("Amide", "Imide", "Carbamate", "Thioamide", "Alcohol", "Amine")


def label_sets(study: Trainings) -> list[Row]:
    """Published against corrected labels, judged by the structures as drawn, by own and by corrected patterns."""
    drawn = study.drawn
    if not drawn:
        raise UsageError("published labels are judged by the structures as drawn (--drawn)")
    ids = study.dataset.rows["id"].tolist()
    at = np.array([row for row in study.test.tolist() if ids[row] in drawn[CORRECTED]])
    if not len(at):
        raise UsageError("no compound of the test part is in the table of structures as drawn (--drawn)")
    truth = {name: np.array([drawn[name][ids[row]] for row in at]) for name in (PUBLISHED, CORRECTED)}
    published = study.each("published-labels", replace(study.preset.config, task=Groups(PUBLISHED)))
    names = vocabulary(CORRECTED).names
    groups = {f"F1 of {name}": arms.group_f1(names.index(name)) for name in _MISLABELLED}
    compared = [
        study.arm("published labels, judged by published patterns", published, truth[PUBLISHED], at),
        study.arm("published labels, judged by corrected patterns", published, truth[CORRECTED], at),
        study.arm("corrected labels, judged by corrected patterns", study.plain(), truth[CORRECTED], at),
    ]
    return arms.rows(groups | USUAL, compared)


def siblings(study: Trainings) -> list[Row]:
    """The same spectra with and without another spectrum of their molecule in training, all else equal."""
    labels = study.dataset.labels(CORRECTED)
    config = _final(study.preset.config)
    probes, known, unknown = np.zeros(0, int), [], []
    for seed in study.preset.seeds:
        probes, halves = _crossover(study, seed)
        pair = [
            study.run(
                f"siblings-{seed}-{half}", replace(config, seed=seed, split=replace(config.split, kind="rows")), split
            )
            for half, split in enumerate(halves)
        ]
        said = [answers(run, study.dataset.values[probes]).probabilities for run in pair]
        trained = np.isin(study.dataset.skeletons[probes], list(halves[0].trained_skeletons(None)))[:, None]
        half = np.full(labels.shape[1], DEFAULT)
        known.append(Answers(np.where(trained, said[0], said[1]), half))
        unknown.append(Answers(np.where(trained, said[1], said[0]), half))
    truth, skeletons = labels[probes], study.dataset.skeletons[probes]
    figures = {
        "micro-F1": arms.f1_micro,
        "exact match ratio": arms.exact_match,
        "binary cross-entropy": arms.cross_entropy,
    }
    compared = [
        Arm("no sibling in training", tuple(unknown), truth, skeletons),
        Arm("a sibling in training", tuple(known), truth, skeletons),
    ]
    return arms.rows(figures, compared)


def _crossover(study: Trainings, seed: int) -> tuple[np.ndarray, list[Partition]]:
    """One spectrum of each molecule that has several, and two training parts of equal size.

    Each part holds the other spectra of one half of those molecules, and those of molecules that have only one, but
    for the test part and for as many as make the sizes equal.
    """
    dataset = study.dataset
    everything = study.split.part(dataset, "all", None)
    skeletons = dataset.skeletons[everything].astype(str)
    unique, counts = np.unique(skeletons, return_counts=True)
    several = unique[counts > 1]
    if not several.size:
        raise UsageError("no molecule of this dataset has a second spectrum")
    chance = np.random.default_rng(0)  # the probes are the same for every seed, the halves are not
    probes = np.array([chance.choice(everything[skeletons == skeleton]) for skeleton in several])
    alone = everything[np.isin(skeletons, unique[counts == 1]) & ~np.isin(everything, study.test)]
    chance = np.random.default_rng(seed)
    alone, shuffled = chance.permutation(alone), chance.permutation(several)
    others = everything[np.isin(skeletons, several) & ~np.isin(everything, probes)]
    parts = [others[np.isin(dataset.skeletons[others].astype(str), half)] for half in np.array_split(shuffled, 2)]
    size = len(alone) + min(map(len, parts))
    files = dataset.rows["file"]
    splits = []
    for part in parts:
        trained = np.concatenate([part, alone])[:size]
        folds = tuple(tuple(files[fold]) for fold in np.array_split(trained, 4))
        molecules = tuple(tuple(sorted(set(dataset.skeletons[fold]))) for fold in np.array_split(trained, 4))
        splits.append(Partition("rows", tuple(files[probes]), folds, False, molecules))
    return probes, splits


def rows_or_skeletons(study: Trainings) -> list[Row]:
    """The whole test part of a split by molecules against that of a split by rows."""
    labels = study.dataset.labels(CORRECTED)
    config = replace(study.preset.config, split=replace(study.preset.config.split, kind="rows"))
    split = make_split(study.dataset, labels, "rows", isotopologues=False, seed=0)
    test = split.part(study.dataset, "test", None)
    compared = [
        study.arm("split by molecules", study.plain()),
        study.arm("split by rows", study.each("rows", config, split=split), labels[test], test),
    ]
    return arms.rows(USUAL, compared)


def groups(study: Trainings) -> list[Row]:
    """Networks for 22 and for 37 groups on the 22 that they share."""
    few, many = vocabulary("jung2023-original"), vocabulary(PUBLISHED)
    truth = study.dataset.labels(few.name)[study.test]
    kept = [many.names.index(name) for name in few.names]
    all_groups = study.arm(
        "37 groups",
        study.each("published-labels", replace(study.preset.config, task=Groups(many.name))),
        truth,
        study.test,
    )
    shared = [Answers(each.probabilities[:, kept], each.thresholds[kept]) for each in all_groups.members]
    original = study.each("original-groups", replace(study.preset.config, task=Groups(few.name)))
    return arms.rows(
        USUAL,
        [study.arm("22 groups", original, truth, study.test), replace(all_groups, members=tuple(shared))],
    )


def copies(study: Trainings) -> list[Row]:
    """Copies added before training, of each kind and in each amount, against none; oversampling is the control."""
    seeds = study.preset.copied_seeds
    finals = [cross.final for cross in study.cross_validated()[: len(seeds)]]
    compared = [study.arm("no copies", finals, calibrated=False)]
    for share in SHARES:
        for kind in COPIED:
            config = replace(_final(study.preset.config), augmentation=Augmentation((kind,), share))
            runs = study.each(f"copies-{kind}-{share:.0%}", config, seeds)
            compared.append(study.arm(f"{kind}, {share:.0%}", runs, calibrated=False))
    return arms.rows(AT_HALF, compared)


def on_the_fly(study: Trainings) -> list[Row]:
    """Augmentation drawn anew at each step, acting on half of each batch."""
    finals = [cross.final for cross in study.cross_validated()]
    compared = [study.arm("no augmentation", finals, calibrated=False)]
    for kinds in (*((kind,) for kind in (*COPIED[1:], *INSTRUMENT)), ("noise", "shift", "baseline", "intensity")):
        runs = study.each(*_flying(study, kinds))
        compared.append(study.arm(" + ".join(kinds), runs, calibrated=False))
    return arms.rows(AT_HALF, compared)


def other_instruments(study: Trainings) -> list[Row]:
    """Test spectra as another instrument would give them, for networks that met such spectra and that did not."""
    finals = [cross.final for cross in study.cross_validated()]
    found = []
    for kind in INSTRUMENT:
        altered = partial(_altered, kind, study.dataset.grid)
        compared = [
            study.arm(f"trained without, tested with {kind}", finals, altered=altered, calibrated=False),
            study.arm(
                f"trained and tested with {kind}",
                study.each(*_flying(study, (kind,))),
                altered=altered,
                calibrated=False,
            ),
        ]
        found += arms.rows(AT_HALF, compared)
    return found


def _flying(study: Trainings, kinds: tuple[str, ...]) -> tuple[str, Config]:
    augmentation = Augmentation(kinds, 0.5, on_the_fly=True)
    return f"flying-{'-'.join(kinds)}", replace(_final(study.preset.config), augmentation=augmentation)


def _altered(kind: str, grid: Grid, spectra: np.ndarray) -> np.ndarray:
    """Spectra as another instrument would give them, the same for every network."""
    import jax
    import jax.numpy as jnp

    from irjax.models.augment import augment
    from irjax.models.inputs import filled

    return np.asarray(augment((kind,), jax.random.key(12), filled(jnp.asarray(spectra)), None, grid))


def losses(study: Trainings) -> list[Row]:
    """Plain against weighted binary cross-entropy."""
    compared = [study.arm("plain", study.plain())]
    for title, task in (
        ("positives twice (w = 2)", Groups(positive_weight=2.0)),
        ("w = (neg/pos)^0.5 per group", Groups(balance=0.5)),
        ("w = neg/pos per group", Groups(balance=1.0)),
    ):
        name = f"loss-{task.positive_weight:g}-{task.balance:g}"
        runs = study.each(name, replace(study.preset.config, task=task))
        compared.append(study.arm(title, runs))
    return arms.rows(USUAL, compared)


def thresholds(study: Trainings) -> list[Row]:
    """One final fit, four ways to set its thresholds; the last two are how the authors' code does it.

    Cross-validated ones are of calibrated probabilities, as a run answers with; the others take outputs at their word.
    """
    labels = study.dataset.labels(CORRECTED)
    skeletons = study.dataset.skeletons[study.test]
    found: dict[str, list[Answers]] = {}
    for cross in study.cross_validated():
        tested, trained = study.test, cross.final.split.part(study.dataset, "train", None)
        plain, seen = (answers(cross.final, study.dataset.values[rows], False) for rows in (tested, trained))
        on_training = best_f1_thresholds(labels[trained], seen.probabilities)
        for name, said in (
            ("0.5", plain),
            ("cross-validated", answers(cross.final, study.dataset.values[tested])),
            ("fitted on the training data", replace(plain, thresholds=on_training)),
            ("the first group's for all", replace(plain, thresholds=np.full(labels.shape[1], on_training[0]))),
        ):
            found.setdefault(name, []).append(said)
    figures = {name: USUAL[name] for name in ("macro-F1", "exact match ratio")} | {"micro-F1": arms.f1_micro}
    return arms.rows(figures, [Arm(name, tuple(members), study.truth, skeletons) for name, members in found.items()])


def baselines(study: Trainings) -> list[Row]:
    """Classical methods and library search against the network."""
    skeletons = study.dataset.skeletons[study.test]
    networks = study.plain()
    compared = [study.arm("the network", networks)]
    for method in METHODS:
        for kind in FEATURES:
            said, fitted, trained_on = baseline_answers(networks[0], study.dataset, study.test, method, kind)
            title = f"{method}, {kind}" + (f" ({trained_on:,} spectra)" if METHODS[method].most else "")
            compared.append(Arm(title, (Answers(said, fitted.values),), study.truth, skeletons))
    return arms.rows(TUNED, compared)


def ablation(study: Trainings) -> list[Row]:
    """The network without its parts, and with other activations."""
    plain = study.preset.config
    compared = [study.arm("as published", study.plain())]
    for title, changes in (
        ("without convolutions", {"convolve": False}),
        ("without pooling", {"pool": False}),
        ("without either", {"convolve": False, "pool": False}),
        *((f"dense layers with {name}", {"activation": name}) for name in ("leaky_relu", "gelu", "tanh")),
    ):
        runs = study.each(f"ablation-{'-'.join(title.split())}", replace(plain, model=replace(plain.model, **changes)))
        compared.append(study.arm(title, runs))
    return arms.rows(TUNED, compared)


def _final(config: Config) -> Config:
    """Trained on all folds, as the paper's final fit."""
    return replace(config, split=replace(config.split, validation_fold=None))

"""The two networks of version 4, and in 80 epochs one of the two that ship: `reader-m.py`, taught parts of the range.

On all spectra, with five folds and no test part:

irjax build data/nist-1800 --spectra nist_IR.zip --structures nist_compounds.csv --points 1800
python train.py --config configs/reader-n.py --data data/nist-1800 --run runs/all-n --folds 5 --split.no-test --seed 2
python train.py --config configs/reader-n.py --data data/nist-1800 --run runs/all-x --folds 5 --split.no-test \\
    --augmentation.extended 0.25
irjax blend runs/all runs/all-n runs/all-x --data data/nist-1800
irjax evaluate runs/all --data data/nist-1800

17 to 22 minutes of a core a fold. Out of fold: macro-F1 0.731, micro-F1 0.919, exact match 0.718, mean average
precision 0.758. The networks of the first fold, on that fold: 0.751, 0.917, 0.719 and 0.796 (docs/ladder.md).
"""

from irjax.engine.config import Augmentation, Config, Optimizer
from irjax.models.reader import Reader

config = Config(
    model=Reader(narrow=48, dense=768),
    optimizer=Optimizer(
        "cosine",
        epochs=(40,),
        learning_rates=(2.5e-3,),
        warm_up=1.0,
        batch_size=64,
        weight_decay=0.05,
        average=0.998,
    ),
    augmentation=Augmentation(("shift", "intensity", "noise"), share=0.25, on_the_fly=True, mixture=0.25, cut=0.25),
    auxiliary=("maccs",),
    seed=1,
)

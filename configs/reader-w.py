"""`reader-n.py`, taught base lines that bend, moisture and air besides; one of two, whole ranges too.

What instruments and samples do and the collection has too little of: where moisture has a fifth of the strongest band's
height, 0.63 of unseen spectra are right in full instead of 0.51 (docs/experiments.md).

On all spectra, with five folds and no test part, for the next weights that ship:

irjax build data/nist-1800 --spectra nist_IR.zip --structures nist_compounds.csv --points 1800
python train.py --config configs/reader-w.py --data data/nist-1800 --run runs/all-w --folds 5 --split.no-test --seed 2
python train.py --config configs/reader-w.py --data data/nist-1800 --run runs/all-wx --folds 5 --split.no-test \\
    --augmentation.extended 0.25
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
    augmentation=Augmentation(
        ("shift", "intensity", "bend", "moisture", "air", "noise"),
        share=0.25,
        on_the_fly=True,
        mixture=0.25,
        cut=0.25,
    ),
    auxiliary=("maccs",),
    seed=1,
)

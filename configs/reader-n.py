"""A network that has seen spectra over parts of their range: `reader-m.py`, taught these beside.

irjax build data/nist-1800 --spectra nist_IR.zip --structures nist_compounds.csv --points 1800
python train.py --config configs/reader-n.py --data data/nist-1800 --run runs/all-n --folds 5 --split.no-test
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

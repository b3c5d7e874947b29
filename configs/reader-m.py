"""The first of the two networks of version 3: `reader.py`, taught mixtures and the MACCS keys beside, for longer.

On all spectra, with five folds and no test part, which shipped:

irjax build data/nist-1800 --spectra nist_IR.zip --structures nist_compounds.csv --points 1800
python train.py --config configs/reader-m.py --data data/nist-1800 --run runs/all-m --folds 5 --split.no-test
python train.py --config configs/reader-b.py --data data/nist-1800 --run runs/all-b --folds 5 --split.no-test
irjax blend runs/all runs/all-m runs/all-b --data data/nist-1800
irjax evaluate runs/all --data data/nist-1800
python scripts/ship.py runs/all --data data/nist-1800

By the same recipe on four folds, with a test part that judges it:

python train.py --config configs/reader-m.py --data data/nist-1800 --run runs/reader-m --folds 4
python train.py --config configs/reader-b.py --data data/nist-1800 --run runs/reader-b --folds 4
irjax blend runs/reader runs/reader-m runs/reader-b --data data/nist-1800
irjax evaluate runs/reader --data data/nist-1800

A network of the first takes 13 to 26 minutes on 2 cores, of the second 12. Out of fold: macro-F1 0.735, micro-F1 0.916,
exact match 0.709, mean average precision 0.758. With four folds, one seed, on the test part: 0.760, 0.916, 0.710 and
0.799; three seeds have 0.752, 0.917, 0.716 and 0.791 (docs/ladder.md).
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
    augmentation=Augmentation(("shift", "intensity", "noise"), share=0.25, on_the_fly=True, mixture=0.25),
    auxiliary=("maccs",),
    seed=1,
)

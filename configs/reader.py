"""The network that irjax reads spectra with. What ships is the mean of two, cross-validated, on 1,800 points.

On all spectra, with five folds and no test part, which ships:

irjax build data/nist-1800 --spectra nist_IR.zip --structures nist_compounds.csv --points 1800
python train.py --config configs/reader.py --data data/nist-1800 --run runs/all-a --folds 5 --split.no-test
python train.py --config configs/reader-b.py --data data/nist-1800 --run runs/all-b --folds 5 --split.no-test
irjax blend runs/all runs/all-a runs/all-b --data data/nist-1800
irjax evaluate runs/all --data data/nist-1800
python scripts/ship.py runs/all --data data/nist-1800

By the same recipe on four folds, with a test part that judges it:

python train.py --config configs/reader.py --data data/nist-1800 --run runs/reader-a --folds 4
python train.py --config configs/reader-b.py --data data/nist-1800 --run runs/reader-b --folds 4
irjax blend runs/reader runs/reader-a runs/reader-b --data data/nist-1800
irjax evaluate runs/reader --data data/nist-1800

A network takes 8 to 27 minutes on 2 cores with other work beside, five folds and the final fit of both together 184.
Out of fold: macro-F1 0.731, micro-F1 0.912, exact match 0.698, mean average precision 0.755. With four folds, on the
test part: 0.742, 0.912, 0.704 and 0.786 (docs/model-card.md).
"""

from irjax.engine.config import Augmentation, Config, Optimizer
from irjax.models.reader import Reader

config = Config(
    model=Reader(narrow=48, dense=768),
    optimizer=Optimizer(
        "cosine",
        epochs=(22,),
        learning_rates=(2.5e-3,),
        warm_up=1.0,
        batch_size=64,
        weight_decay=0.05,
        average=0.998,
    ),
    augmentation=Augmentation(("shift", "intensity", "noise"), share=0.25, on_the_fly=True),
)

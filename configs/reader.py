"""A network that reads spectra, in six minutes a network: half of what shipped first, and what `reader-m.py` builds on.

irjax build data/nist-1800 --spectra nist_IR.zip --structures nist_compounds.csv --points 1800
python train.py --config configs/reader.py --data data/nist-1800 --run runs/reader-a --folds 4

Four folds and a final fit take 36 minutes on 2 cores beside other work; out of fold macro-F1 0.692 and 67 % exact
matches (docs/ladder.md).
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

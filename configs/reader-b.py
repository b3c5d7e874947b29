"""The second of the two networks that `configs/reader.py` blends: the first's shape, taught the MACCS keys beside.

python train.py --config configs/reader-b.py --data data/nist-1800 --run runs/reader-b --folds 4
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
    auxiliary=("maccs",),
    seed=1,
)

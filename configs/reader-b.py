"""The second of the two networks of version 3 (`reader-m.py`): wider convolutions, more augmentation and dropout.

python train.py --config configs/reader-b.py --data data/nist-1800 --run runs/reader-b --folds 4

12 to 16 minutes a network on one core; from four parts of five, the mean of three seeds, macro-F1 0.739 and 69 % exact
matches on molecules that it never met, blended with `reader-m.py` 0.752 and 72 % (docs/ladder.md).
"""

from irjax.engine.config import Augmentation, Config, Optimizer
from irjax.models.reader import Reader

config = Config(
    model=Reader(kernel_size=7, narrow=48, dense=768, dropout=0.5),
    optimizer=Optimizer(
        "cosine",
        epochs=(22,),
        learning_rates=(2.5e-3,),
        warm_up=1.0,
        batch_size=64,
        weight_decay=0.02,
        average=0.998,
    ),
    augmentation=Augmentation(("shift", "intensity", "resolution", "noise", "baseline"), share=0.5, on_the_fly=True),
    seed=1,
)

"""The network that ships."""

from irjax.engine.config import Augmentation, Config, Optimizer
from irjax.models.reader import Reader

config = Config(
    model=Reader(),
    optimizer=Optimizer(
        "cosine",
        epochs=(20,),
        learning_rates=(2e-3,),
        warm_up=1.0,
        batch_size=64,
        weight_decay=0.02,
        average=0.998,
    ),
    augmentation=Augmentation(("shift", "intensity", "noise", "baseline"), on_the_fly=True),
)

"""Which material of a library gave a powder diffraction pattern, as measured-like patterns teach it.

irjax make xrd data/xrd --noise experimental_patterns.zip     # --noise may be left out
python train.py --config configs/xrd.py --data data/xrd --run runs/xrd
irjax evaluate runs/xrd --data data/xrd
irjax predict PATTERN.xy --run runs/xrd

The published network: `irjax make xrd data/xrd-published --copies published …`, `--config configs/xrd-published.py`.

6 minutes on 2 cores; 98.3 % of simulated measurements right at the first guess (docs/diffraction.md).
"""

from irjax.engine.config import Config, Optimizer
from irjax.models.diffraction import Diffraction
from irjax.tasks.classes import Classes

config = Config(
    model=Diffraction(),
    optimizer=Optimizer(
        "cosine",
        epochs=(12,),
        learning_rates=(2e-3,),
        warm_up=1.0,
        batch_size=128,
        weight_decay=0.02,
        average=0.997,
    ),
    task=Classes(),
)

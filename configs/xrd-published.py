"""The network of Wang et al. (2020) on the copies that they trained on; that of their code is `--model wang-code`.

irjax make xrd data/xrd-published --copies published --noise experimental_patterns.zip
python train.py --config configs/xrd-published.py --data data/xrd-published --run runs/wang --optimizer.epochs 12
irjax evaluate runs/wang --data data/xrd-published --part validation     # other copies of the same patterns
irjax evaluate runs/wang --data data/xrd-published                       # patterns as an instrument measures them

As published it has 50 epochs. Of 12, in 15 minutes on 2 cores: 99.9 % right over copies, 30 to 40 % on simulated
measurements, one training and another (docs/diffraction.md).
"""

from irjax.engine.config import Config, Optimizer
from irjax.models.benchmark import Wang
from irjax.tasks.classes import Classes

config = Config(
    model=Wang(),
    optimizer=Optimizer("phases", epochs=(50,), learning_rates=(1e-3,), batch_size=128),
    task=Classes(),
)

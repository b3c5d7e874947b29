"""A published shape on the synthetic benchmark, trained as Schuetzke et al. (2023) say: VGG unless another is named.

irjax make synthetic data/synthetic --spec benchmark.json
python train.py --config configs/synthetic-published.py --data data/synthetic --run runs/vgg --model vgg
irjax evaluate runs/vgg --data data/synthetic

VGG: 41 epochs of 155 s on one core, 20 of 4,500 wrong; the others: docs/reproduction.md.
"""

from irjax.engine.config import Config, Optimizer
from irjax.models.benchmark import VGG
from irjax.tasks.classes import Classes

config = Config(
    model=VGG(),
    optimizer=Optimizer("plateau", epochs=(500,), learning_rates=(3e-4,), batch_size=128, patience=10, stop_after=25),
    task=Classes(),
)

"""A search of 12 minutes on one core: Table S2 with narrow layers, at most 12 epochs a trial.

python tune.py --config configs/tune_small.py --data data/nist-spectra --run runs/tune-small --workers 2
"""

from irjax.engine.config import Config, Optimizer
from irjax.tuning.space import Dimension, Search

search = Search(
    base=Config(
        optimizer=Optimizer(schedule="plateau", epochs=(12,), learning_rates=(1e-3,), patience=2, stop_after=4)
    ),
    dimensions=(
        Dimension("model.convolutions", 1, 3),
        Dimension("model.filters", 4, 12),
        Dimension("model.kernel_size", 3, 12),
        Dimension("model.dense_layers", 1, 3),
        Dimension("model.dense_nodes", 64, 512, log=True),
        Dimension("model.dropout", 0.0, 0.5),
        Dimension("optimizer.batch_size", 32, 256, log=True),
    ),
    evaluations=12,
    initial=4,
)

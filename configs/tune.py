"""The paper's search: Table S2 and 1 to 4 dense layers, 50 evaluations, until validation stands still for 10 epochs.

python tune.py --config configs/tune.py --data data/nist-spectra --run runs/tune --folds 0 1 2 3

For a GPU: a trial of the largest networks takes hours on a CPU. `cluster/tune.slurm` runs it on a cluster.
"""

from irjax.engine.config import Config, Optimizer
from irjax.tuning.space import Search

search = Search(base=Config(optimizer=Optimizer(schedule="plateau", epochs=(200,), learning_rates=(2.5e-4,))))

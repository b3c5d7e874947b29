"""The paper's network with narrow dense layers, for a laptop.

python train.py --config configs/small.py --data data/nist-spectra --run runs/small
"""

from irjax.training.config import Config, Model

config = Config(model=Model(dense_nodes=256))

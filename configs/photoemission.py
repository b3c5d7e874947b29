"""The network of Smeds (2019) for photoemission spectra of molecules: 221,529 parameters, parts of 90, 5 and 5 %.

irjax make photoemission data/photoemission
python train.py --config configs/photoemission.py --data data/photoemission --run runs/photoemission
irjax evaluate runs/photoemission --data data/photoemission

An epoch of the 2,000 molecules that ship takes 3 to 6 s of a core (docs/photoemission.md).
"""

from irjax.engine.config import Augmentation, Config, Optimizer, Split
from irjax.models.coulomb import Coulomb
from irjax.tasks.curves import Curves

config = Config(
    model=Coulomb(),
    optimizer=Optimizer("cosine", epochs=(40,), learning_rates=(1e-3,), warm_up=1.0, batch_size=64, average=0.999),
    split=Split(folds=19),
    task=Curves(),
    augmentation=Augmentation(("reordering",), on_the_fly=True),
)

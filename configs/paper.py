"""The network of Jung, Jung & Cole (Chem. Sci. 2023): 64,015,708 parameters, 42 epochs.

irjax build data/nist-spectra --spectra data/nist/nist_IR.zip --structures data/nist/nist_compounds.csv
python train.py --config configs/paper.py --data data/nist-spectra --run runs/paper

40 minutes on 2 cores; three parts of five of the NIST spectra give a macro-F1 of 0.70 and 65 % exact matches on
molecules that it never met (docs/experiments.md).
"""

from irjax.engine.config import Config

config = Config()

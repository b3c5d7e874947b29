"""irjax reads infrared spectra, and trains the networks that find functional groups in them.

A spectrum file, whatever its format, is transmittance over ascending wavenumber in cm⁻¹:

>>> import irjax
>>> acetone = irjax.read_spectrum("acetone.csv")
>>> strongest = acetone.wavenumber[acetone.transmittance.argmin()]
>>> print(f"{strongest:.0f} cm⁻¹")
1784 cm⁻¹

The network that ships, or a trained run such as `irjax.load("runs/small")`, says which groups are there:

>>> reader = irjax.load()
>>> answer = reader.predict("drawn-acetone.csv")
>>> answer.present
('Alkane', 'Ketone')
>>> answer["Nitrile"].answer
'absent'
>>> reader.explain("drawn-acetone.csv").bands["Ketone"][0].known
'C=O stretch'

Arrays are taken as well, and many files at once: a table, a pandas DataFrame where pandas is installed, in which those
that cannot be read have an `error`:

>>> reader.predict(acetone.wavenumber, acetone.absorbance, "absorbance", phase="gas")["Alcohol"].answer
'absent'
>>> table = reader.predict(["drawn-acetone.csv", "nowhere.csv"])
>>> list(table["present"]), list(table["error"])
([('Alkane', 'Ketone'), ()], ['', 'nowhere.csv: No such file or directory'])

Runs are made by `irjax train`, judged by `irjax evaluate`; `irjax --help` lists every command.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from irjax.answers.predictor import load
    from irjax.errors import InputError
    from irjax.spectra.reading import read_spectrum, spectrum_of

__version__ = "0.2.0"
__all__ = ["InputError", "__version__", "load", "read_spectrum", "spectrum_of"]

_HOMES = {
    "InputError": "irjax.errors",
    "load": "irjax.answers.predictor",
    "read_spectrum": "irjax.spectra.reading",
    "spectrum_of": "irjax.spectra.reading",
}
"""Where the words of the short way live; they are imported when they are first used."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'irjax' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*__all__, *globals()} - {"import_module", "TYPE_CHECKING", "annotations", "_HOMES"})

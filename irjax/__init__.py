"""irjax reads infrared spectra: `irjax.load("runs/small").predict("acetone.jdx")`."""

from importlib import import_module

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """The two words of the short way, imported when they are first used."""
    homes = {"load": "irjax.predict", "read_spectrum": "irjax.spectra.reading"}
    if name not in homes:
        raise AttributeError(f"module 'irjax' has no attribute {name!r}")
    return getattr(import_module(homes[name]), name)

"""The scale that is doubled below 2000 cm⁻¹: 100 cm⁻¹ below take the width of 200 above, as SDBS draws it."""

import numpy as np

DOUBLED_FROM = 2000.0
"""cm⁻¹; 4000 to 2000 and 2000 to 400 take 10 and 16 parts of the width."""


def spread(wavenumber: np.ndarray) -> np.ndarray:
    """A wavenumber's place on a broken axis, up to a linear map."""
    return np.where(wavenumber > DOUBLED_FROM, DOUBLED_FROM + (wavenumber - DOUBLED_FROM) / 2, wavenumber)


def gathered(place: np.ndarray) -> np.ndarray:
    """The wavenumber at a place on a broken axis: the inverse of `spread`."""
    return np.where(place > DOUBLED_FROM, DOUBLED_FROM + (place - DOUBLED_FROM) * 2, place)

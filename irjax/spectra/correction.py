"""Baselines and scatter taken out of spectra before anything learns from them.

polynomial  A polynomial runs below the bands, fitted again and again to what does not stand out above it, and is
            subtracted: C. A. Lieber, A. Mahadevan-Jansen, Appl. Spectrosc. 2003, 57, 1363, for the fluorescence under
            Raman spectra, as amended by J. Zhao et al., Appl. Spectrosc. 2007, 61, 1225 (`imodpoly` of pybaselines).
emsc        Extended multiplicative scatter correction (N. K. Afseth, A. Kohler, Chemom. Intell. Lab. Syst. 2012, 117,
            92): a spectrum is m times a reference plus a polynomial plus the rest; the polynomial is subtracted and
            what is left divided by m (chemotools).

Both act on what rises where something absorbs or scatters: the absorbance of infrared spectra, the intensities of
others. The two libraries are an optional extra (`pip install 'irjax[correct]'`).
"""

from dataclasses import asdict, dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any

import numpy as np

from irjax.errors import UsageError
from irjax.spectra.grid import Grid
from irjax.spectra.spectrum import SpectrumError

POLYNOMIAL, EMSC = "polynomial", "emsc"
ORDERS = MappingProxyType({POLYNOMIAL: 5, EMSC: 2})
"""Of each method's polynomial, unless told otherwise."""
HIGHEST_ORDER = 10
LEAST_LIKENESS = 0.05
"""Cosine of a spectrum and the reference, both without their polynomials, that EMSC asks for: below it, it would
divide by nearly nothing, or turn the bands upside down."""
_DARKEST = 1e-3
"""Transmittance; less counts as this, since darkness has no absorbance. What is corrected stays below its inverse."""


@dataclass(frozen=True)
class Correction:
    """What is done to each spectrum of a dataset, and to each that a network trained on it is asked about."""

    method: str
    """One of ORDERS."""
    order: int
    """Of the polynomial."""
    reference: tuple[float, ...] = ()
    """The spectrum that EMSC scales others to, absorbance or intensity at each point of the grid."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; the reference only where there is one."""
        return {name: value for name, value in asdict(self).items() if value != ()}

    def __str__(self) -> str:
        return f"corrected by {self.method} of order {self.order}"

    def __call__(self, row: np.ndarray, grid: Grid) -> np.ndarray:
        """A spectrum without its baseline, float32 [points]; fitted to what was measured, gaps (NaN) stay gaps.

        Args:
            row: float32 [points] on the grid, transmittance if infrared; that of the result may exceed 1.

        Raises:
            SpectrumError: too few points for the order, or EMSC finds nothing of the reference in it.
            UsageError: the library that does it is not installed.
        """
        measured = np.isfinite(row)
        if (points := int(measured.sum())) < (needed := self.order + 3):
            raise SpectrumError(f"cannot be corrected: {points} points were measured, its order needs {needed}")
        y = upright(row, grid)
        corrected = self._by_polynomial(y, measured) if self.method == POLYNOMIAL else self._by_emsc(y, measured)
        if grid.infrared:
            corrected = 10.0 ** -np.maximum(corrected, np.log10(_DARKEST))
        return np.where(measured, corrected, np.nan).astype(np.float32)

    def _by_polynomial(self, y: np.ndarray, measured: np.ndarray) -> np.ndarray:
        known = y[measured]
        low, span = known.min(), float(np.ptp(known)) or 1.0  # when to stop depends on the scale
        baselines = _imported("pybaselines", self.method).Baseline(np.linspace(-1, 1, len(y))[measured])
        baseline, _ = baselines.imodpoly((known - low) / span, poly_order=self.order)
        corrected = np.full(len(y), np.nan)
        corrected[measured] = known - low - span * baseline
        return corrected

    def _by_emsc(self, y: np.ndarray, measured: np.ndarray) -> np.ndarray:
        likeness = self._likeness(y, measured)
        if not likeness >= LEAST_LIKENESS:
            raise SpectrumError(
                f"cannot be corrected by emsc: nothing of the mean spectrum is in it (likeness {likeness:.2f}, "
                f"at least {LEAST_LIKENESS} is needed)"
            )
        emsc = _imported("chemotools.scatter", self.method).ExtendedMultiplicativeScatterCorrection(
            order=self.order, reference=self.reference, weights=measured.astype(float)
        )
        filled = np.where(measured, y, 0)[None]  # what stands in a gap has no weight
        return emsc.fit(filled).transform(filled)[0]

    def _likeness(self, y: np.ndarray, measured: np.ndarray) -> float:
        """Cosine of a spectrum and the reference without the polynomials that fit each best; 0 where one is flat."""
        polynomials = np.linalg.qr(np.vander(np.linspace(-1, 1, len(y)), self.order + 1)[measured])[0]
        mine, others = (
            curve - polynomials @ (polynomials.T @ curve) for curve in (y[measured], np.array(self.reference)[measured])
        )
        size = float(np.linalg.norm(mine) * np.linalg.norm(others))
        return float(mine @ others) / size if size > 1e-12 else 0.0


def correction_of(record: dict[str, Any], grid: Grid) -> Correction | None:
    """The correction that a dataset's manifest or a run's config.json notes; None where there is none.

    Raises:
        ValueError, TypeError, KeyError: what stands there is none.
    """
    if "correction" not in record:
        return None
    raw = record["correction"]
    found = Correction(raw["method"], int(raw["order"]), tuple(map(float, raw.get("reference", ()))))
    points = grid.points if found.method == EMSC else 0
    if found.method not in ORDERS or len(found.reference) != points or not np.isfinite(found.reference).all():
        raise ValueError(f"no correction has the method {found.method} and {len(found.reference)} reference points")
    return found


def upright(values: np.ndarray, grid: Grid) -> np.ndarray:
    """Spectra [..., points] with their bands upwards, float64: infrared ones as absorbance, others as they are."""
    values = np.asarray(values, np.float64)
    return -np.log10(np.maximum(values, _DARKEST)) if grid.infrared else values


def _imported(module: str, method: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        package = module.split(".")[0]
        raise UsageError(f"the correction {method} needs {package}; pip install 'irjax[correct]' brings it") from None

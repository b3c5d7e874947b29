"""What an axis means: from the words of a header, or from the numbers themselves, to cm⁻¹ and transmittance."""

import re
from functools import lru_cache

import numpy as np

from irjax.spectra.spectrum import SpectrumError, ascending

Y_UNITS = ("absorbance", "transmittance", "percent")
"""What a person may say that an ordinate is."""

_REMEMBERED = 256
"""Headers of a collection repeat; searching them anew for every file would take as long as its numbers."""

_TRANSMITTANCE = (
    r"透[過过射光]率|穿透率|투과[율도]|пропускан\w*|geçirgenlik|transzmitt\w*|pr(?:o|ie|e)pustnost|διαπερατότητα"
)
"""In words of languages that do not call it so."""
_MINUS_LOG = r"[-−][ \t]*log[ \t]*_?(?:10)?[ \t]*[\[(]?[ \t]*(?:[tr]\b|transm\w*|reflec\w*)"
# First match wins: "% transmittance" before "transmittance", "absorption index" before "absorb…".
_Y_WORDS: tuple[tuple[str, str], ...] = (
    (
        "a derivative",
        r"\b(?:1st|2nd|first|second)[ \t_-]*deriv|^\W*derivative|\bd[2²]?\(?[atr]\)?/d[xνvwr]|"
        r"(?<!keine )(?<!ohne )\bableitung\b|\bd[ée]riv[ée]e\b|(?:^\W*|primera |segunda |\dª )derivad[ao]\b",
    ),
    ("radiance", r"radian[cz]|emissivit|\bemission\b"),
    ("a single beam", r"\bsingle[ \t_-]?(?:beam|channel)|^\W*(?:volts?|(?-i:mV)|egy)\W*$"),
    ("absorbance", _MINUS_LOG),
    (
        "absorptance",
        r"absorptance|absorptionsgrad|吸收率|absorpcja[ \t]*[\[(,/]*[ \t]*%|"
        r"absorbed fraction|fraction absorbed|"
        r"absorption[ \t]*[\[(,/]*[ \t]*%|%[ \t]*absorption|(?:^|[(,;:])[ \t]*1[ \t]*[-−][ \t]*t(\b|ransm)",
    ),
    ("napierian absorbance", r"nap(i)?erian|\bbase[ \t]*e\b|\be[- \t]base\b|\bln[ \t]*\W|[-−][ \t]*ln\b"),
    ("milliabsorbance", r"milli[- \t]?abs|\bmAU\b|\bmAbs\b|\bm\.?O\.?D\b|abs\w*[ \t]*[\[(](?-i:mA)[\])]"),
    ("dispersion index", r"dispersion[ \t]*index|refractive[ \t]*index|^\s*n\s*$"),
    ("absorption index", r"absorption[ \t]*index"),
    ("absorptivity", r"absorptivity|micromol|extinction[ \t]*coeff|\bcross[ \t_-]?section|\bepsilon\b"),
    (
        "absorbance times a factor",
        r"(?:absor|\babs\b|\bo\.?d\b)[^\n]{0,40}"
        r"(?:[×x*·][ \t]*(?:10(?!\d)(?![ \t]*[a-z])|1000|1e)|[\[(][ \t]*10[ \t]*(?:[⁻⁰-⁹²³]|\^|\*\*|[-−]\d))|"
        r"\b10(?:\^|\*\*|[⁻²³⁴-⁹])[^\n]{0,5}[×x*·][ \t]*abs|\b1000[ \t]*[×x*·][ \t]*abs|[µμ](?:OD|Abs|AU)\b",
    ),
    (
        "kubelka-munk",
        r"kubelka|\bk-m\b|\b(?-i:KMU?)\b|^\W*K\.[ \t]*M\.\W*$|\bf[ \t]*\([ \t]*r(?:∞|inf\w*)?[ \t]*\)|^\W*k/s\W*$",
    ),
    ("absorbance", r"log[ \t]*_?(?:10)?[ \t]*\(?[ \t]*(?:1[ \t]*/[ \t]*[rt]|i_?[0o][ \t]*/[ \t]*i\b)"),
    (
        "reflectance",
        r"(?<!ted total )(?<!single )(?<!multiple )(?<!internal )r[eé]fle[ckxt]|riflet|\brefl\b|反射率|반사율|отражени|"
        r"remission|odbici|%[ \t]*r\b|\br[ \t]*[\[(/,]?[ \t]*%|^\s*r\.?\s*$",
    ),
    (
        "percent",
        r"(%|per[ \t]?cent)[ \t]*[-_]?[ \t]*(t(?![a-z])|tr(ans)?(?![a-z-])|tran?sm|durchl)|"
        rf"(\bt|tran?sm\w*|durchl\w*|{_TRANSMITTANCE})[ \t]*[\[(/,]?"
        r"[ \t]*(%|per[ \t]?cent)",
    ),
    ("transmittance", rf"transmi|trasmitt|durchl[äa]ss|{_TRANSMITTANCE}|^\s*t\.?\s*$"),
    (
        "absorbance",
        r"absorb|assorb|extin[ck]tion|吸光度|흡광도|\babs\b|\boptical density\b|оптическая плотность|поглощени|"
        r"abszorban|absorptie|吸收度|απορρόφηση|^\s*(?:a|o\.?d\.?)\s*$|\bATR (?:units|einheiten)\b",
    ),
    ("intensity", r"\bintensit|\bcounts?\b|\bc(?:n?ts?|ps)\b|[强強]度|강도|интенсивн"),
    ("arbitrary", r"\barb|\ba\.?[ \t]?u\.?(\b|$)"),
)
_IN_PASSING: tuple[tuple[str, str], ...] = (
    ("kubelka-munk", r"kubelka"),
    ("reflectance", r"(?<!ted total )\breflectance\b(?!.*\batr\b)"),
    (
        "percent",
        r"(%|per[ \t]?cent)[ \t]*transmi(ttance|ssion)|\btransmittance[ \t]*[\[(/,]?[ \t]*(%|per[ \t]?cent)|%[ \t]*T\b",
    ),
    ("transmittance", r"(?<![^\W_])transmittance(?![^\W_])"),
    ("absorbance", r"(?<![^\W_])absorban[cz]"),
)
"""What is believed anywhere in a header: `ABS` is also a resin, epsilon a letter and transmission a way to measure."""
REFUSED = {
    "absorptance": "it is the share of the light that is absorbed; give the rest, which is transmittance",
    "napierian absorbance": "its logarithms are natural ones; divide by 2.303 and call it absorbance",
    "absorbance times a factor": "take it out, and call it absorbance",
    "reflectance": "reflectance is not absorption: its bands are distorted, and irjax has no conversion for it",
    "dispersion index": "a dispersion (refractive) index says how light is bent, not how much is absorbed",
    "intensity": "intensities and counts may be of scattered or emitted light; they may be absorbance or "
    "transmittance as well (--y-units tells which)",
    "a derivative": "what is left of a spectrum after differentiation has no base line; give the spectrum itself",
    "radiance": "what a sample emits is not what it absorbs",
    "a single beam": "it holds the lamp and the detector as well; divide it by that of the empty beam",
    "kubelka-munk": "Kubelka-Munk units belong to diffuse reflectance, for which irjax has no conversion",
}


def y_kind(words: str) -> str | None:
    """What the words of a header call the ordinate, or None where they say nothing."""
    return _first(_without_source(words), _Y_WORDS)


def y_kind_in_passing(words: str) -> str | None:
    """What an ordinate is called by words that may be of anything else, or None where they say nothing for certain.

    So do words that speak of both absorbance and transmittance.
    """
    found = _every(re.sub(_MINUS_LOG, "absorbance", _without_source(words), flags=re.IGNORECASE), _IN_PASSING)
    both = "absorbance" in found and not found.isdisjoint(("transmittance", "percent"))
    return None if both else next((kind for kind, _ in _IN_PASSING if kind in found), None)


def _without_source(words: str) -> str:
    """The words of a header without what an ordinate was reckoned from: absorbance from transmittance, %T to Abs."""
    return _TO.sub("", _FROM.sub("", shortened(words)))


_FROM = re.compile(r"\bfrom\b(?![ \t]*\d).*", re.IGNORECASE)
_TO = re.compile(
    r"(?:%[ \t]?T|\btransmittance|\babsorbance|\babs)[ \t]?(?:to|[-=]+>|→)[ \t]?(?=%?[ \t]?T\b|trans|abs)",
    re.IGNORECASE,
)


def guess_y_kind(y: np.ndarray) -> str:
    """Absorbance, transmittance, percent or scaled absorbance, from the range and from where the baseline lies.

    A spectrum spends most of its points on the baseline: at the top in transmittance, at the bottom in absorbance.
    """
    low, middle, high = np.quantile(y, (0.01, 0.5, 0.99))
    height = (middle - low) / (high - low) if high > low else 1.0
    if high > 10:
        return "percent" if height > 0.25 else "scaled absorbance"
    return "transmittance" if height > 0.5 and high <= 2 else "absorbance"


_RAMAN_FROM = 250.0
"""cm⁻¹; below it an ordinate without a name may be that of a Raman spectrum."""


def doubts_of_range(wavenumber: np.ndarray) -> list[str]:
    """What the range in cm⁻¹ [points] speaks against, where nothing says what the ordinate is."""
    first = wavenumber.min()
    if first >= _RAMAN_FROM:
        return []
    return [f"begins at {first:.0f} cm⁻¹, as Raman spectra do and infrared ones seldom"]


def doubts_of_remark(said: str, y: np.ndarray) -> list[str]:
    """What the numbers [points] speak against where only a remark says what an ordinate is."""
    guessed = guess_y_kind(y)
    if ("absorbance" in said) == ("absorbance" in guessed):
        return []
    return [
        f"only a remark says that the ordinate is {said}; by its range and baseline it may be {guessed} "
        "(--y-units overrules this)"
    ]


def converted(
    x: np.ndarray, kind_x: str, y: np.ndarray, kind_y: str, told: bool
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Wavenumbers in cm⁻¹, ascending, transmittance there, and warnings, of points as a file has them.

    Args:
        x, y: abscissae and ordinates, float64 [points], in any order, missing ones NaN.
        kind_x: as `to_wavenumber` takes it.
        kind_y, told: as `to_transmittance` takes them.

    Raises:
        SpectrumError: they are no spectrum of absorption.
    """
    x, y, warnings = ascending(to_wavenumber(x, kind_x), y)
    light, doubts = to_transmittance(y, kind_y, x, told)
    return x, light, warnings + doubts


def to_transmittance(
    y: np.ndarray, kind: str, wavenumber: np.ndarray, told: bool = False
) -> tuple[np.ndarray, list[str]]:
    """Transmittance, and warnings, for an ordinate of the named kind; nothing is clipped.

    Args:
        y: ordinates, float64 [points].
        kind: what `y_kind` or `guess_y_kind` found, or one of Y_UNITS that a person told.
        wavenumber: cm⁻¹, float64 [points].
        told: whether a person said so, who is second-guessed only where no sample transmits so much.

    Raises:
        SpectrumError: the ordinate says nothing of absorption, or no sample has such values.
    """
    if kind in REFUSED:
        raise SpectrumError(f"its ordinate is {kind}: {REFUSED[kind]}")
    warnings: list[str] = []
    if kind == "arbitrary":
        kind = guess_y_kind(y)
        warnings.append(f"the ordinate is in arbitrary units; from its range and baseline it was taken for {kind}")
    if kind == "milliabsorbance":
        kind, y = "absorbance", y / 1000
    if kind == "transmittance" and y.max() > 2 and np.quantile(y, 0.9) > 2:
        kind = "percent"
        warnings.append(f"transmittance reaches {y.max():.4g}, so it was taken for per cent")
    if np.abs(y).max() > 1e6 and kind != "absorptivity":
        raise SpectrumError(f"its {kind} reaches {y[np.abs(y).argmax()]:.4g}, which no sample has")
    if kind == "absorption index":
        if y.min() > 0.5:
            raise SpectrumError(f"its absorption index is nowhere below {y.min():.3g}, as only a refractive index is")
        y = y * wavenumber
    if kind in _SCALED:
        if not y.max() > 0:
            raise SpectrumError(f"its {kind} is nowhere positive")
        y = y / y.max()
        warnings.append(f"{kind} was put on an arbitrary absorbance scale (strongest band at A = 1)")
    if kind == "percent":
        if np.median(y) > _MOST_PERCENT:
            raise SpectrumError(f"its per cent transmittance reaches {y.max():.4g}; were its decimal marks lost?")
        y = y / 100
    if kind in ("transmittance", "percent") and y.min() < _DARKEST:
        raise SpectrumError(
            f"its transmittance falls to {100 * y.min():.4g} %, which no sample has; "
            "leave out what stands for a missing value"
        )
    found = y if kind in ("transmittance", "percent") else _from_absorbance(y, kind)
    return found, warnings + _doubts(y, kind, told)


_MOST_PERCENT = 300.0
"""Of half of the points: a bad reference beam gives up to 150."""
_DARKEST = -0.5
"""Less than no light, as a badly set zero shows it; the least of NIST's spectra is -0.004."""
_LEAST_ABSORBANCE = -0.3
"""Twice the light that goes in; a bad reference beam gives half as much more."""
_MOST_FEW_PERCENT = 3.0
"""Of a few points, as a share of the light."""
_LEAST_LIGHT = 1.05
"""Of the darkest point, as a share of the light, which a bad reference beam alone does not explain."""
_SCALED = ("absorption index", "absorptivity", "scaled absorbance")


def _from_absorbance(y: np.ndarray, kind: str) -> np.ndarray:
    if y.min() < -6:
        raise SpectrumError(f"its {kind} falls to {y.min():.4g}, which is no absorbance")
    return 10.0**-y


def _doubts(y: np.ndarray, kind: str, told: bool) -> list[str]:
    """Warnings of values that no sample has, or that suggest another unit than the one that a file names."""
    highest = f"{y.max():.4g}"
    if kind == "absorbance" and y.max() > 10 and not told:
        return [f"absorbance reaches {highest}, which no instrument measures; is it per cent? (--y-units overrules)"]
    if kind == "absorbance" and y.min() < _LEAST_ABSORBANCE:
        return [
            f"absorbance falls to {y.min():.4g}, as if {10.0 ** -y.min():.3g} times the light came through; is its "
            "base line right, or is it a difference of two spectra?"
        ]
    if kind == "percent" and y.max() < 0.015 and not told:
        return [f"per cent transmittance reaches only {100 * y.max():.4g}; is it a fraction? (--y-units overrules)"]
    if kind in ("transmittance", "percent") and y.min() > _LEAST_LIGHT:
        return [
            f"more light comes through everywhere than goes in, {100 * y.min():.4g} % and more, as where several "
            "spectra are drawn one above another; export it without an offset"
        ]
    if (kind == "transmittance" and y.max() > 2) or (kind == "percent" and y.max() > _MOST_FEW_PERCENT):
        return [f"transmittance reaches {highest} at a few points, which no sample has"]
    return []


def x_kind(words: str) -> str | None:
    """What the words of a header call the abscissa, one of `_CM`; None where they say nothing."""
    return _first(shortened(words).replace("μ", "µ"), _X_WORDS)


def names_wavelength(words: str) -> bool:
    """Whether words call an abscissa a wavelength, whatever its unit."""
    return bool(_WAVELENGTH.search(shortened(words)))


def is_bare_wavelength(words: str) -> bool:
    """Whether words call an abscissa a wavelength and say nothing of its unit."""
    return names_wavelength(words) and not re.search(r"[^\W_]", _WAVELENGTH.sub("", shortened(words)))


_WAVELENGTH = re.compile(
    r"wave\s*length|wellenl[äa]nge|longueurs? d.onde|longitud de onda|lunghezza d.onda|波[長长]|comprimentos? de onda|"
    r"длина волны|파장|dalga ?boyu|długość fali|golflengte|våglängd|^\W*(?:λ|lambda|wl)\b",
    re.IGNORECASE,
)
# A bare "um" is a unit alone or in brackets; in a German sentence it is a word. The case tells milli from mega, and m⁻¹
# from a concentration's M⁻¹.
_X_WORDS: tuple[tuple[str, str], ...] = (
    ("micrometre", r"micromet|micron|\bµm|[\[(/,]\s*um\b|(?m:^\s*um\s*$)"),
    ("nanometre", r"nanomet|\bnm\b"),
    ("reciprocal millimetre", r"^(?s:(?!.*cm).*)(?-i:\bmm(\^|\*\*)?[-−⁻][1¹]|\b1/mm\b)"),
    ("reciprocal metre", r"^(?s:(?!.*cm).*)(?-i:(?<!c )\bm(\^|\*\*)?[-−⁻][1¹]|\b1/m\b)"),
    (
        "wavenumber",
        r"1\s*/\s*cm|cm\s*(\^|\*\*)?\s*\{?\s*[-−–⁻]\s*[1¹]|wave\s*number|\bcm1\b|kayser|(reciprocal|inverse) c|"
        r"wellenzahl|nombres? d.onde|n[uú]meros? de onda|numer[oi] d.onda|волновое число|波数|파수",
    ),
    ("terahertz", r"\bTHz\b|terahertz"),
    ("gigahertz", r"\bGHz\b|gigahertz"),
    ("millielectronvolt", r"\b(?-i:meV)\b|milli\s?-?electron\s?-?volt"),
    ("electronvolt", r"\b(?-i:eV)\b|electron\s?-?volt"),
)
RARE = ("reciprocal millimetre", "reciprocal metre")
"""Units that words about anything else look like: they are believed of an axis alone."""
_CM = {
    "micrometre": 1e4,
    "nanometre": 1e7,
    "wavenumber": 1.0,
    "reciprocal millimetre": 10.0,
    "reciprocal metre": 0.01,
    "terahertz": 33.35641,
    "gigahertz": 0.03335641,
    "electronvolt": 8065.544,
    "millielectronvolt": 8.065544,
}
"""What makes cm⁻¹ of each unit: divided by a wavelength, times a frequency or an energy."""


def to_wavenumber(x: np.ndarray, kind: str) -> np.ndarray:
    """Wavenumber in cm⁻¹ of an abscissa of the named kind.

    Raises:
        SpectrumError: a value is not positive, or absurdly large.
    """
    if not np.all((x > 0) & (x < 1e7)):
        raise SpectrumError(
            f"its abscissa runs from {x.min():.6g} to {x.max():.6g}; expected positive values in {kind}s"
        )
    return _CM[kind] / x if kind in ("micrometre", "nanometre") else _CM[kind] * x


_PRESSED = r"(?<!splitter )(?<!splitter: )\b(kbr|csi|kcl)\b(?! (plate|window|beam|cell))|pressing|pre(ss|ß)ling"
_PHASE_WORDS: tuple[tuple[str, str], ...] = (
    ("gas", r"\bgas(eous|f[öo]e?rmig)?\b(?! (purge|lab))|\bvapou?r\b|\bdampf\b"),
    (
        "liquid",
        r"^(?=.*\b(?:liquid|neat)\b)(?=.*\b(?:kbr|csi|kcl)\b)"
        r"(?!.*(?:pellet|dis[ck]\b|press|wafer|solid|powder|film|solution))",
    ),
    ("film", r"film\b|\bmelt(ed)?\b|between salts|\bsmear\b|\bschmelze\b"),
    ("solution", r"\bsolution\b|\bin (ccl|cs2|chcl|hexane|heptane|water)|\bl[öo]e?sung\b"),
    ("mull", r"\bmulls?\b|nujol|fluorolube|\bverreibung\b"),
    (
        "pellet",
        rf"{_PRESSED}|pellet|\bdis[ck]\b|wafer",
    ),
    ("solid", r"solid\b|powder|crystalline|\bfest(stoff)?\b|\bpulver\b"),
    ("liquid", r"\bliquid\b|\bneat\b|undiluted|\bfl[üu]e?ssig(keit)?\b"),
)
"""First match wins, so that "SOLID (KBr disc)" is a pellet and "SOLID (NEAT)" no liquid."""


def phase(words: str) -> str:
    """The phase that a description of the sample names, `unknown` where it names none."""
    return _first(shortened(words), _PHASE_WORDS) or "unknown"


def is_pressed(words: str) -> bool:
    """Whether a sample was pressed with a salt by its description; a pellet may also be of plastic."""
    return bool(re.search(_PRESSED, shortened(words), re.IGNORECASE))


@lru_cache(_REMEMBERED)
def _first(words: str, patterns: tuple[tuple[str, str], ...]) -> str | None:
    """The first name whose pattern is found in the words, which have been cut short: what is remembered stays small."""
    return next((name for name, pattern in patterns if re.search(pattern, words, re.IGNORECASE)), None)


@lru_cache(_REMEMBERED)
def _every(words: str, patterns: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """All names whose patterns are found in the words."""
    return frozenset(name for name, pattern in patterns if re.search(pattern, words, re.IGNORECASE))


def shortened(words: str) -> str:
    """The words without runs of blanks, and no more of them than a header has: patterns are slow on absurd ones."""
    return "\n".join(" ".join(line.split()) for line in words[:4000].split("\n"))

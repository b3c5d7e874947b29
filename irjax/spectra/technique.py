"""How light met the sample, by the words of a header, a record or a file's name."""

import re
from collections.abc import Sequence

from irjax.spectra.units import shortened

ATR_CORRECTED = "ATR, corrected"
"""Of a spectrum that software has turned into what transmission shows."""


def technique(
    *words: str, instrument: Sequence[str] = (), remarks: Sequence[str] = (), otherwise: str = "transmission"
) -> str:
    """How light met the sample: `ATR` (attenuated total reflection), one of `atr.DISTORTED`, or `otherwise`.

    And ATR_CORRECTED, whatever else is said. Each line is asked alone: "corrected" in one is not of another's "ATR".

    Args:
        words: what the file says of the sample and how it was measured, or its name.
        instrument: what the file says of the instrument, which may have modules for this and that.
        remarks: free text, which may speak of other spectra and of what was not done.
        otherwise: where nothing is said, what is known besides.
    """
    said, modules, free = map(_lines, (words, instrument, remarks))
    said += [line for line in modules if not _OF_OTHERS.search(line)]
    free = [line for line in free if not _OF_OTHERS.search(line)]
    if any(map(_SAYS_UNCORRECTED.search, said + free)):
        return "ATR"
    if otherwise == ATR_CORRECTED or any(map(_SAYS_CORRECTED.search, said + free)):
        return ATR_CORRECTED
    if any(map(_ATR.search, said)) or any(map(_ATR_BY_NAME.search, free)):
        return "ATR"
    if any(map(_DIFFUSE.search, said + free)):
        return "diffuse reflection"
    return next((name for name, words in _OTHERS.items() if any(map(words.search, said))), otherwise)


def _lines(words: Sequence[str]) -> list[str]:
    return [line for each in words if each for line in shortened(each).split("\n")]


_OTHERS = {
    "reflection": re.compile(
        r"(?<![^\W_])(?:IRR?AS|RAIRS|reflection[- ]absorption|grazing[- ](?:angle|incidence)|specular|transfle[ck]t)",
        re.IGNORECASE,
    ),
    "photoacoustics": re.compile(
        r"photo-?acoustic|(?<![^\W_])FT-?IR[- _]PAS(?![^\W_])|\bPAS[- ](?:cell|detector|FT-?IR)\b", re.IGNORECASE
    ),
}
_DIFFUSE = re.compile(
    r"(?-i:(?:\b|_)DRIFTS(?:\b|_)|_DRIFT\b)|(?:\bby |\baccessory\W{1,3})(?-i:DRIFT\b)|"
    r"\bdiffuse[ -]reflectance\b(?!\W{0,3}(?:no|off|none)\b| accessory)|\bdiffuse[ -]reflection\b|"
    r"\bdiffuser? reflexion|r[ée]flexion diffuse|\beasidiff\b",
    re.IGNORECASE,
)
_ALONE, _ENDS = r"(?<![^\W_])", r"(?![^\W_])"
"""Where a word begins and ends, of which a file's name has several with `_` between them."""
_NOT_DENIED = _ALONE + "".join(rf"(?<!(?<![a-z]){word}[ _-])" for word in ("no", "not", "non", "without", "ohne"))
"""Before a word; that of cyano and amino is none."""
_OFF = r"(?!\W{0,3}(?:off|no|none|not|false|0)\b)"
_SAYS_CORRECTED = re.compile(
    rf"{_NOT_DENIED}(?:U?ATR[ _.:()-]{{0,3}}[ck]orr(?:ected|igiert|igée|\.|(?![a-z]))"
    rf"{_OFF}(?! for (?:co|h2o|water|atmos|base|background|carbon))|"
    r"(?<!baseline )(?<!background )(?<!base line )[ck]orr(?:ected|igiert\w*)[ _-]{1,3}ATR\b|"
    rf"(?:advanced|extended)[\W_]ATR[\W_]corr\w*+{_OFF}|converted from ATR\b|ATR to transmission\b|"
    r"ATR[\W_]{0,3}(?:correction|korrektur)[^\n:=]{0,20}[:=, ] ?(?:yes|ja|on|true|done|applied)\b)",
    re.IGNORECASE,
)
_SAYS_UNCORRECTED = re.compile(
    rf"{_ALONE}(?:(?:not|non)[ _-]ATR[ _-][ck]orr(?:ected|igiert)|"
    rf"(?:no|without|ohne)[ _-]ATR[ _-](?:[ck]orr{_ENDS}|[ck]orrection|korrektur))",
    re.IGNORECASE,
)
"""Which nobody says of transmission."""
_ATR_WORDS = (
    rf"{_NOT_DENIED}(?<!not by )(?<!measured by )[UHQ]?ATR{_ENDS}"
    r"(?!\W{0,3}(?:[ck]orr|kinase|inhibitor|ltd\b|inc\b|gmbh|polymers?\b|off\b|none\b|n/?a\b|false\b)|"
    r"\W{1,3}(?:no|not(?: used| applied| measured| available| installed)?)\W*$|\s*[:=]\s*0\W*$|"
    r" accessory (?:removed|not))|(?<!not )(?:\bmeasured|\brecorded) by [UHQ]?ATR\b|"
    r"attenuated total|totalreflexion|r[ée]fle(?:ctance|xion) totale|riflettanza totale|reflect[âa]ncia total|"
    r"reflexi[óo]n total|riflessione totale|НПВО|全反射"
)
"""Not where it is denied, or was corrected for; `ATR.0` is the first of a series, and `ATR No. 3` one of it."""
_ATR_BY_NAME = re.compile(_ATR_WORDS, re.IGNORECASE)
_ATR = re.compile(
    _ATR_WORDS + r"|diamond crystal|\bgolden gate\b|\bsmart (?:itr|orbit|performer)\b|\bgladi ?atr\b|"
    r"(?-i:\biD[57]\b|\biT[RX]\b|\bIRE\b)|\bdura ?s?ampl ?ir\b|\b(?:pike miracle|specac quest|varigatr)\b|"
    r"\b(?:miracle|quest),?(?: 10)? \W?(?:znse|ge|si|diamond)\b|\b\d{1,2} reflections\b|"
    r"\b(?:single|multiple|one|1)[ -](?:bounce|reflection)\b|internal reflection",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"^\W*(?:search|librar|subtract|background|add\b|to spectrum|reference|previous)|\balso\b|"
    r"(?<!to )(?<!not )(?<!not by )(?<!not in )\btransmission\b",
    re.IGNORECASE,
)
"""A remark on another spectrum than this, or on a module that does both."""

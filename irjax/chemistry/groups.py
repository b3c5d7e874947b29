"""The 37 functional groups, as published and as corrected, the 17 that others report on, and the MACCS keys.

Published patterns: Jung, Jung & Cole, Chem. Sci. 2023, SI, Tables S1 and S3; UltraIR (2026) and Fcg-Former for the 17.
`docs/labels.md` explains the corrections.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache

from irjax.errors import UsageError

PUBLISHED, CORRECTED = "jung2023", "irjax37"
"""The vocabularies of the 37 groups: as the paper's authors labelled them, and by the patterns that irjax corrects."""


@dataclass(frozen=True)
class Group:
    """One functional group: its SMARTS as Table S1 prints it, as its authors ran it, and as irjax corrects it."""

    name: str
    published: str
    count: int = 0
    """Spectra of the paper's 50,936 that carry the group."""
    starred: bool = False
    """Among the 22 groups of the paper's original model."""
    ran: str | None = None
    """What the authors' code matched, where it is not what they printed."""
    corrected: str | None = None
    """Ours, where the published pattern contradicts the textbook meaning of the group."""

    def pattern(self, vocabulary: str) -> str:
        """The SMARTS that `vocabulary` matches for this group."""
        as_run = self.ran or self.published
        return (self.corrected or as_run) if vocabulary == CORRECTED else as_run


# A carbonyl carbon is `#6` here, not `C`: in a ring that RDKit calls aromatic (coumarin, 2-pyridone, uracil) it is one
# to chemists and in the spectrum as well. There any `n` makes it an amide, whichever carries the mobile hydrogen.
_ACYL_FREE = "[#6;!$([#6X3]=[O,S])]"
_THIOETHER_CARBON = "[#6;!$([#6X3]=[O,S]);!$([CX2]#N)]"

GROUPS: tuple[Group, ...] = (
    Group(
        "Acid anhydride",
        "[CX3](=[OX1])[OX2][CX3](=[OX1])",
        285,
        True,
        corrected="[#6X3](=[OX1])[#8X2][#6X3]=[OX1]",
    ),
    Group("Acyl halide", "[CX3](=[OX1])[F,Cl,Br,I]", 354, True),
    Group("Alcohol", "[#6][OX2H]", 18142, True, corrected="[CX4][OX2H]"),
    Group("Aldehyde", "[CX3H1](=O)[#6,H]", 928, True, corrected="[CX3;$([CX3H1][#6]),H2]=[OX1]"),
    Group("Alkane", "[CX4;H3,H2]", 39002, True, corrected="[CX4;H4,H3,H2]"),
    Group("Alkene", "[CX3]=[CX3]", 6593, True),
    Group("Alkyne", "[CX2]#[CX2]", 562, True),
    Group("Amide", "[NX3][CX3](=[OX1])[#6]", 1873, True, corrected="[#7X3,n][#6X3;H1,$([#6][#6])]=[OX1]"),
    Group(
        "Amine",
        "[NX3;H2,H1,H0;!$(NC=O)]",
        12521,
        True,
        corrected="[NX3;!$(N~[!#6;!#1]);!$(N[CX3]=[O,S,N]);!$(NC#N);$(N[#6])]",
    ),
    Group(
        "Arene",
        "[cX3]1[cX3][cX3][cX3][cX3]1",
        29571,
        True,
        ran="[cX3]1[cX3][cX3][cX3][cX3][cX3]1",
    ),
    Group("Azo compound", "[#6][NX2]=[NX2][#6]", 501, True),
    Group("Carbamate", "[NX3][CX3](=[OX1])[OX2H0]", 239, corrected="[#7X3][#6X3](=[OX1])[#8X2H0]"),
    Group("Carboxylic acid", "[CX3](=O)[OX2H]", 5282, True),
    Group(
        "Enamine",
        "[NX3][CX3]=[CX3]",
        455,
        corrected="[NX3;+0;!$(N[#6X3]=[O,S]);!$(N[#16]=[OX1])][CX3]=[CX3]",
    ),
    Group("Enol", "[OX2H][#6X3]=[#6]", 157),
    Group(
        "Ester",
        "[#6][CX3](=O)[OX2H0][#6]",
        6614,
        True,
        corrected=f"[#6X3;H1,$([#6][#6])](=[OX1])[#8X2H0]{_ACYL_FREE}",
    ),
    Group("Ether", "[OD2]([#6])[#6]", 14708, True, corrected=f"[OD2]({_ACYL_FREE}){_ACYL_FREE}"),
    Group("Haloalkane", "[#6][F,Cl,Br,I]", 10723, True, corrected="[CX4][F,Cl,Br,I]"),
    Group("Hydrazine", "[NX3][NX3]", 343, corrected="[NX3;+0][NX3;+0]"),
    Group("Hydrazone", "[NX3][NX2]=[#6]", 784),
    Group(
        "Imide",
        "[CX3](=[OX1])[NX3][CX3](=[OX1])",
        536,
        True,
        corrected="[#6X3](=[OX1])[#7X3][#6X3]=[OX1]",
    ),
    Group("Imine", "[$([CX3]([#6])[#6]),$([CX3H][#6])]=[$([NX2][#6]),$([NX2H])]", 326, True),
    Group("Isocyanate", "[NX2]=[C]=[O]", 131),
    Group("Isothiocyanate", "[NX2]=[C]=[S]", 270),
    Group("Ketone", "[#6][CX3](=O)[#6]", 5441, True, corrected="[#6][#6X3](=[OX1])[#6]"),
    Group("Nitrile", "[NX1]#[CX2]", 1993, True, corrected="[NX1]#[CX2;H1,$(C[#6])]"),
    Group("Phenol", "[OX2H][cX3]:[c]", 4796, True),
    Group("Phosphine", "[PX3]", 153, corrected="[PX3;!$(P~[!#6;!#1])]"),
    Group(
        "Sulfide",
        "[#16X2H0]",
        3034,
        corrected=f"[SX2H0]({_THIOETHER_CARBON}){_THIOETHER_CARBON}",
    ),
    Group("Sulfonamide", "[#16X4]([NX3])(=[OX1])(=[OX1])[#6]", 777),
    Group("Sulfonate", "[#16X4](=[OX1])(=[OX1])([#6])[OX2H0]", 313),
    Group("Sulfone", "[#16X4](=[OX1])(=[OX1])([#6])[#6]", 376),
    Group("Sulfonic acid", "[#16X4](=[OX1])(=[OX1])([#6])[OX2H]", 468),
    Group(
        "Sulfoxide",
        "[#16X3]=[OX1]",
        137,
        corrected="[$([#16X3](=[OX1])([#6])[#6]),$([#16X3+]([OX1-])([#6])[#6])]",
    ),
    Group("Thial", "[CX3H1](=O)[#6,H]", 928, True, corrected="[CX3;$([CX3H1][#6]),H2]=[SX1]"),
    Group("Thioamide", "[NX3][CX3]=[SX1]", 321, corrected="[#7X3,n][#6X3;H1,$([#6][#6])]=[SX1]"),
    Group("Thiol", "[#16X2H]", 955, True),
)

EXCLUDED_GROUPS: tuple[Group, ...] = (
    Group("Allene", "[CX3]=[CX2]=[CX3]", 36),
    Group("Azide", "[$(*-[NX2]-[NX2+]#[NX1]),$(*-[NX2]=[NX2+]#[NX1-])]", 47),
    Group("Carbamic acid", "[NX3][CX3](=[OX1])[OX2H]", 1),
    Group("Cyanate", "[OX2][CX2]#N", 0),
    Group("Nitrate", "[$([NX3](=[OX1])(=[OX1])O),$([NX3+](=[OX1-])(=[OX1])O)]", 39),
    Group("Nitrite", "[OX2][NX2]=O", 8),
    Group("Sulfinic acid", "[#16X3](=[OX1])[OX2H]", 6),
    Group("Thiocyanate", "[SX2][CX2]#N", 60),
    Group("Thioketone", "[#6][CX3](=S)[#6]", 8),
)
"""Table S3: the nine groups that the paper left out for want of spectra (printed patterns)."""

COMMON_GROUPS: tuple[Group, ...] = (
    Group("Alkane", "[CX4;H3,H2]"),
    Group("Methyl", "[CH3]"),
    Group("Alkene", "[CX3]=[CX3]"),
    Group("Alkyne", "[CX2]#[CX2]"),
    Group("Alcohol", "[#6][OX2H]"),
    Group("Amine", "[NX3;H2,H1,H0;!$(N[CX3](=O))]"),
    Group("Nitrile", "[NX1]#[CX2]"),
    Group("Aromatic", "[$([cX3](:*):*),$([cX2+](:*):*)]"),
    Group("Alkyl halide", "[#6][F,Cl,Br,I]"),
    Group("Ester", "[#6][CX3](=O)[OX2H0][#6]"),
    Group("Ketone", "[#6][CX3](=O)[#6]"),
    Group("Aldehyde", "[CX3H1](=O)[#6]"),
    Group("Carboxylic acid", "[CX3](=O)[OX2H1]"),
    Group("Ether", "[OD2]([#6;!$(C=O)])([#6;!$(C=O)])"),
    Group("Acyl halide", "[CX3](=[OX1])[F,Cl,Br,I]"),
    Group("Amide", "[NX3][CX3](=[OX1])[#6]"),
    Group("Nitro", "[$([N+](=O)[O-]),$([NX3](=O)=O)][#6]"),
)
"""The groups on which UltraIR and Fcg-Former report, by their patterns, to stand beside their figures."""

_PATHS = ("c", "c:c:c", "c:n:c")
"""From the carbon that carries the substituent to the neighbour of the ring nitrogen, in the 2- and the 4-position."""

REPAIR_RULES: tuple[str, ...] = (
    # N=C-OH is drawn NH-C=O (amides, imides, carbamates, ureas, hydrazides), N=C-SH as NH-C=S.
    "[NX2]=[CX3][OX2H,SX2H]",
    # An exocyclic imine on a ring NH is drawn as an amine: N=c1cccc[nH]1 as Nc1ccccn1, also across the ring.
    *(f"[NX2;H1,$(N[#6])]={path}:[nX3H]" for path in _PATHS),
    # 2- and 4-hydroxy (and sulfanyl) N-heteroaromatics are drawn as lactams: Oc1ccccn1 as O=c1cccc[nH]1.
    *(f"[nX2]:{path}[OX2H,SX2H]" for path in _PATHS),
)
"""SMARTS of the forms of an InChI's mobile hydrogens that chemists do not draw, tried in this order.

The hydrogen belongs on the first atom of a path and stands on the last.
"""

MINIMUM_SPECTRA = 130
"""The paper left out groups with fewer spectra than this (SI, "Choice of functional groups")."""

PAPER_SPECTRA = 50936
"""Spectra behind the counts of Table S1."""


@dataclass(frozen=True)
class Vocabulary:
    """A named, ordered set of groups."""

    name: str
    groups: tuple[Group, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Group names, in the order of the label columns."""
        return tuple(group.name for group in self.groups)

    @property
    def patterns(self) -> tuple[str, ...]:
        """One SMARTS per group."""
        return tuple(group.pattern(self.name) for group in self.groups)

    @property
    def fingerprint(self) -> str:
        """Changes whenever labels could: with the patterns, or with the rules that repair structures."""
        rules = () if self.literal else REPAIR_RULES
        return hashlib.sha256(json.dumps([self.names, self.patterns, rules]).encode()).hexdigest()

    @property
    def literal(self) -> bool:
        """Whether the patterns are matched on what RDKit makes of the InChI, with no repair, as published."""
        return self.name.startswith("jung2023")


_KEYS = "maccs"


@cache
def _keys() -> Vocabulary:
    """The MACCS keys as RDKit has them, without those that count matches or ask for more than a pattern."""
    from rdkit.Chem.MACCSkeys import smartsPatts

    wanted = {key: pattern for key, (pattern, count) in smartsPatts.items() if count == 0 and pattern != "?"}
    return Vocabulary(_KEYS, tuple(Group(f"MACCS {key}", pattern) for key, pattern in sorted(wanted.items())))


_VOCABULARIES = {
    vocabulary.name: vocabulary
    for vocabulary in (
        Vocabulary(CORRECTED, GROUPS),
        Vocabulary(PUBLISHED, GROUPS),
        Vocabulary("jung2023-original", tuple(group for group in GROUPS if group.starred)),
        Vocabulary("common17", COMMON_GROUPS),
    )
}
VOCABULARY_NAMES = (*_VOCABULARIES, _KEYS)


def vocabulary(name: str) -> Vocabulary:
    """The vocabulary of that name.

    Raises:
        UsageError: there is none.
    """
    if name == _KEYS:
        return _keys()
    if name not in _VOCABULARIES:
        raise UsageError(f"no vocabulary {name!r}; there are {', '.join(VOCABULARY_NAMES)}")
    return _VOCABULARIES[name]

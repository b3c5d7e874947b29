"""xyz files: the number of atoms, a line of any text, then element, x, y and z in Å of each atom."""

import re

import numpy as np

from irjax.data.bonds import require_whole
from irjax.data.molecules import LEVELS, NUMBERS, Molecule, coulomb_matrix
from irjax.errors import InputError

_VALENCE = {1: 1, 6: 4, 7: 5, 8: 6, 9: 7}
"""Electrons of an atom that GFN2-xTB reckons with, by its number."""
_ELEMENT = re.compile(r"([A-Za-z]{1,2})\d*")
"""Many programs number the atoms of an element: C1, C2."""
_PROPERTIES = re.compile(r'\bProperties\s*=\s*"?(\w+:[\w:]+)', re.IGNORECASE)
_CHARGE = re.compile(
    r"(?<![\w-])(?<!formal )(?<!partial )(?:total_|net_)?charge\s*+[=:]?\s*+([-+]?\d+)(?:\.0*)?(?![\w.])(?!\s+on\b)",
    re.IGNORECASE,
)
"""Of the molecule, not of an atom."""
_MULTIPLICITY = re.compile(r"(?<!\w)(?:spin_)?mult(?:iplicity)?\s*+[=:]?\s*+(\d+)(?![\w.])", re.IGNORECASE)


def matrix_of(text: str) -> np.ndarray:
    """The Coulomb matrix of an xyz file, float32 [ATOMS * ATOMS].

    Raises:
        InputError: as `read_xyz`, `require_whole` and `coulomb_matrix`; also a molecule with no hydrogen, fewer levels
            than a spectrum is made of, or a radical.
    """
    molecule = read_xyz(text)
    matrix, numbers = coulomb_matrix(molecule), molecule.numbers.tolist()
    # What fluorine saturates is whole without hydrogen.
    if not {NUMBERS["H"], NUMBERS["F"]} & set(numbers):
        raise InputError("holds no hydrogen; were its hydrogens left out? A network has met next to none without")
    electrons = sum(_VALENCE[number] for number in numbers)
    if electrons % 2:
        raise InputError(f"{electrons} valence electrons; a network has met molecules with all of them in pairs")
    if electrons // 2 < LEVELS:
        raise InputError(
            f"{electrons // 2} occupied orbitals of valence electrons; a network has met molecules of {LEVELS} up"
        )
    require_whole(molecule.numbers, molecule.positions)
    return matrix


def read_xyz(text: str) -> Molecule:
    """The molecule of an xyz file; elements as symbols, numbered symbols or nuclear charges.

    More columns are left out, and so are more lines, as the files of QM9 have them. Where the second line tells the
    columns, as the extended format does, those are read.

    Raises:
        InputError: which line is wrong, and what was expected; a charge or unpaired electrons are told; or more atoms
            follow, or another molecule.
    """
    lines = text.splitlines()
    first = lines[0].strip() if lines else ""
    count = int(first) if first.isascii() and first.isdigit() and len(first) < 7 else 0
    if not count:
        found = repr(first[:40]) if first else "nothing"
        raise InputError(f"line 1: expected an xyz file's number of atoms, found {found}")
    if len(lines) < 2 + count:
        raise InputError(f"ends after {max(len(lines) - 2, 0)} of its {count} atoms")
    _require_neutral(lines[1])
    at, first_place = _columns(lines[1])
    numbers, positions = [], []
    for number, line in enumerate(lines[2 : 2 + count], start=3):
        cells = line.split()
        try:
            # 1.2*^-5 is how Mathematica wrote some numbers of QM9.
            place = [float(cell.replace("*^", "e")) for cell in cells[first_place : first_place + 3]]
        except ValueError:
            place = []
        if len(place) < 3 or len(cells) <= at or not np.isfinite(place).all():
            raise InputError(f"line {number}: expected an element and three coordinates, found {line.strip()[:40]!r}")
        element = _number(cells[at])
        if not element:
            raise InputError(f"line {number}: the element {cells[at][:10]!r}; a network has met {', '.join(NUMBERS)}")
        numbers.append(element)
        positions.append(place)
    _require_end(lines, 2 + count)
    return Molecule("", "", np.array(numbers), np.array(positions))


def _number(cell: str) -> int:
    """The nuclear charge of an element that a network has met, else 0."""
    if cell.isascii() and cell.isdigit() and len(cell) < 4:
        return int(cell) if int(cell) in NUMBERS.values() else 0
    symbol = _ELEMENT.fullmatch(cell)
    return NUMBERS.get(symbol[1].capitalize(), 0) if symbol else 0


def _columns(comment: str) -> tuple[int, int]:
    """The columns of the element and of x, which the second line of the extended format tells. Raises InputError."""
    told = _PROPERTIES.search(comment)
    if not told:
        return 0, 1
    parts, starts, at = told[1].split(":"), {}, 0
    for name, count in zip(parts[::3], parts[2::3], strict=False):
        starts[name.lower()] = at
        at += int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 0
    element = starts.get("species", starts.get("z"))
    if element is None or "pos" not in starts:
        raise InputError(f"line 2: expected the columns species and pos, found Properties={told[1][:60]}")
    return element, starts["pos"]


def _require_neutral(comment: str) -> None:
    """Raises InputError where the second line tells a charge, or electrons that are not in pairs."""
    charge, multiplicity = _CHARGE.search(comment), _MULTIPLICITY.search(comment)
    if charge and int(charge[1]):
        raise InputError(f"line 2: a charge of {int(charge[1])}; a network has met neutral molecules")
    if multiplicity and int(multiplicity[1]) > 1:
        raise InputError(f"line 2: a multiplicity of {int(multiplicity[1])}; a network has met closed shells")


def _require_end(lines: list[str], end: int) -> None:
    """Refuses more atoms than line 1 says, and another molecule. Raises InputError."""
    further = next((at for at in range(end, len(lines)) if lines[at].strip()), len(lines))
    element, *cells = lines[further].split() if further < len(lines) else [""]
    if _number(element) and not element.isdigit() and len(cells) >= 3:
        raise InputError(f"line {further + 1}: another atom, after the {end - 2} that line 1 says")
    if element.isascii() and element.isdigit() and element.strip("0") and not cells:
        raise InputError(f"line {further + 1}: another molecule begins; give a file of one")

"""Molecules from InChI or SMILES, with the mobile hydrogens of an InChI put back where chemists draw them.

A standard InChI does not say which of several atoms carries a mobile hydrogen, and RDKit, asked for one structure,
returns the imidic-acid form: CH3CONH2 comes back as CC(=N)O. Three rules undo that; none looks up a compound.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from rdkit import Chem, rdBase

from irjax.chemistry.groups import REPAIR_RULES
from irjax.errors import InputError

LONGEST_IDENTIFIER = 20_000
"""Characters; a longer InChI or SMILES is refused unread."""


class StructureError(InputError):
    """An InChI or SMILES that gives no molecule."""


@dataclass(frozen=True)
class Structure:
    """A molecule and its identity."""

    molecule: Chem.Mol
    """As drawn where a SMILES was given, else from the InChI with its mobile hydrogens repaired."""
    inchi: str
    inchikey: str
    smiles: str
    warning: str = ""

    @property
    def skeleton(self) -> str:
        """First block of the InChIKey: the connectivity, without stereochemistry, isotopes or protons."""
        return self.inchikey.split("-")[0]

    @property
    def isotopic(self) -> bool:
        """Whether the molecule carries an isotope label, whose bands differ from those of its skeleton."""
        return "/i" in self.inchi or any(atom.GetIsotope() for atom in self.molecule.GetAtoms())

    @cached_property
    def literal(self) -> Chem.Mol:
        """What RDKit makes of the InChI with no repair, as published pipelines label it."""
        with rdBase.BlockLogs():
            return _from_inchi(self.inchi)


def read_structure(inchi: str = "", smiles: str = "") -> Structure:
    """The molecule of a SMILES where one is given and readable, else of an InChI.

    Raises:
        StructureError: neither gives a molecule, or they give different ones.
    """
    with rdBase.BlockLogs():
        return _read_structure(inchi.strip(), smiles.strip())


def _read_structure(inchi: str, smiles: str) -> Structure:
    if not (inchi or smiles):
        raise StructureError("no structure: expected an InChI or a SMILES")
    warning = ""
    molecule = None
    if smiles:
        try:
            molecule = _from_smiles(smiles)
        except StructureError as error:
            if not inchi:
                raise
            warning = f"{error}; the InChI was used instead"
    if molecule is None:
        molecule = repair_mobile_hydrogens(_from_inchi(inchi))
    identity = inchi or Chem.MolToInchi(molecule) or ""
    key = Chem.InchiToInchiKey(identity) if identity else None
    if key and inchi and smiles and not warning:
        drawn = Chem.InchiToInchiKey(Chem.MolToInchi(molecule)) or key
        # By skeleton alone: stereochemistry, isotopes and protons are often left out on one side.
        if drawn.split("-")[0] != key.split("-")[0]:
            raise StructureError(
                f"the InChI and the SMILES are of different compounds: {_shown(inchi)} is no {_shown(smiles)}"
            )
    if not key:
        raise StructureError(f"no structure that gives an InChIKey: {_shown(inchi or smiles)}")
    return Structure(molecule, identity, key, smiles or Chem.MolToSmiles(molecule), warning)


def _from_smiles(smiles: str) -> Chem.Mol:
    return _parsed(smiles, "SMILES", Chem.MolFromSmiles)


def _from_inchi(inchi: str) -> Chem.Mol:
    return _parsed(inchi, "InChI", Chem.MolFromInchi)


def _parsed(text: str, kind: str, parse: Callable[[str], Chem.Mol | None]) -> Chem.Mol:
    if len(text) > LONGEST_IDENTIFIER:
        raise StructureError(f"{kind} of {len(text)} characters; at most {LONGEST_IDENTIFIER} are read")
    molecule = parse(text)
    if molecule is None or molecule.GetNumAtoms() == 0:
        raise StructureError(f"{kind} gives no molecule: {_shown(text)}")
    return molecule


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def repair_mobile_hydrogens(molecule: Chem.Mol, rules: tuple[str, ...] = REPAIR_RULES) -> Chem.Mol:
    """The tautomer that chemists draw for a molecule read from an InChI; the input is left as it is.

    Each shift uses up one match, so there are no more shifts than atoms.
    """
    with rdBase.BlockLogs():
        for _ in range(molecule.GetNumAtoms()):
            shifted = next(_shifted(molecule, rules), None)
            if shifted is None:
                break
            molecule = shifted
    return molecule


def _shifted(molecule: Chem.Mol, rules: tuple[str, ...]) -> Iterator[Chem.Mol]:
    """The molecule after each single shift that leaves a sound structure, first rule first.

    A hydrogen moves from the last atom of a rule's path to the first, whose bonds to the path turn double and single;
    aromatic ones are perceived anew.
    """
    for rule in rules:
        for match in molecule.GetSubstructMatches(_compiled(rule)):
            edited = Chem.RWMol(molecule)
            heavy = _heavy_hydrogen(edited.GetAtomWithIdx(match[-1]))
            if heavy is not None:  # which is an atom of its own
                edited.RemoveBond(match[-1], heavy)
                edited.AddBond(match[0], heavy, Chem.BondType.SINGLE)
            for end, neighbour, change, order in (
                (match[0], match[1], +1, Chem.BondType.SINGLE),
                (match[-1], match[-2], -1, Chem.BondType.DOUBLE),
            ):
                atom, bond = edited.GetAtomWithIdx(end), edited.GetBondBetweenAtoms(end, neighbour)
                hydrogens = atom.GetTotalNumHs() + (change if heavy is None else 0)
                atom.SetNoImplicit(True)
                atom.SetNumExplicitHs(hydrogens)
                if not bond.GetIsAromatic():
                    bond.SetBondType(order)
            if Chem.SanitizeMol(edited, catchErrors=True) == Chem.SanitizeFlags.SANITIZE_NONE:
                yield edited.GetMol()


def _heavy_hydrogen(donor: Chem.Atom) -> int | None:
    """The deuterium or tritium that an atom has to give where it has no hydrogen."""
    if donor.GetTotalNumHs():
        return None
    return next(atom.GetIdx() for atom in donor.GetNeighbors() if atom.GetAtomicNum() == 1)


@cache
def _compiled(smarts: str) -> Chem.Mol:
    return Chem.MolFromSmarts(smarts)

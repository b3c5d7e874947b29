"""xyz files: what a molecule is read from, and what is none, has lost atoms, or is told in another form."""

import numpy as np
import pytest

from irjax.data.bonds import require_apart, require_whole
from irjax.data.molecules import Molecule, coulomb_matrix
from irjax.data.photoemission import bundled_emitters
from irjax.data.xyz import matrix_of, read_xyz
from irjax.errors import InputError

WATER = "3\nwater\nO 0 0 0.1173 -0.8\nH 0.0 0.7572 -4.692*^-1 0.4\nH 0 -0.7572 -0.4692\n1595 3657 3756\n"
METHANE = "H 9 9 9\nH 10.25 9 8.1\nH 8.37 9.89 8.1\nH 8.37 8.11 8.1\nC 9 9 8.1\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: expected an xyz file's number of atoms, found nothing"),
        ("water\n", "number of atoms, found 'water'"),
        (WATER[:25], "ends after 1 of its 3 atoms"),
        (WATER.replace("0.7572", "x"), "line 4: expected an element and three coordinates"),
        (WATER.replace("0.1173", "nan"), "line 3: expected an element"),
        (WATER.replace("O", "Br"), "line 3: the element 'Br'; a network has met H, C, N, O, F"),
        ("30\n\n" + "".join(f"C {at} 0 0\n" for at in range(30)), "30 atoms; a molecule of 29 is the largest"),
        ("2\n\nC 0 0 0\nC 0 0 0\n", "two atoms are 0 Å apart; expected coordinates in Å"),
        (WATER, "4 occupied orbitals of valence electrons; a network has met molecules of 16 up"),
    ],
)
def test_what_is_no_molecule_says_why(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        matrix_of(text)
    assert said in str(caught.value)


def as_xyz(molecule: Molecule, scale: float = 1.0) -> str:
    elements = dict(zip((1, 6, 7, 8, 9), "HCNOF", strict=True))
    rows = zip(molecule.numbers.tolist(), (scale * molecule.positions).tolist(), strict=True)
    return f"{len(molecule.numbers)}\nname\n" + "".join(f"{elements[z]} {x} {y} {w}\n" for z, (x, y, w) in rows)


def test_a_molecule_in_other_units_or_of_another_count_is_refused() -> None:
    molecule = bundled_emitters(1)[0].molecule
    text, count = as_xyz(molecule), len(molecule.numbers)
    np.testing.assert_allclose(matrix_of(text + "\n1595.2\t3657\nCC\tC\n"), coulomb_matrix(molecule), rtol=1e-6)
    hydrogen = int(np.flatnonzero(molecule.numbers == 1)[0])
    fewer = Molecule("", "", np.delete(molecule.numbers, hydrogen), np.delete(molecule.positions, hydrogen, axis=0))
    heavy = molecule.numbers > 1
    skeleton = Molecule("", "", molecule.numbers[heavy], molecule.positions[heavy])
    for wrong, said in (
        (as_xyz(skeleton), "holds no hydrogen; were its hydrogens left out?"),
        (
            as_xyz(molecule, 1 / 0.529177),
            f"falls into {count} parts that no bond joins; expected one molecule, coordin",
        ),
        (as_xyz(molecule, 100.0), f"falls into {count} parts that no bond joins"),
        (as_xyz(molecule, 0.6), "Å apart; expected coordinates in Å"),
        (as_xyz(fewer), "valence electrons; a network has met molecules with all of them in pairs"),
        (text.replace(str(count), str(count - 1), 1), f"line {count + 2}: another atom, after the {count - 1}"),
        (text + "\n" + text, f"line {count + 4}: another molecule begins; give a file of one"),
        (text + "\n12\n", f"line {count + 4}: another molecule begins; give a file of one"),
    ):
        with pytest.raises(InputError) as caught:
            matrix_of(wrong)
        assert said in str(caught.value)


@pytest.mark.parametrize(
    "lines",
    [
        ["c 0 0 0", "o 0 0 1.2", "h 0 .94 -.54", "h 0 -.94 -.54"],
        ["C1 0 0 0 0.1", "O1 0 0 1.2 -0.3", "H1 0 .94 -.54 0.1", "H2 0 -.94 -.54 0.1"],
        ["6 0 0 0", "8 0 0 1.2", "1 0 .94 -.54", "1 0 -.94 -.54"],
    ],
)
def test_elements_are_read_as_programs_write_them(lines: list[str]) -> None:
    found = read_xyz("\n".join(["4", "charge=0 mult=1", *lines]))
    assert found.numbers.tolist() == [6, 8, 1, 1]
    np.testing.assert_allclose(found.positions, [[0, 0, 0], [0, 0, 1.2], [0, 0.94, -0.54], [0, -0.94, -0.54]])


def test_the_columns_that_the_extended_format_tells_are_read() -> None:
    comment = 'Lattice="9 0 0 0 9 0 0 0 9" Properties=charges:R:1:species:S:1:forces:R:3:pos:R:3 pbc="F F F"'
    lines = [comment, "0.1 O 1 2 3 0 0 0.12", "0.2 H 1 2 3 0 .76 -.47", "0.2 H 1 2 3 0 -.76 -.47"]
    found = read_xyz("\n".join(["3", *lines]))
    assert found.numbers.tolist() == [8, 1, 1]
    np.testing.assert_allclose(found.positions, [[0, 0, 0.12], [0, 0.76, -0.47], [0, -0.76, -0.47]])
    with pytest.raises(InputError, match="line 2: expected the columns species and pos, found Properties=pos:R:3"):
        read_xyz("\n".join(["3", "Properties=pos:R:3", *lines[1:]]))
    with pytest.raises(InputError, match="line 3: expected an element and three coordinates"):
        read_xyz("\n".join(["3", "Properties=pos:R:3:species:S:1", "0 0 0.12", *lines[2:]]))


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("charge=2", "line 2: a charge of 2; a network has met neutral molecules"),
        ("total_charge=-1.0", "line 2: a charge of -1; a network has met neutral molecules"),
        ("charge 1 multiplicity 2", "line 2: a charge of 1;"),
        ("spin_multiplicity=3", "line 2: a multiplicity of 3;"),
        ("energy=-1.5 Charge : -1 foo", "line 2: a charge of -1"),
        ("charge=0 multiplicity=3", "line 2: a multiplicity of 3; a network has met closed shells"),
    ],
)
def test_ions_and_open_shells_that_say_so_are_refused(comment: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_xyz(WATER.replace("water", comment))
    assert said in str(caught.value)


def test_charges_of_atoms_are_no_charge_of_the_molecule() -> None:
    for comment in ("partial charge: 0.4 0.2", "charges=1", "charge=1e-9", "formal charge: 1 on N3", "charge=1 on N"):
        assert len(read_xyz(WATER.replace("water", comment)).numbers) == 3


def test_two_molecules_in_one_file_are_refused() -> None:
    molecule = bundled_emitters(1)[0].molecule
    text = as_xyz(molecule).replace(str(len(molecule.numbers)), str(len(molecule.numbers) + 5), 1) + METHANE
    with pytest.raises(InputError, match="falls into 2 parts that no bond joins"):
        matrix_of(text)


def test_molecules_that_lost_hydrogens_are_refused() -> None:
    """Two hydrogens less leave all electrons in pairs: 95 % of such molecules of QM9 are known by their distances."""
    chance = np.random.default_rng(0)
    refused = tried = 0
    for each in bundled_emitters(300):
        numbers, positions = each.molecule.numbers, each.molecule.positions
        require_apart(numbers, positions)
        require_whole(numbers, positions)
        hydrogens = np.flatnonzero(numbers == 1)
        if len(hydrogens) < 3:
            continue
        left = np.setdiff1d(np.arange(len(numbers)), chance.choice(hydrogens, 2, replace=False))
        tried += 1
        try:
            require_whole(numbers[left], positions[left])
        except InputError as error:
            refused += "has too few neighbours for their distances; were hydrogens left out" in str(error)
    assert tried > 250
    assert refused >= 0.95 * tried


def test_a_nitro_group_as_force_fields_draw_it_is_whole() -> None:
    """1.35 Å from nitrogen to oxygen, where quantum chemistry has 1.22."""
    numbers = np.array([6, 7, 8, 8, 1, 1, 1])
    positions = [[0, 0, 0], [1.48, 0, 0], [2.13, 1.18, 0], [2.16, -1.17, 0]]
    positions += [[-0.37, 1.03, 0], [-0.37, -0.51, 0.89], [-0.37, -0.51, -0.89]]
    require_whole(numbers, np.array(positions))

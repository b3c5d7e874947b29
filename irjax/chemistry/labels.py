"""Which functional groups a molecule carries."""

from collections.abc import Iterable
from functools import cache

import numpy as np
from rdkit import Chem

from irjax.chemistry.groups import CORRECTED, vocabulary
from irjax.chemistry.structures import Structure


def label(structures: Iterable[Structure], name: str = CORRECTED, as_drawn: bool = False) -> np.ndarray:
    """Labels of molecules in the named vocabulary: one 0/1 per group, uint8 [structures, groups].

    Args:
        as_drawn: matches the structures themselves, even where the vocabulary takes the InChI literally.

    Raises:
        UsageError: there is no such vocabulary.
    """
    wanted = vocabulary(name)
    patterns = _compiled(name)
    molecules = (
        structure.literal if wanted.literal and not as_drawn else structure.molecule for structure in structures
    )
    rows = [[molecule.HasSubstructMatch(pattern) for pattern in patterns] for molecule in molecules]
    return np.array(rows, np.uint8).reshape(len(rows), len(patterns))


@cache
def _compiled(name: str) -> tuple[Chem.Mol, ...]:
    return tuple(Chem.MolFromSmarts(pattern) for pattern in vocabulary(name).patterns)

"""Structures as chemists draw them."""

from rdkit import rdBase
from rdkit.Chem.Draw import rdMolDraw2D

from irjax.chemistry.structures import read_structure

WIDTH, HEIGHT = 220, 130


def drawn(structure: str) -> str:
    """The SVG of an InChI or a SMILES.

    Raises:
        StructureError: it gives no molecule.
    """
    is_inchi = structure.startswith("InChI=")
    found = read_structure(structure if is_inchi else "", "" if is_inchi else structure)
    with rdBase.BlockLogs():
        drawing = rdMolDraw2D.MolDraw2DSVG(WIDTH, HEIGHT)
        drawing.drawOptions().padding = 0.05
        drawing.drawOptions().maxFontSize = 14
        rdMolDraw2D.PrepareAndDrawMolecule(drawing, found.molecule)
        drawing.FinishDrawing()
    return drawing.GetDrawingText()

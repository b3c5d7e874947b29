"""What tests of figures and of reports name alike."""

import numpy as np

Judged = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Labels, probabilities and thresholds."""

N = 300
NAMES = ("Arene", "Thial", "Alcohol", "Ester", "Ether")  # no spectrum has Thial
PNG_START, PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"

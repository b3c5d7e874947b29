"""How far down a list of classes the right one stands."""

from typing import Any

import numpy as np

from irjax.evaluation.intervals import wilson

MOST = 5
"""Top-1 to top-5."""


def ranks(scores: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """How many classes are put before the right one, int [n]; one that is put level with it counts as before it.

    Args:
        scores: the higher the likelier, [n, classes].
        classes: the right ones, int [n].
    """
    right = np.take_along_axis(scores, classes[:, None], axis=1)
    return (~(scores < right)).sum(axis=1) - 1  # what is no number is put before it too


def scores(probabilities: np.ndarray, classes: np.ndarray) -> dict[str, Any]:
    """`n` and `overall` with the shares `top1` to `top5` and the number `wrong`, each with a 95 % Wilson interval.

    Args:
        probabilities: [n, classes].
        classes: the right ones, int [n].
    """
    found, number = ranks(probabilities, classes), len(classes)
    overall: dict[str, Any] = {}
    for most in range(1, MOST + 1):
        hits = int(np.count_nonzero(found < most))
        low, high = map(float, wilson(hits / number, number))
        overall[f"top{most}"] = {"value": hits / number, "low": low, "high": high}
    top = overall["top1"]
    wrong = int(np.count_nonzero(found))
    overall["wrong"] = {"value": wrong, "low": number * (1 - top["high"]), "high": number * (1 - top["low"])}
    return {"n": number, "overall": overall}

"""Parts of equal size in which every group is equally frequent."""

import numpy as np


def stratified_parts(labels: np.ndarray, parts: int, seed: int) -> np.ndarray:
    """The part that each row is drawn into, int [n], by iterative stratification.

    The rows of the group with the fewest rows left go first, each to the part that has fewest of that group, of these
    to the one that has fewest rows, and else by lot (Sechidis, Tsoumakas and Vlahavas, ECML PKDD 2011, 145-158).

    Args:
        labels: whether a row has a group, [n, groups].
        parts: how many.
        seed: of the draw.
    """
    lot = np.random.RandomState(seed)  # its draws stay what they are in every version of numpy

    def one_of(equal: np.ndarray) -> int:
        return equal[lot.choice(len(equal)) if len(equal) > 1 else 0]

    order = np.arange(len(labels))
    lot.shuffle(order)
    groups = np.ones((len(labels), labels.shape[1] + 1), bool)  # the last one is that of all rows
    groups[:, :-1] = labels[order]
    drawn = np.zeros((parts, groups.shape[1]), int)
    left = np.ones(len(labels), bool)
    found = np.empty(len(labels), int)
    while left.any():
        remaining = groups[left].sum(axis=0)
        remaining[-1] += 1  # only once no other group has rows left
        rarest = one_of(np.flatnonzero(remaining == remaining[remaining > 0].min()))
        for row in np.flatnonzero(groups[:, rarest] & left):
            lacking = _least(drawn[:, rarest], np.arange(parts))
            part = one_of(_least(drawn[:, -1], lacking))
            drawn[part] += groups[row]
            found[order[row]] = part
            left[row] = False
    return found


def _least(counts: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Those of the parts that have the least count."""
    return among[counts[among] == counts[among].min()]

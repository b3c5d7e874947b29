"""What a person says of a chart where the picture does not, or is misread."""

from dataclasses import dataclass
from itertools import pairwise

from irjax.errors import UsageError


@dataclass(frozen=True)
class ChartAxes:
    """What a person says of a chart's axes; None is read from the picture."""

    x: tuple[float, ...] | None = None
    """cm⁻¹ at the frame's left and right line; with a third number between them the scale is doubled beyond it."""
    y: tuple[float, float] | None = None
    """The ordinate at the frame's bottom and top line, in per cent if one exceeds 10."""

    def __post_init__(self) -> None:
        if self.x is not None:
            falling = [a > b for a, b in pairwise(self.x)]
            if len(self.x) not in (2, 3) or len(set(self.x)) < len(self.x) or len(set(falling)) > 1 or min(self.x) <= 0:
                raise UsageError(
                    f"chart axis {','.join(f'{v:g}' for v in self.x)}: expected the wavenumbers at the frame's left "
                    "and right line, as 4000,400, or 4000,2000,400 if the scale is doubled below 2000"
                )
        if self.y is not None and (len(self.y) != 2 or self.y[0] == self.y[1]):
            raise UsageError(
                f"chart axis {','.join(f'{v:g}' for v in self.y)}: expected the ordinates at the frame's bottom and "
                "top line, as 0,100"
            )


NOTHING_TOLD = ChartAxes()
"""The numbers beside the frame say it all."""

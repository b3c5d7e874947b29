"""The charts that the tests draw: the curve lies where `across` and `down` say."""

import io

import numpy as np
from chart_drawing import ChartStyle, across, down, draw_chart
from PIL import Image


def test_a_drawn_band_lies_where_the_axes_say() -> None:
    wavenumber = np.linspace(400, 4000, 3600)
    for axis in ("broken", "linear"):
        style = ChartStyle(axis=axis, image_format="PNG", line_width=2.0)
        transmittance = 0.9 - 0.5 * np.exp(-0.5 * ((wavenumber - 1700) / 60) ** 2)
        picture = np.asarray(Image.open(io.BytesIO(draw_chart(wavenumber, transmittance, style))).convert("L"))
        for at in (900.0, 1700.0, 3000.0):
            column = int(across(style, np.array(at)))
            row = down(style, np.interp(at, wavenumber, transmittance))
            assert picture[int(row) - 1 : int(row) + 2, column].min() < 100

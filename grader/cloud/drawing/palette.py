"""Colours that can be read on white and on black; everything else takes the colour of the text around it."""

from __future__ import annotations

GREEN = "#2f9e5b"
RED = "#e0444a"
AMBER = "#c98a1b"
ORANGE = "#df7b2c"
PURPLE = "#8b6ad6"
BLUE = "#3f86d8"
PINK = "#d2508c"
GREY = "#808891"
FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif"

"""The colours of each theme, as plain values: what the first rows and the toolkit both draw with.

Nothing is told by colour alone, and every colour can be read on its theme's ground: the tests
compute the contrast (WCAG 2.2, 1.4.3 and 1.4.6).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from tui.lines import Tone

CODES = {
    "red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36,
    "bright_black": 90, "bright_yellow": 93, "bright_magenta": 95, "bright_cyan": 96,
}  # fmt: skip
"""Those of the terminal's own colours that are used, in ECMA-48 SGR."""

COLORS = {
    "red": "red", "orange": "yellow", "yellow": "bright_yellow", "green": "green",
    "blue": "blue", "purple": "magenta", "violet": "magenta", "pink": "bright_magenta",
    "cyan": "cyan", "teal": "cyan", "turquoise": "bright_cyan", "brown": "yellow",
    "grey": "bright_black", "gray": "bright_black",
}  # fmt: skip
"""A client's colour, as one of the sixteen that every terminal makes readable on its own ground."""

HUES = {
    "red": "#e5484d", "orange": "#e8842a", "yellow": "#d9b310", "green": "#3f9c46",
    "blue": "#3f7fe0", "purple": "#9455d6", "violet": "#7d5be6", "pink": "#e0559b",
    "cyan": "#1fa9c9", "teal": "#129a8c", "turquoise": "#22b8b0", "brown": "#a0673c",
    "grey": "#8a8f98", "gray": "#8a8f98",
}  # fmt: skip
"""A client's colour, where a theme says its colours exactly."""

SEEN_BY_ALL = {
    "red": "#d55e00", "orange": "#e69f00", "yellow": "#f0e442", "green": "#009e73",
    "blue": "#0072b2", "purple": "#cc79a7", "violet": "#cc79a7", "pink": "#e0a3c4",
    "cyan": "#56b4e9", "teal": "#35b193", "turquoise": "#8fd0f5", "brown": "#b5733a",
    "grey": "#8a8f98", "gray": "#8a8f98",
}  # fmt: skip
"""The same in the colours of M. Okabe and K. Ito, which differ for every kind of sight."""

HEX = re.compile(r"#[0-9a-fA-F]{6}")


class Palette(NamedTuple):
    """A theme's colours: "#rrggbb", or, of the terminal's own, names; "" is its default."""

    name: str
    hues: Mapping[str, str]
    """Clients' colours by their names in the config."""

    dark: bool = True
    ground: str = ""
    text: str = ""
    dim: str = ""
    alert: str = "red"
    good: str = "green"
    key: str = "cyan"
    line: str = "bright_black"
    least: float = 4.5
    """The contrast that all text has with the ground."""

    @property
    def exact(self) -> bool:
        """Whether it says its colours itself, and does not leave them to the terminal."""
        return bool(self.ground)

    def tone(self, tone: Tone) -> str:
        """The colour of a tone."""
        told = {
            Tone.ALERT: self.alert, Tone.GOOD: self.good, Tone.KEY: self.key, Tone.DIM: self.dim,
            Tone.QUOTE: self.dim,
        }  # fmt: skip
        return told.get(tone, self.text)

    def client(self, color: str) -> str:
        """A client's colour as the config has it, so that it can be read here; "" for none."""
        if not self.exact:
            return self.hues.get(color) or (nearest(color) if HEX.fullmatch(color) else "")
        color = self.hues.get(color, color)
        return readable(color, self.ground, self.least) if HEX.fullmatch(color) else ""


TERMINAL = Palette(name="terminal", hues=COLORS)
PALETTES = {
    palette.name: palette
    for palette in (
        TERMINAL,
        Palette(
            name="dark", ground="#14171c", text="#dfe2e7", dim="#9aa1ac", alert="#ff7a6b",
            good="#6fcf7c", key="#5cc8e0", line="#4a515c", hues=HUES,
        ),
        Palette(
            name="light", dark=False, ground="#fbfaf7", text="#22262b", dim="#5d646e",
            alert="#b3261e", good="#1d6b2a", key="#0b5f7a", line="#a9adb3", hues=HUES,
        ),
        Palette(
            name="contrast", ground="#000000", text="#ffffff", dim="#d4d4d4", alert="#ff9a8a",
            good="#7dff8e", key="#6fe8ff", line="#ffffff", hues=HUES, least=7.0,
        ),
        Palette(
            name="colorblind", ground="#101316", text="#e6e6e6", dim="#a6abb2", alert="#f08a3c",
            good="#56b4e9", key="#f0e442", line="#4a515c", hues=SEEN_BY_ALL,
        ),
    )
}  # fmt: skip


def named(name: str) -> Palette:
    """The colours of a theme. Where NO_COLOR is set there is one theme, and nothing adds colour
    to it (https://no-color.org).
    """
    return TERMINAL if colorless() else PALETTES.get(name, TERMINAL)


def colorless() -> bool:
    """Whether she wants no colour at all: NO_COLOR, with anything in it."""
    return bool(os.environ.get("NO_COLOR"))


@lru_cache(256)
def readable(color: str, ground: str, least: float) -> str:
    """A colour, made as much lighter or darker as it takes to be read on a ground."""
    red, green, blue = _parts(color)
    toward = 255 if luminance(ground) < 0.18 else 0
    for step in range(41):
        mixed = (round(part + (toward - part) * step / 40) for part in (red, green, blue))
        color = "#{:02x}{:02x}{:02x}".format(*mixed)
        if contrast(color, ground) >= least:
            break
    return color


@lru_cache(256)
def nearest(color: str) -> str:
    """The nearest of the terminal's own colours that can be read on any ground of its."""
    import colorsys  # noqa: PLC0415 - few clients have a colour of their own

    hue, _light, vivid = colorsys.rgb_to_hls(*(part / 255 for part in _parts(color)))
    if vivid < 0.15:
        return "bright_black"
    return ("red", "yellow", "green", "cyan", "blue", "magenta")[round(hue * 6) % 6]


def contrast(one: str, other: str) -> float:
    """How well two colours are told apart, 1 to 21 (WCAG 2.2, contrast ratio)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    """How light a colour is, 0 to 1 (WCAG 2.2, relative luminance)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (part / 255 for part in _parts(color))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def sgr(color: str, *, ground: bool = False) -> str:
    """A colour in ECMA-48 SGR, as exactly as the terminal can show it; "" for its default."""
    if not color.startswith("#"):
        return str(CODES[color] + (10 if ground else 0)) if color else ""
    from rich.color import Color, ColorSystem  # noqa: PLC0415 - for exact colours only

    # As rich finds it out, with which the toolkit draws later: or the colours would change then.
    system = ColorSystem.STANDARD
    if os.environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        system = ColorSystem.TRUECOLOR
    elif os.environ.get("TERM", "").rpartition("-")[2] in ("256color", "kitty"):
        system = ColorSystem.EIGHT_BIT
    return ";".join(Color.parse(color).downgrade(system).get_ansi_codes(foreground=not ground))

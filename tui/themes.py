"""The themes as the toolkit takes them. `tui.palette` says the colours."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import BUILTIN_THEMES, Theme

from tui.palette import PALETTES, TERMINAL, Palette


def names() -> tuple[str, ...]:
    """Every theme, as the config calls it."""
    return tuple(PALETTES)


def after(name: str) -> str:
    """The theme that follows another, round the end."""
    every = names()
    return every[(every.index(name) + 1) % len(every)]


def theme(palette: Palette) -> Theme:
    """A theme of Textual's with these colours, and those of the style sheet by name."""
    if not palette.exact:
        base = BUILTIN_THEMES["ansi-dark"]
        told = {**base.variables, **variables(palette)}
        return replace(base, name=palette.name, variables=told)
    return Theme(
        name=palette.name, dark=palette.dark,
        primary=palette.key, secondary=palette.good, accent=palette.key,
        warning=palette.alert, error=palette.alert, success=palette.good,
        foreground=palette.text, background=palette.ground,
        surface=palette.ground, panel=palette.ground, boost=palette.ground,
        variables=variables(palette),
    )  # fmt: skip


def variables(palette: Palette = TERMINAL) -> dict[str, str]:
    """What the style sheet calls colours, by name."""
    faint = "none" if palette.exact else "dim"
    return {
        "ground": css(palette.ground),
        "tone-plain": css(palette.text),
        "tone-dim": css(palette.dim),
        "tone-alert": css(palette.alert),
        "tone-good": css(palette.good),
        "tone-key": css(palette.key),
        "line": css(palette.line),
        "faint": faint,
        "faint-quote": "italic" if palette.exact else "dim italic",
    }


def css(color: str) -> str:
    """A colour of a palette, as a style sheet says it."""
    return color if color.startswith("#") else f"ansi_{color or 'default'}"


class Colorless(LineFilter):
    """Leaves weight and reverse, and no colour at all, grey and the default included."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Take the colours out of every segment."""
        del background
        return [
            Segment(text, style and _colorless(style), control) for text, style, control in segments
        ]


COLORLESS = Colorless()
"""The one there is: Textual keeps what a filter made of a line for that very filter only."""


@lru_cache(1024)
def _colorless(style: Style) -> Style:
    return style.without_color

"""How it is said that a draft may be meant for another client."""

from __future__ import annotations

from gettext import gettext as _

from normalizer.text import line
from triage.belongings import Sort
from triage.guard import Finding
from tui.lines import safe

LONGEST = 240
"""Characters of a finding that are shown."""


def finding(one: Finding, owner: str, here: str) -> str:
    """What of another client's stands in a draft, whose it is, and why. Names, not slugs."""
    if one.sort is Sort.RECIPIENT and not owner:
        text = _("{words} is nobody known at {here}.")
    else:
        text = {
            Sort.RECIPIENT: _("{words} is at {owner}, and not known at {here}."),
            Sort.NAME: _("“{words}” is what {owner} is called."),
            Sort.PERSON: _("“{words}” is somebody at {owner}."),
            Sort.PLACE: _("“{words}” is a project, a calendar or a chat of {owner}."),
            Sort.ADDRESS: _("“{words}” is an address of {owner}."),
            Sort.PHRASE: _("“{words}” was said with {owner}, and never with {here}."),
            Sort.FOLDER: _("{words} lies in a folder of {owner}."),
            Sort.FILE: _("The file “{words}” was seen with {owner}, and never with {here}."),
            Sort.LIKE_FILE: _("{owner} has a file called “{words}”, and {here} has none."),
            Sort.FILE_NAME: _("The name of the file “{words}” speaks of {owner}."),
        }[one.sort]
    return safe(text.format(words=line(one.words, LONGEST), owner=owner, here=here))

"""One conversation, as WhatsApp exports it in fifty dialects.

All of it is ours: the people, the words between them, and the spellings, which are set down here
from what phones are known to write, and not taken from the tables that are tested.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from normalizer.whatsapp_body import BodyKind

LRM, NBSP = "\u200e", "\xa0"
UNSEEN = str.maketrans({"⍽": NBSP, "␣": "\u202f", "␉": "\u2009", "⟂": LRM, "⟃": "\u200f"})
"""How the spaces and marks that cannot be seen are written here."""

ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True, slots=True)
class Said:
    """One message as its author meant it."""

    at: datetime
    """To the second."""

    sender: str
    """"" for the system."""

    text: str = ""
    kind: BodyKind = BodyKind.TEXT
    file: str = ""
    edited: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Phrases:
    """What the app itself writes, in one language."""

    attached: str
    """An iPhone's word."""

    attached_after: str
    omitted: str
    image_omitted: str
    edited: str
    deleted: str
    deleted_own: str
    poll: str
    option: str
    location: str
    call: str
    encrypted: str


LANGUAGES = {
    "en": Phrases(
        "attached",
        "(file attached)",
        "<Media omitted>",
        "image omitted",
        "<This message was edited>",
        "This message was deleted",
        "You deleted this message",
        "POLL:",
        "OPTION: {} (2 votes)",
        "location: ",
        "Missed voice call",
        "Messages and calls are end-to-end encrypted. Tap to learn more.",
    ),
    "es": Phrases(
        "adjunto",
        "(archivo adjunto)",
        "<Multimedia omitido>",
        "imagen omitida",
        "<Se editó este mensaje.>",
        "Se eliminó este mensaje.",
        "Eliminaste este mensaje.",
        "ENCUESTA:",
        "OPCIÓN: {} (2 votos)",
        "ubicación: ",
        "Llamada perdida",
        "Los mensajes y las llamadas están cifrados de extremo a extremo.",
    ),
    "pt": Phrases(
        "anexado",
        "(arquivo anexado)",
        "<Mídia oculta>",
        "imagem ocultada",
        "<Mensagem editada>",
        "Mensagem apagada",
        "Você apagou esta mensagem",
        "ENQUETE:",
        "OPÇÃO: {} (2 votos)",
        "localização: ",
        "Chamada de voz perdida",
        "As mensagens são protegidas com a criptografia de ponta a ponta.",
    ),
    "fr": Phrases(
        f"pièce jointe{NBSP}",
        "(fichier joint)",
        "<Médias omis>",
        "image absente",
        "<Ce message a été modifié>",
        "Ce message a été supprimé",
        "Vous avez supprimé ce message",
        "SONDAGE:",
        "OPTION: {} (2 votes)",
        "localisation: ",
        "Appel vocal manqué",
        "Les messages et les appels sont chiffrés de bout en bout.",
    ),
    "de": Phrases(
        "Anhang",
        "(Datei angehängt)",
        "<Medien ausgeschlossen>",
        "Bild weggelassen",
        "<Diese Nachricht wurde bearbeitet.>",
        "Diese Nachricht wurde gelöscht.",
        "Du hast diese Nachricht gelöscht.",
        "UMFRAGE:",
        "OPTION: {} (2 Stimmen)",
        "Standort: ",
        "Verpasster Sprachanruf",
        "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.",
    ),
    "it": Phrases(
        "allegato",
        "(file allegato)",
        "<Media omessi>",
        "immagine omessa",
        "<Questo messaggio è stato modificato>",
        "Questo messaggio è stato eliminato",
        "Hai eliminato questo messaggio",
        "SONDAGGIO:",
        "OPZIONE: {} (2 voti)",
        "posizione: ",
        "Chiamata vocale persa",
        "I messaggi e le chiamate sono crittografati end-to-end.",
    ),
    "nl": Phrases(
        "bijgevoegd",
        "(bestand bijgevoegd)",
        "<Media weggelaten>",
        "afbeelding weggelaten",
        "<Dit bericht is bewerkt>",
        "Dit bericht is verwijderd",
        "Je hebt dit bericht verwijderd",
        "PEILING:",
        "OPTIE: {} (2 stemmen)",
        "locatie: ",
        "Gemiste spraakoproep",
        "Berichten en oproepen zijn end-to-end versleuteld.",
    ),
    "tr": Phrases(
        "eklendi",
        "(dosya ekli)",
        "<Medya dahil edilmedi>",
        "görüntü dahil edilmedi",
        "<Bu mesaj düzenlendi>",
        "Bu mesaj silindi",
        "Bu mesajı sildiniz",
        "ANKET:",
        "SEÇENEK: {} (2 oy)",
        "konum: ",
        "Cevapsız sesli arama",
        "Mesajlar ve aramalar uçtan uca şifrelidir.",
    ),
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one phone spells an export."""

    name: str
    stamp: str
    """With d, m, y of four figures, yy of two, H or h, M, S, and p for the half of the day."""

    says: str = "en"
    am: str = "AM"
    pm: str = "PM"
    halves: tuple[str, ...] = ()
    """Six names of a day's parts instead, four hours each."""

    figures: dict[int, int] = field(default_factory=dict)
    late_years: int = 0
    """How much later its calendar's years are."""

    @property
    def ios(self) -> bool:
        """Say whether it is an iPhone's."""
        return "[" in self.stamp

    @property
    def seconds(self) -> bool:
        """Say whether its stamps have seconds."""
        return "{S" in self.stamp

    def head(self, at: datetime) -> str:
        """Write a stamp, with what stands around it."""
        half = self.pm if at.hour >= 12 else self.am
        if self.halves:
            half = self.halves[at.hour // 4]
        year = at.year + self.late_years
        parts = {"d": at.day, "m": at.month, "y": year, "yy": year % 100, "p": half}
        clock = {"H": at.hour, "h": (at.hour - 1) % 12 + 1, "M": at.minute, "S": at.second}
        spelled = self.stamp.format(**parts, **clock)
        return spelled.translate(UNSEEN).translate(self.figures)


DIALECTS = (
    Dialect("Android en-US", "{m}/{d}/{yy:02}, {h}:{M:02}␣{p} - "),
    Dialect("Android en-US before 2023", "{m}/{d}/{yy:02}, {h}:{M:02} {p} - "),
    Dialect("Android en-GB", "{d:02}/{m:02}/{y}, {H:02}:{M:02} - "),
    Dialect("Android en-IN", "{d:02}/{m:02}/{yy:02}, {h}:{M:02}␣{p} - ", am="am", pm="pm"),
    Dialect("Android en-ZA", "{y}/{m:02}/{d:02}, {H:02}:{M:02} - "),
    Dialect("Android en-CA", "{y}-{m:02}-{d:02}, {h}:{M:02}␣{p} - ", am="a.m.", pm="p.m."),
    Dialect("Android es-ES", "{d}/{m}/{yy:02}, {H}:{M:02} - ", "es"),
    Dialect("Android es-ES without a comma", "{d}/{m}/{yy:02} {H}:{M:02} - ", "es"),
    Dialect("Android es-MX", "{d:02}/{m:02}/{y}, {h}:{M:02} {p} - ", "es", "a.⍽m.", "p.⍽m."),
    Dialect("Android es-CO", "{d}/{m:02}/{y} {h}:{M:02}␣{p} - ", "es", "a.⍽m.", "p.⍽m."),
    Dialect("Android es-AR", "{d}/{m}/{y}, {H:02}:{M:02} - ", "es"),
    Dialect("Android es-CL", "{d:02}-{m:02}-{yy:02}, {H:02}:{M:02} - ", "es"),
    Dialect("Android es-PA", "{m:02}/{d:02}/{yy:02}, {h}:{M:02}␣{p} - ", "es", "a.␣m.", "p.␣m."),
    Dialect("Android de", "{d:02}.{m:02}.{yy:02}, {H:02}:{M:02} - ", "de"),
    Dialect("Android pt-BR", "{d:02}/{m:02}/{y} {H:02}:{M:02} - ", "pt"),
    Dialect("Android pt-PT", "{d:02}/{m:02}/{yy:02}, {H:02}:{M:02} - ", "pt"),
    Dialect("Android fr", "{d:02}/{m:02}/{y} à {H:02}:{M:02} - ", "fr"),
    Dialect("Android fr-CA", "{y}-{m:02}-{d:02} {H:02} h {M:02} - ", "fr"),
    Dialect("Android it", "{d:02}/{m:02}/{yy:02}, {H:02}:{M:02} - ", "it"),
    Dialect("Android nl", "{d:02}-{m:02}-{y} {H:02}:{M:02} - ", "nl"),
    Dialect("Android sv", "{y}-{m:02}-{d:02} {H:02}:{M:02} - "),
    Dialect("Android sv kl.", "{y}-{m:02}-{d:02} kl. {H:02}:{M:02} – "),
    Dialect("Android da", "{d:02}.{m:02}.{y} {H:02}.{M:02} - "),
    Dialect("Android fi", "{d}.{m}.{y} klo {H}.{M:02} - "),
    Dialect("Android id", "{d:02}/{m:02}/{yy:02} {H:02}.{M:02} - "),
    Dialect("Android tr", "{d}.{m:02}.{y} {H:02}:{M:02} - ", "tr"),
    Dialect("Android ru", "{d:02}.{m:02}.{y}, {H:02}:{M:02} - "),
    Dialect("Android cs", "{d:02}.{m:02}.{yy:02} {H}:{M:02} - "),
    Dialect("Android hr", "{d:02}. {m:02}. {y}. {H:02}:{M:02} - "),
    Dialect("Android bg", "{d}.{m:02}.{yy:02}⍽г., {H}:{M:02} - "),
    Dialect("Android hu", "{y}. {m:02}. {d:02}. {H}:{M:02} - "),
    Dialect("Android el", "{d}/{m}/{yy:02}, {h}:{M:02} {p} - ", am="π.μ.", pm="μ.μ."),
    Dialect("Android ja", "{y}/{m:02}/{d:02} {H}:{M:02} - "),
    Dialect("Android zh of twelve hours", "{y}/{m}/{d} {p}{h}:{M:02} - ", am="上午", pm="下午"),
    Dialect(
        "Android zh-TW",
        "{y}/{m}/{d} {p}{h}:{M:02} - ",
        halves=("凌晨", "清晨", "上午", "下午", "下午", "晚上"),
    ),
    Dialect("Android ko", "{y}. {m}. {d}. {p} {h}:{M:02} - ", am="오전", pm="오후"),
    Dialect("Android vi", "{H:02}:{M:02}, {d:02}/{m:02}/{y} - "),
    Dialect("Android th", "{d}/{m}/{y} {H:02}:{M:02} - ", late_years=543),
    Dialect(
        "Android mr", "{d}/{m}/{yy:02}, {h}:{M:02} {p} - ", am="म.पू.", pm="म.उ.", figures=DEVANAGARI
    ),
    Dialect("Android ms", "{d}/{m:02}/{yy:02}, {h}:{M:02} {p} - ", am="PG", pm="PTG"),
    Dialect("Android ar", "{d}⟃/{m}⟃/{y}، {h}:{M:02} {p} - ", am="ص", pm="م", figures=ARABIC),
    Dialect("Android fa", "{y}/{m}/{d}،⟃ {H}:{M:02} - ", figures=PERSIAN),
    Dialect("iPhone en-US", "[{m}/{d}/{yy:02}, {h}:{M:02}:{S:02}␣{p}] "),
    Dialect("iPhone en-GB", "[{d:02}/{m:02}/{y}, {H:02}:{M:02}:{S:02}] "),
    Dialect("iPhone es-ES", "[{d}/{m}/{yy:02}, {H}:{M:02}:{S:02}] ", "es"),
    Dialect("iPhone es-ES without a comma", "[{d}/{m}/{yy:02} {H}:{M:02}:{S:02}] ", "es"),
    Dialect(
        "iPhone es-MX", "[{d:02}/{m:02}/{yy:02}, {h}:{M:02}:{S:02}␣{p}] ", "es", "a.⍽m.", "p.⍽m."
    ),
    Dialect("iPhone de", "[{d:02}.{m:02}.{yy:02}, {H:02}:{M:02}:{S:02}] ", "de"),
    Dialect("iPhone de of twelve hours", "[{d:02}.{m:02}.{yy:02}, {h}:{M:02}:{S:02}␣{p}] ", "de"),
    Dialect("iPhone pt-BR", "[{d:02}/{m:02}/{yy:02}, {H:02}:{M:02}:{S:02}] ", "pt"),
    Dialect("iPhone fr", "[{d:02}/{m:02}/{y} {H:02}:{M:02}:{S:02}] ", "fr"),
    Dialect("iPhone fr-CA", "[{y}-{m:02}-{d:02} {H:02} h {M:02} min {S:02} s] ", "fr"),
    Dialect("iPhone it", "[{d:02}/{m:02}/{yy:02}, {H:02}:{M:02}:{S:02}] ", "it"),
    Dialect("iPhone fi", "[{d}.{m}.{y} klo {H}.{M:02}.{S:02}] "),
    Dialect("iPhone y/m/d", "[{y}/{m}/{d} {H:02}:{M:02}:{S:02}] "),
    Dialect("iPhone ko", "[{yy:02}. {m}. {d}. {p} {h}:{M:02}:{S:02}] ", am="오전", pm="오후"),
    Dialect("iPhone ja full width", "[{y}/{m:02}/{d:02} {H}:{M:02}:{S:02}] ", figures=FULL_WIDTH),
    Dialect("iPhone he", "[{d}.{m}.{y}, {H}:{M:02}:{S:02}] "),
    Dialect("iPhone with a mark in the stamp", "[⟂{d:02}/{m:02}/{y}, {H:02}:{M:02}:{S:02}] "),
    Dialect("iPhone with a thin space", "[{d:02}/{m:02}/{y},␉{H:02}:{M:02}:{S:02}] "),
    Dialect("iPhone ar", "[{d:02}⟃/{m:02}⟃/{y}, {H:02}:{M:02}:{S:02}] ", figures=ARABIC),
    Dialect("old", "{d:02}.{m:02}.{y} {H:02}:{M:02}:{S:02}: ", "de"),
)


def _at(day: int, hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second)  # noqa: DTZ001  a phone's own clock


CONVERSATION = (
    Said(_at(3, 0, 5, 1), "", kind=BodyKind.SYSTEM),
    Said(_at(3, 0, 5, 9), "Marta Ibáñez", "hi: are you up? 😀"),
    Said(
        _at(3, 12, 30, 2), "Lola", "yes\n\nthree lines - of: text\nhttps://example.com/a?b=1: see"
    ),
    Said(_at(4, 9, 5, 7), "+34 600 11 22 33", "ok"),
    Said(_at(4, 9, 5, 8), "+34 600 11 22 33", "ok"),
    Said(_at(4, 9, 5, 8), "+34 600 11 22 33", "ok"),
    Said(_at(5, 18, 59, 59), "~ José", "the plan", BodyKind.FILE, "IMG-20261105-WA0001.jpg"),
    Said(_at(5, 19, 0, 0), "~ José", "", BodyKind.FILE, "brief final (2).pdf"),
    Said(_at(6, 11, 59, 3), "Lola", "", BodyKind.OMITTED),
    Said(_at(7, 12, 0, 4), "Marta Ibáñez", "at five, then", edited=True),
    Said(_at(8, 23, 59, 5), "Marta Ibáñez", "", BodyKind.DELETED),
    Said(_at(9, 1, 10, 6), "Lola", "", BodyKind.DELETED, own=True),
    Said(_at(10, 4, 20, 7), "Lola", "Which day?\nFriday\nMonday", BodyKind.POLL),
    Said(_at(11, 8, 30, 8), "Lola", "https://maps.google.com/?q=40.4,-3.7", BodyKind.LOCATION),
    Said(_at(12, 16, 40, 9), "Marta Ibáñez", "", BodyKind.CALL),
    Said(_at(13, 19, 2, 9), "Marta Ibáñez", "", BodyKind.EMPTY),
    Said(_at(13, 19, 2, 30), "Lola", "thank you @Marta Ibáñez"),
)
"""With what is hard: midnight and noon, colons, the same thrice in a minute, a caption."""


def write(dialect: Dialect, said: Iterable[Said] = CONVERSATION, *, end: str = "\n") -> str:
    """Export a conversation in a dialect."""
    return "".join(_line(dialect, one).replace("\n", end) + end for one in said)


def _line(dialect: Dialect, said: Said) -> str:
    head, body = dialect.head(said.at), _body(dialect, said)
    if dialect.ios:
        front = LRM if body.startswith(LRM) else ""
        return f"{front}{head}{said.sender or 'Obras: casa'}: {body}"
    return f"{head}{said.sender}: {body}" if said.sender else f"{head}{body}"


def _body(dialect: Dialect, said: Said) -> str:
    app, mark = LANGUAGES[dialect.says], LRM if dialect.ios else ""
    text = said.text.replace("@Marta Ibáñez", "@\u2068Marta Ibáñez\u2069")
    match said.kind:
        case BodyKind.TEXT:
            return f"{text} {mark}{app.edited}" if said.edited else text
        case BodyKind.FILE if dialect.ios:
            attached = f"{LRM}<{app.attached}: {said.file}>"
            return f"{text}\n{attached}" if text else attached
        case BodyKind.FILE:
            attached = f"{LRM}{said.file} {app.attached_after}"
            return f"{attached}\n{text}" if text else attached
        case BodyKind.OMITTED:
            return mark + (app.image_omitted if dialect.ios else app.omitted)
        case BodyKind.DELETED:
            return mark + (app.deleted_own if said.own else app.deleted)
        case BodyKind.POLL:
            question, *options = text.split("\n")
            return "\n".join([f"{mark}{app.poll}", question, *map(app.option.format, options)])
        case BodyKind.LOCATION:
            return f"{mark}{app.location}{text}"
        case _:
            return {BodyKind.CALL: mark + app.call, BodyKind.SYSTEM: mark + app.encrypted}.get(
                said.kind, ""
            )

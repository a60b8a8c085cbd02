"""A file of another client's is noticed by where it lies, by what is in it, and by its name."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from normalizer.actions import MOST_BYTES, Enclosure
from normalizer.model import Person
from store.lexicon import Heard, Known, Lexicon
from store.seen import Like, Sight
from triage.belongings import Sort
from triage.enclosures import Chosen, NotChosenError, choose, findings
from triage.guard import Finding
from triage.profile import Manner, Profile

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Drawer:
    """Files that are known, and clients by name."""

    def __init__(self, *, sights: Sequence[Sight] = (), likes: Sequence[Like] = ()) -> None:
        self.sights, self.likes, self.asked = list(sights), list(likes), [""]

    def lexicon(self) -> Lexicon:
        named = (("acme", "ACME Floristería", "Marta Ruiz"), ("luz", "Luz", "Elena Prado"))
        return Lexicon(
            tuple(
                Known(id=n, slug=slug, name=name, people=frozenset({Person(who, f"a@{slug}.x")}),
                      places=frozenset({f"Proyecto {slug}"}))
                for n, (slug, name, who) in enumerate(named, 1)
            )
        )  # fmt: skip

    def heard(self, words: str) -> Heard:
        return Heard()

    def many(self, word: str) -> bool:
        return False

    def said(self, client_id: int, words: str) -> tuple[list[str], bool]:
        return [], False

    def seen(self, sha256s: Sequence[str]) -> list[Sight]:
        return [one for one in self.sights if one.sha256 in sha256s]

    def named(self, files: Sequence[str]) -> list[Like]:
        self.asked += files
        names = {name.lower() for name in files}
        return [one for one in self.likes if one.name.lower() in names]


def written(path: Path, content: bytes = b"content") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def kept(name: str, size: int = 1000) -> Chosen:
    """A file of which only the content was kept."""
    file = Enclosure(name=name, media_type="application/pdf", sha256="00" * 32, size=size)
    return Chosen(None, file)


def sight(client: str, sha256: str = "00" * 32) -> Sight:
    return Sight(sha256=sha256, client=client, name="x", first_at=NOW)


def manner(**folders: Path | Sequence[Path]) -> Manner:
    return Manner(
        profiles={
            slug: Profile(folders=tuple(map(str, [one] if isinstance(one, Path) else one)))
            for slug, one in folders.items()
        }
    )


def found(
    one: Chosen, how: Manner | None = None, drawer: Drawer | None = None, client: str = "acme"
) -> list[tuple[str, str]]:
    """Say of what sort each finding is, and whose."""
    told = findings([one], client, how or Manner(), drawer or Drawer())
    return [(finding.sort.value, finding.owner) for finding in told]


def test_a_file_is_read_whole_with_its_bare_name_and_kind(tmp_path: Path) -> None:
    chosen = choose(written(tmp_path / "a b" / "Año\u202e.pdf", b"%PDF"))
    assert chosen.path == tmp_path / "a b" / "Año\u202e.pdf"
    file = chosen.file
    assert (file.name, file.media_type, file.size) == ("Año⧼202E⧽.pdf", "application/pdf", 4)
    assert file.content == b"%PDF"
    assert file.sha256 == hashlib.sha256(b"%PDF").hexdigest()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.JPG", "image/jpeg"), ("a.tar.gz", "application/gzip"), ("a.xyzq", None), ("a", None),
        ("a.eml", None), ("notas.txt", "text/plain"), ("a.txt.xz", None),
    ],
)  # fmt: skip
def test_a_kind_that_is_not_surely_known_is_just_bytes(
    tmp_path: Path, name: str, kind: str | None
) -> None:
    chosen = choose(written(tmp_path / name))
    assert chosen.file.media_type == (kind or "application/octet-stream")


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes in folders")
def test_what_cannot_be_sent_says_why_and_what_to_do(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    os.mkfifo(tmp_path / "pipe")
    for path, words in (
        (tmp_path / "none.pdf", "There is no file"), (tmp_path, "is a folder"),
        (written(tmp_path / "empty", b""), "is empty"), (large, "larger than 25 MB"),
        (tmp_path / "pipe", "no file that can be sent"), ("\0", "cannot be read"),
        ("~nobody-here/x", "cannot be read"), (tmp_path / ("x" * 300), "cannot be read"),
        (written(tmp_path / "file") / "x", "cannot be read"),
    ):  # fmt: skip
        with pytest.raises(NotChosenError, match=words):
            choose(path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is closed to root")
def test_a_file_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    path = written(tmp_path / "closed")
    path.chmod(0)
    with pytest.raises(NotChosenError, match="cannot be read"):
        choose(path)


def test_the_home_folder_may_be_spelled_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "x.pdf")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert choose("~/x.pdf").path == tmp_path / "x.pdf"


def test_a_file_in_another_clients_folder_stops_and_names_where_it_lies(tmp_path: Path) -> None:
    how = manner(acme=tmp_path / "acme", luz=tmp_path / "luz")
    theirs = choose(written(tmp_path / "luz" / "2026" / "deep" / "x.pdf"))
    (one,) = findings([theirs], "acme", how, Drawer())
    assert one == Finding(Sort.FOLDER, str(theirs.path), "luz")
    assert one.stops
    assert found(theirs, how, client="luz") == []
    assert found(choose(written(tmp_path / "acme" / "x.pdf")), how) == []
    assert found(choose(written(tmp_path / "luz2" / "x.pdf")), how) == []
    assert found(choose(written(tmp_path / "x.pdf")), how) == []


def test_of_folders_in_folders_the_innermost_says_whose_it_is(tmp_path: Path) -> None:
    outer, inner = tmp_path / "luz", tmp_path / "luz" / "acme"
    how = manner(acme=inner, luz=outer)
    inside, outside = choose(written(inner / "x.pdf")), choose(written(outer / "x.pdf"))
    assert found(inside, how) == []
    assert found(outside, how) == [("folder", "luz")]
    assert found(inside, how, client="luz") == [("folder", "acme")]
    shared = manner(acme=outer, luz=outer)
    assert found(outside, shared) == found(outside, shared, client="luz") == []
    assert found(outside, shared, client="tercero") == [("folder", "luz")]
    root = manner(luz=Path(tmp_path.anchor))
    assert found(outside, root) == [("folder", "luz")]


@pytest.mark.skipif(os.name == "nt", reason="links take a privilege there")
def test_no_link_and_no_way_round_hides_where_it_lies(tmp_path: Path) -> None:
    acme, luz = tmp_path / "acme", tmp_path / "luz"
    written(acme / "own.pdf")
    theirs = written(luz / "x.pdf")
    (acme / "link.pdf").symlink_to(theirs)
    (acme / "way").symlink_to(luz)
    (luz / "out.pdf").symlink_to(written(tmp_path / "elsewhere" / "y.pdf"))
    how = manner(acme=acme, luz=luz)
    for path in (
        acme / "link.pdf", acme / "way" / "x.pdf", acme / ".." / "luz" / "x.pdf", luz / "out.pdf"
    ):  # fmt: skip
        assert found(choose(path), how) == [("folder", "luz")], path
    assert found(choose(acme / ".." / "acme" / "own.pdf"), how) == []
    (tmp_path / "clients").symlink_to(tmp_path)
    around = manner(acme=acme, luz=tmp_path / "clients" / "luz")
    assert found(choose(theirs), around) == [("folder", "luz")]


def test_a_folder_spelled_in_another_way_than_on_the_disk_is_the_same(tmp_path: Path) -> None:
    theirs = choose(written(tmp_path / "Luz Peñón" / "x.pdf"))
    for spelled in ("luz peñón", "LUZ PEÑÓN", unicodedata.normalize("NFD", "Luz Peñón"),
                    "Luz Peñón/", "./Luz Peñón/../Luz Peñón"):  # fmt: skip
        how = manner(luz=Path(f"{tmp_path}/{spelled}"))
        assert found(theirs, how) == [("folder", "luz")], spelled
    missing = manner(luz=tmp_path / "gone", acme=Path("\0"))
    assert found(theirs, missing) == []


def test_a_content_seen_with_others_only_stops(tmp_path: Path) -> None:
    one = choose(written(tmp_path / "x.pdf"))
    seen = Drawer(sights=[sight("luz", one.file.sha256), sight("tercero", one.file.sha256)])
    (told,) = findings([one], "acme", Manner(), seen)
    assert (told, told.stops) == (Finding(Sort.FILE, "x.pdf", "luz"), True)
    assert found(one, drawer=seen, client="luz") == found(one, drawer=seen, client="tercero") == []
    assert found(kept("x.pdf"), drawer=Drawer(sights=[sight("luz")])) == [("file", "luz")]


@pytest.mark.parametrize(
    ("name", "theirs", "size", "alarms"),
    [
        ("Herencia Ortega.pdf", "herencia ortega.PDF", None, True),
        ("Herencia Ortega.pdf", "Herencia Ortega.pdf", 1002, True),
        ("Herencia Ortega.pdf", "Herencia Ortega.pdf", 2000, False),
        ("Herencia Ortega (2).pdf", "Herencia Ortega.pdf", 1000, True),
        ("Herencia Ortega - copia.pdf", "Herencia Ortega.pdf", 1000, True),
        ("peonias_blancas.docx", "peonias_blancas.docx", None, True),
        ("Herencia.pdf", "Herencia Ortega.pdf", 1000, False),
        ("Contrato firmado.pdf", "Contrato firmado.pdf", 1004, True),
        ("Contrato firmado.pdf", "Contrato firmado.pdf", 1005, False),
        ("Contrato firmado.pdf", "Contrato firmado.pdf", None, False),
        ("presupuesto final v2.pdf", "presupuesto final v2.pdf", 1000, True),
        ("plan de contenidos.xlsx", "plan de contenidos.xlsx", None, False),
        ("Calendario editorial.xlsx", "Calendario editorial.xlsx", None, False),
        ("Informe de noviembre.pdf", "Informe de noviembre.pdf", 1100, False),
        *(
            (name, name, 1000, False)
            for name in (
                "image.jpg", "image001.png", "IMG_1234.jpg", "DSC00012.JPG", "factura.pdf",
                "Factura 2026-114.pdf", "documento.pdf", "Documento sin título.docx",
                "Captura de pantalla 2026-11-27 a las 10.33.12.png", "Screenshot_20261127.png",
                "WhatsApp Image 2026-11-27 at 10.33.12.jpeg", "scan0001.pdf", "logo.png",
                "PHOTO-2026-11-13.jpg", "20261127.pdf", "a.pdf",
                "invoice-0032.pdf", "winmail.dat", "untitled.docx",
                "5f2a9c0d.pdf", ".pdf",
                "New Document.pdf",
                "Presentación1.pptx", "Libro1.xlsx", "video.mp4", "audio 3.ogg", "CV.pdf",
            )
        ),
    ],
)  # fmt: skip
def test_a_telling_name_that_others_alone_have_warns_and_a_common_one_never(
    name: str, theirs: str, size: int | None, *, alarms: bool
) -> None:
    known = Drawer(likes=[Like(client="luz", name=theirs, size=size)])
    assert found(kept(name), drawer=known) == ([("like_file", "luz")] if alarms else [])
    known.likes.append(Like(client="acme", name=theirs, size=size))
    assert found(kept(name), drawer=known) == []


def test_what_is_known_by_its_content_is_not_judged_by_its_name() -> None:
    known = Drawer(
        sights=[sight("acme")], likes=[Like(client="luz", name="Herencia Ortega.pdf", size=None)]
    )
    assert found(kept("Herencia Ortega.pdf"), drawer=known) == []


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("Presupuesto_ACME.pdf", "acme"), ("presupuesto-acme-v2.pdf", "acme"),
        ("PresupuestoAcme.pdf", "acme"), ("ResumenACME.pdf", "acme"), ("ACME.pdf", "acme"),
        ("martaRuiz.pdf", "acme"), ("Ficha de Marta Ruiz.docx", "acme"),
        ("PROYECTO_ACME.zip", "acme"), ("flores.pdf", ""), ("Marta.pdf", ""), ("luces.pdf", ""),
    ],
)  # fmt: skip
def test_the_name_of_a_file_is_looked_at_as_a_draft_is(name: str, owner: str) -> None:
    expected = [("file_name", owner)] if owner else []
    assert found(kept(name), client="luz") == expected
    assert found(kept(name), client="acme") == []


def test_those_that_stop_are_said_first_and_each_once(tmp_path: Path) -> None:
    theirs = choose(written(tmp_path / "luz" / "x.pdf"))
    likes = Drawer(likes=[Like(client="luz", name="Herencia Ortega.pdf", size=None)])
    how = manner(luz=tmp_path / "luz")
    told = findings([kept("Herencia Ortega.pdf"), theirs, theirs], "acme", how, likes)
    assert [one.stops for one in told] == [True, False]


def test_without_files_nothing_is_asked() -> None:
    known = Drawer()
    assert findings([], "acme", Manner(), known) == []
    assert known.asked == [""]

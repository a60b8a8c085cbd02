"""Words that are probably misspelled are found, and ordinary ones left alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

from triage import spelling


def _marked(text: str, language: str = "es") -> list[str]:
    return [text[start:end] for start, end in spelling.unknown(text, language)]


@pytest.mark.parametrize(
    "text",
    [
        "Voy a enviártelo en cuanto lo tenga; dímelo, mándamelo o súbelo.",
        "Estoy revisándolo. ¿Podrías confirmármelo? Reenvíamelo, coméntaselo, quitémoslo.",
        "Acordaos de descargároslo. Vámonos. Hay que oírlo y reagendarla rápidamente.",
        "Habría que avisarlos; prepárame un resumen. Hazme llegar el logotipo.",
        "Si vos querés, trae el celular y la computadora. Ahorita lo checo.",
        "Programé los reels, las stories y la newsletter online.",
    ],
)
def test_ordinary_spanish_has_no_marks(text: str) -> None:
    assert _marked(text) == []


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("La fehca de la facutra, y lo recivido.", ["fehca", "facutra", "recivido"]),
        ("Estoy revisandolo; voy a enviartelo. Dímelo.", ["revisandolo", "enviartelo"]),
        ("Grasias por la reunion.", ["Grasias", "reunion"]),
        ("Hola:\n\nMañna te llamo. El presupesto", ["Mañna", "presupesto"]),
        ("avisárlos, hazmé", ["avisárlos", "hazmé"]),
    ],
)
def test_slips_in_spanish_are_found_where_they_stand(text: str, marked: list[str]) -> None:
    assert _marked(text) == marked


def test_english_is_read_in_both_spellings() -> None:
    assert (
        _marked("I've organised the colours; he's travelling to the centre’s office.", "en") == []
    )
    assert _marked("I apologize for the color. We don't fulfill the freelancer's.", "en") == []
    slips = "I recieved teh invoice untill the folowing sence. Thnaks"
    assert _marked(slips, "en") == ["recieved", "teh", "untill", "folowing", "sence", "Thnaks"]


def test_names_addresses_figures_and_quotes_are_left_alone() -> None:
    text = (
        "Habla con Zutanez Grmblfx de ACMEX, o en https://grmblfx.example/zzqx y zzqx@xx.example.\n"
        "Mira facutra_fnal.pdf, a/zzqx/b, @zzqxx, #zzqxx, {?fehca}, 3ªzzqx y «zzqx grmbl».\n"
        "> zzqx grmblfx\n"
        "Grmblfx lo sabe. iPhonz y LinkedInz también."
    )
    assert _marked(text) == []


def test_a_language_without_a_dictionary_has_no_marks() -> None:
    assert _marked("zzqx grmblfx", "fr") == []


def test_hostile_and_endless_text_is_read_quickly() -> None:
    spelling.unknown("a", "es")
    for text in (
        "zzqx " * 100_000,
        "a" * 100_000,
        "\x00\ud800\u202e" * 9_000,
        "“" * 50_000,
        "a." * 50_000,
    ):
        spelling.unknown(text, "es")


def test_no_dictionary_is_read_till_it_is_asked_for() -> None:
    code = "import sys, triage.spelling; print('simplemma' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"

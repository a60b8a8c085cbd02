"""The same drafts with other names, chosen when the guard had been written for the first ones.

They tell what it was fitted to: its first version held up 0.3 % of the honest drafts there, and
27 % here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from benchmarks.wrong_drafts import FIRST, Client, World

_NAMED: Final = {
    "acme": (
        "marea",
        "Marea Cocinas",
        "marea-cocinas.example",
        ("Pilar Ocaña", "Bruno Vila Pons", "Inés Robles"),
        ("Tienda", "Feria Habitat", "Blog"),
        "Montajes",
        "Marea taller",
    ),
    "luz": (
        "roble",
        "Roble",
        "robleabogados.example",
        ("Nerea Castro", "Aitor Mena", "Pilar Santos"),
        ("Juicios", "Herencia Campos", "Ahora"),
        "Citas",
        "Despacho Roble",
    ),
    "hoy": (
        "lunes",
        "Lunes Taller",
        "lunestaller.example",
        ("Alba Ferrer", "Raúl Pino", "María José Lara"),
        ("Bocetos", "Proyecto Zorro", "Taller"),
        "Plazos",
        "Lunes equipo",
    ),
    "nube": (
        "piedra",
        "Piedra Ingenieros",
        "piedraing.example",
        ("Óscar Leal Mora", "Clara Vidal", "Mario Reina"),
        ("Obras", "Puente Nalón", "Licencias"),
        "Visitas",
        "Piedra obra",
    ),
    "brisa": (
        "cometa",
        "Cometa Danza",
        "gmail.com",
        ("Lidia Campo", "Eva Soler", "Raúl Gómez"),
        ("TikTok", "Gala Invierno", "Grupos"),
        "Ensayos",
        "Cometa profes",
    ),
    "sol": (
        "rosal",
        "El Rosal Rural",
        "elrosal.example",
        ("Remedios Gil", "Andrés Coll", "Inés Prat"),
        ("Huéspedes", "Obra Granero", "Compras"),
        "Entradas",
        "El Rosal casa",
    ),
    "faro": (
        "tinta",
        "Tinta Libros",
        "tintalibros.example",
        ("María José Font", "Saúl Rey", "Laia Puig"),
        ("Catálogo", "Cuentos Boreales", "Prensa"),
        "Firmas",
        "Tinta club",
    ),
    "bloom": (
        "ember",
        "Ember",
        "embercandles.example",
        ("Zoe Marlow", "Caleb Stone", "Anita Rao"),
        ("Growth", "Cedar Candle", "Stores"),
        "Sessions",
        "Ember lab",
    ),
    "harbor": (
        "willow",
        "Willow Law",
        "willowlaw.example",
        ("Judith Payne", "Owen Clarke", "Caleb Ortega"),
        ("Files", "Hammond Trial", "Payments"),
        "Courts",
        "Willow desk",
    ),
    "apple": (
        "honey",
        "Wild Honey Bakery",
        "wildhoney.example",
        ("Ruby Lane", "Joaquín Soto", "Zoe Adeyemi"),
        ("Recipes", "Orchard Party", "Deliveries"),
        "Bakes",
        "Night bakers",
    ),
    "northwind": (
        "summit",
        "Summit Freight",
        "summitfreight.example",
        ("Lars Holm", "Gemma Tate", "Anita Bose"),
        ("Loads", "Antwerp Yard", "Claims"),
        "Routes",
        "Summit ops",
    ),
    "may": (
        "april",
        "April & Rose Weddings",
        "gmail.com",
        ("Rose Calder", "Fiona Beck", "Owen Ramos"),
        ("Tomorrow", "Villa Serena", "Tables"),
        "Fittings",
        "April crew",
    ),
}

_EVERYDAY: Final = {
    "es": (
        "Sube la marea a las ocho, cuidado con las fotos.",
        "La mesa es de roble.",
        "El lunes te lo paso.",
        "Lunes y martes estoy fuera.",
        "Es de piedra natural.",
        "He visto una cometa en la playa.",
        "Falta tinta en la impresora.",
        "El rosal del jardín ya tiene flores.",
        "Ahora mismo lo subo.",
        "La tienda abre a las diez.",
        "Blog: listo. Tienda: a medias.",
        "Hay obras en mi calle y mucho ruido.",
        "Subo el vídeo a TikTok esta tarde.",
        "Faltan las licencias de las fotos.",
        "Los grupos de la tarde ya están.",
        "Pon el catálogo en la web.",
        "AHORA NO PUEDO, LO SIENTO.",
        "La prensa lo saca mañana.",
    ),
    "en": (
        "There is not an ember left of that idea.",
        "The willow in the picture is too dark.",
        "I will be back in April.",
        "April suits me, too.",
        "The honey jars look lovely.",
        "We are close to the summit of it.",
        "Growth was slow this month.",
        "Files: done. Payments: half way.",
        "Send me the files when you can.",
        "Tomorrow I finish the rest.",
        "Not tomorrow, I am afraid.",
        "All the claims are counted.",
        "The recipes need better photos.",
        "I have two tables to fill in.",
        "The stores close at nine.",
        "TOMORROW AT THE LATEST, PLEASE.",
        "The rose is my favourite.",
        "A rose, three tulips and a fern.",
    ),
}


def _named(one: Client) -> Client:
    slug, name, domain, people, boards, calendar, room = _NAMED[one.slug]
    return replace(
        one, slug=slug, name=name, domain=domain, people=people, boards=boards,
        calendar=calendar, room=room,
    )  # fmt: skip


SECOND: Final = World(tuple(map(_named, FIRST.clients)), _EVERYDAY)

"""Made-up clients, what was said with them, and drafts for them: honest ones and wrong ones.

Written before the guard, and not changed for it. Names of clients and boards are everyday words
as often as not, first names are shared, the VA closes all her mails alike, and one draft in six is
written without capitals. Everything is drawn from a seed.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

SEED: Final = 2026


@dataclass(frozen=True, slots=True)
class Client:
    """A customer, and all that is theirs."""

    slug: str
    name: str
    language: str
    domain: str
    people: tuple[str, ...]
    boards: tuple[str, ...]
    calendar: str
    room: str
    things: tuple[str, ...]
    """What their work is about."""

    def address(self, person: str) -> str:
        """Give somebody's address."""
        first, *_, last = plain(person).split()
        if self.domain == "gmail.com":
            return f"{first}.{last}.{self.slug}@gmail.com"
        return f"{first}@{self.domain}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A text, and the client in whose item it stands."""

    into: Client
    text: str
    of: Client | None = None
    """Whom it was written for; None: for the one in whose item it stands."""

    kind: str = ""
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """Clients, and sentences of everyday words that some of their names are."""

    clients: tuple[Client, ...]
    everyday: Mapping[str, Sequence[str]]


def plain(text: str) -> str:
    """Spell it without accents and capitals, as in an address."""
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in apart if not unicodedata.combining(char))


_CLIENTS: Final = (
    Client("acme", "ACME Floristería", "es", "acme-flores.example",
           ("Marta Ruiz", "Jorge Lillo Peña", "Carmen Ibáñez"),
           ("Web", "Campaña San Valentín", "Redes sociales"), "Reparto", "ACME pedidos",
           ("los ramos de peonías", "el catálogo de orquídeas", "las coronas de adviento")),
    Client("luz", "Luz", "es", "luzabogados.example",
           ("Elena Prado", "Iñigo Zabala", "Marta Sanchís"),
           ("Expedientes", "Renta 2026", "Hoy"), "Vistas", "Despacho Luz",
           ("la demanda de Ortega", "el poder notarial", "la minuta del pleito")),
    Client("hoy", "Hoy Estudio", "es", "hoyestudio.example",
           ("Rosa Tejedor", "Luis Cano", "Ana Belén Soto"),
           ("Portadas", "Proyecto Lince", "Imprenta"), "Entregas", "Hoy equipo",
           ("la maqueta del folleto", "las pruebas de color", "el cartel del festival")),
    Client("nube", "Nube Consultores", "es", "nubeconsultores.example",
           ("Iván Díaz Oria", "Teresa Quiroga", "Pablo Arce"),
           ("Informes", "Migración Vega", "Clientes"), "Auditorías", "Nube soporte",
           ("el informe de riesgos", "la migración del servidor", "el cuadro de licencias")),
    Client("brisa", "Brisa Yoga", "es", "gmail.com",
           ("Sofía Martín", "Olga Peris", "Luis Gómez"),
           ("Instagram", "Retiro Pirineos", "Horarios"), "Clases", "Brisa profes",
           ("las esterillas de corcho", "el retiro de octubre", "los bonos de diez clases")),
    Client("sol", "Sol y Mar Apartamentos", "es", "solymar.example",
           ("Amparo Giner", "Vicente Roig", "Carmen Lluch"),
           ("Reservas", "Reforma Ático", "Limpieza"), "Llegadas", "Sol y Mar recepción",
           ("las llaves del ático", "la reserva de los Müller", "el inventario de sábanas")),
    Client("faro", "Faro Ediciones", "es", "faroediciones.example",
           ("Ana Belén Fernández", "Hugo Salas", "Nuria Bosch"),
           ("Novedades", "Antología Nórdica", "Derechos"), "Ferias", "Faro lectores",
           ("las galeradas de la novela", "el contrato del traductor", "la faja del libro")),
    Client("bloom", "Bloom", "en", "bloomskincare.example",
           ("Grace Whitfield", "Daniel Osei", "Priya Nair"),
           ("Launch", "Rosehip Serum", "Retail"), "Shoots", "Bloom studio",
           ("the rosehip labels", "the influencer parcels", "the spring palette")),
    Client("harbor", "Harbor Legal", "en", "harborlegal.example",
           ("Meredith Cole", "Samuel Banks", "Daniel Reyes"),
           ("Cases", "Whitaker Appeal", "Billing"), "Hearings", "Harbor clerks",
           ("the Whitaker deposition", "the retainer letters", "the exhibit binders")),
    Client("apple", "Green Apple Catering", "en", "greenapplecatering.example",
           ("Olivia Hart", "Tomás Rincón", "Grace Okafor"),
           ("Menus", "Lakeside Wedding", "Suppliers"), "Tastings", "Kitchen crew",
           ("the canapé list", "the lakeside marquee", "the oyster supplier")),
    Client("northwind", "Northwind Traders", "en", "northwind.example",
           ("Stefan Kruger", "Helen Moss", "Priya Raman"),
           ("Shipments", "Rotterdam Depot", "Invoices"), "Sailings", "Northwind ops",
           ("the Rotterdam containers", "the customs broker", "the pallet counts")),
    Client("may", "May & June Events", "en", "gmail.com",
           ("June Abbott", "Karen Liddell", "Samuel Ortiz"),
           ("Today", "Gala Monteverde", "Vendors"), "Rehearsals", "May crew",
           ("the string quartet", "the seating chart", "the gala auction")),
)  # fmt: skip

# What clients and she have said. `{thing}`, `{board}`, `{who}` are this client's own.
SAID: Final = {
    "es": (
        "Hola, Lola: ¿puedes revisar {thing} antes del jueves por la tarde?",
        "Al final hemos decidido cambiar {thing} porque el proveedor nos ha fallado otra vez.",
        "Te adjunto la última versión con las correcciones que hizo {who} sobre {thing}.",
        "En {board} está todo lo que falta, mira sobre todo las tres primeras tareas.",
        "Nos corre prisa cerrar {thing}, el lunes viene la inspección y hay que tenerlo firmado.",
        "{who} dice que el presupuesto de {thing} se ha quedado corto en unos doscientos euros.",
        "Acuérdate de avisar a {who} cuando tengas lista la parte de {thing}.",
        "He dejado en {board} las fotos nuevas y el texto definitivo, a ver qué te parece.",
    ),
    "en": (
        "Hi Lola, could you look over {thing} before Thursday afternoon?",
        "We finally decided to change {thing} because the supplier let us down once more.",
        "Attached is the latest version with the corrections {who} made to {thing}.",
        "Everything that is missing sits in {board}, look at the first three tasks above all.",
        "We are in a hurry to close {thing}, the inspection comes on Monday and wants signatures.",
        "{who} says the estimate for {thing} fell short by about two hundred dollars.",
        "Remember to tell {who} once your part of {thing} is ready to go out.",
        "I left the new photos and the final copy in {board}, tell me what you make of them.",
    ),
}
HERS: Final = {
    "es": (
        "Perfecto, me pongo con ello hoy mismo y te cuento.",
        "Quedo a la espera de tu confirmación para seguir adelante.",
        "Cualquier cosa que necesites, ya sabes dónde estoy. Un saludo, Lola",
        "Te lo mando en cuanto lo tenga terminado, como muy tarde el viernes.",
    ),
    "en": (
        "Perfect, I will get on with it today and let you know.",
        "I look forward to your confirmation so that I can go ahead.",
        "If there is anything else you need, you know where to find me. Best, Lola",
        "I will send it to you as soon as it is finished, by Friday at the latest.",
    ),
}

# What honest drafts are made of, beside the names of the client they are for.
HONEST: Final = {
    "es": (
        "Ya está revisado {thing}; he marcado dos dudas en amarillo.",
        "¿Me pasas el archivo en buena calidad? El que tengo se ve borroso.",
        "He movido la tarea en {board} y he avisado a {who}.",
        "Sobre {thing}, me falta saber para qué fecha lo quieres.",
        "Mañana por la mañana tengo un hueco a las diez, ¿te va bien?",
        "He hablado con la imprenta y dicen que tardan cuatro días.",
        "Te mando la factura de este mes; son once horas en total.",
        "He corregido los enlaces rotos y ya carga bien en el móvil.",
        "El enlace para la llamada es https://zoom.us/j/5512345678",
        "Lo tienes en https://drive.google.com/file/d/abc123/view",
        "No he podido abrir el documento, ¿me das permiso?",
        "Si te parece, lo dejamos para la semana que viene.",
        "{who} me ha pedido lo mismo, así que lo hago una sola vez para los dos.",
        "¿Lo apruebas tú o tengo que preguntar a {who}?",
        "Acabo de apuntarlo en {calendar} para que no se nos pase.",
    ),
    "en": (
        "I have gone through {thing}; two questions are marked in yellow.",
        "Could you send me the file in a better quality? Mine looks blurred.",
        "I moved the task in {board} and told {who}.",
        "As for {thing}, I still need to know by when you want it.",
        "I am free tomorrow morning at ten, would that suit you?",
        "I spoke to the printers and they need four days.",
        "Here is my invoice for this month; eleven hours in all.",
        "I mended the broken links, and it loads well on a phone now.",
        "The link for the call is https://zoom.us/j/5512345678",
        "You will find it at https://drive.google.com/file/d/abc123/view",
        "I could not open the document, can you give me access?",
        "If you agree, let us leave it for next week.",
        "{who} asked me for the same, so I will do it once for both of you.",
        "Do you approve it, or should I ask {who}?",
        "I have just put it into {calendar} so that we do not forget.",
    ),
}
_EVERYDAY: Final = {
    "es": (
        "Hoy te lo envío sin falta.",
        "Hoy no llego, mañana sí.",
        "Luz verde por mi parte.",
        "Se fue la luz toda la mañana y voy con retraso.",
        "Lo he subido a la nube.",
        "Queda pendiente la web y poco más.",
        "Web: lista. Redes: a medias.",
        "Los clientes lo verán el lunes.",
        "Con este sol cuesta trabajar.",
        "Está todo en la carpeta de informes.",
        "Faltan las reservas de agosto.",
        "A ver si entra algo de brisa, qué calor.",
        "Nos vemos junto al faro a las cinco.",
        "Sol y mar no nos van a faltar en las fotos.",
        "Subo los horarios a Instagram esta tarde.",
        "La imprenta abre a las nueve.",
        "La limpieza del listado me llevó dos horas.",
        "Nube de palabras incluida en la última página.",
        "HOY ES EL ÚLTIMO DÍA, POR FAVOR.",
        "He comparado las novedades con las del año pasado.",
    ),
    "en": (
        "May I send it on Monday?",
        "It may take until June.",
        "I will be away from 3 May on.",
        "The roses are in full bloom in the photos.",
        "Today I finish the rest.",
        "Not today, I am afraid; tomorrow.",
        "The green apple in the picture is too bright.",
        "We meet at the harbor at five.",
        "The launch is still planned for Tuesday.",
        "Invoices: done. Menus: half way.",
        "Send me the invoices when you can.",
        "All the cases are counted.",
        "It is in the cloud now.",
        "IT HAS TO BE TODAY, PLEASE.",
        "The apple fell close to the tree, as they say.",
        "Billing is closed for this month.",
        "Our vendors want it by Friday.",
        "The house looks lovely in that light.",
        "See you in May, then.",
        "I read it on my Apple phone.",
    ),
}
THIRD: Final = {
    "es": (
        "He hablado con Marta, de la imprenta, y lo tiene el martes.",
        "Me ha llamado un tal Sergio Olmos preguntando por esto.",
        "Luis, el mensajero, pasa a recogerlo a las doce.",
        "Lo lleva ahora Beatriz Colom, de la gestoría.",
    ),
    "en": (
        "I spoke to Helen at the printers, she has it on Tuesday.",
        "Somebody called Victor Lang rang me about this.",
        "Samuel, the courier, comes for it at noon.",
        "It is with Beatrice Colman at the accountants now.",
    ),
}
GREETINGS: Final = {
    "es": ("Hola, {first}:\n\n", "Hola {first},\n", "Buenos días, {first}.\n\n",
           "{first}, buenas tardes:\n\n", "Querida {first}:\n\n", ""),
    "en": ("Hi {first},\n\n", "Hello {first},\n", "Good morning, {first}.\n\n",
           "Dear {first},\n\n", "{first} - ", ""),
}  # fmt: skip
CLOSINGS: Final = {
    "es": ("\n\nUn saludo,\nLola", "\n\nUn abrazo,\nLola", "\n¡Gracias!", ""),
    "en": ("\n\nBest,\nLola", "\n\nKind regards,\nLola", "\nThanks!", ""),
}

# What is said of a client's own things in a draft that lands at another's.
ABOUT: Final = {
    "es": {
        "project": ("He dejado los textos nuevos en {board}.", "En {board} ya no queda nada.",
                    "¿Cerramos {board} esta semana?", "Te he ordenado el tablero {board}.",
                    "Lo apunto en el calendario {calendar} y aviso en {room}."),
        "name": ("Adjunto el resumen de {name} de este mes.", "Ya está la propuesta para {name}.",
                 "Te paso lo que me pidió {name}."),
        "domain": ("Los textos están ya en https://www.{domain}/nuevo",
                   "Escríbeles a info@{domain} y lo arreglan.",
                   "He cambiado la contraseña de {domain}."),
        "address": ("Pon en copia a {address}, por favor.", "Lo he mandado a {address}."),
        "person": ("{who} ya me ha dado el visto bueno.", "Lo he cerrado todo con {who}."),
    },
    "en": {
        "project": ("I left the new copy in {board}.", "There is nothing left in {board}.",
                    "Shall we close {board} this week?", "I tidied up the board {board} for you.",
                    "I will note it in the calendar {calendar} and tell {room}."),
        "name": ("Attached is the summary of {name} for this month.",
                 "The proposal for {name} is ready.", "Here is what {name} asked me for."),
        "domain": ("The copy is up at https://www.{domain}/new",
                   "Write to info@{domain} and they will mend it.",
                   "I changed the password of {domain}."),
        "address": ("Put {address} in copy, please.", "I sent it to {address}."),
        "person": ("{who} has given me the go-ahead.", "I settled all of it with {who}."),
    },
}  # fmt: skip
NEUTRAL: Final = {
    "es": ("Te lo mando revisado.", "Dime si lo ves bien.", "Con esto queda cerrado.",
           "Me faltaba solo esto.", "Avísame cuando lo tengas."),
    "en": ("Here it is, checked.", "Tell me if it looks right.", "That closes it.",
           "This was all I was missing.", "Let me know once you have it."),
}  # fmt: skip
KINDS: Final = ("greeting", "person", "project", "name", "domain", "address", "copied", "recipient")


FIRST: Final = World(_CLIENTS, _EVERYDAY)


def said(client: Client, dice: random.Random) -> Iterator[tuple[str, str]]:
    """Give what was said with a client: who said it ("" is she) and what."""
    for sentence in SAID[client.language]:
        for thing in client.things:
            who, other = dice.sample(client.people, 2)
            board = dice.choice(client.boards)
            yield who, sentence.format(thing=thing, board=board, who=other.split()[0])
    for sentence in dice.sample(HERS[client.language], 3):
        yield "", sentence


def honest(count: int, world: World, seed: int = SEED) -> Iterator[Draft]:
    """Draft for the client in whose item it stands."""
    dice = random.Random(seed + 1)
    for number in range(count):
        client = world.clients[number % len(world.clients)]
        language = client.language
        told = [text for _, text in said(client, random.Random(SEED))]
        pool = [*HONEST[language], *HERS[language]]
        parts = dice.sample(pool, dice.randint(1, 3))
        if dice.random() < 0.5:
            parts.insert(dice.randrange(len(parts) + 1), dice.choice(world.everyday[language]))
        if dice.random() < 0.05:
            parts.append(dice.choice(THIRD[language]))
        if dice.random() < 0.1:
            parts.append(dice.choice(told))
        who = dice.choice(client.people)
        text = whole(client, parts, who, dice)
        to = (client.address(who),) if dice.random() < 0.5 else ()
        yield Draft(into=client, text=careless(text, dice), recipients=to, kind="honest")


def wrong(count: int, world: World, seed: int = SEED) -> Iterator[Draft]:
    """Draft for one client, in an item of another's.

    By one thing at least it can be told whose it is: a first name, a board or a sentence that both
    have would tell nobody, so those are not drawn for that one thing.
    """
    dice = random.Random(seed + 2)
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        of, into = dice.sample(world.clients, 2)
        language = of.language
        known = {word for person in into.people for word in person.split()}
        people = [one for one in of.people if one.split()[0] not in known]
        boards = [one for one in of.boards if one not in into.boards]
        who = dice.choice(people or of.people)
        if kind in {"greeting", "person"} and not people:
            kind = "project"
        parts = [dice.choice(NEUTRAL[language])]
        fill = {
            "board": dice.choice(boards), "calendar": of.calendar, "room": of.room,
            "name": of.name, "domain": of.domain, "address": of.address(who), "who": who,
        }  # fmt: skip
        if kind == "domain" and of.domain == "gmail.com":
            kind = "address"
        if kind in ABOUT[language]:
            parts.append(dice.choice(ABOUT[language][kind]).format(**fill))
        if kind == "copied":
            told = [text for by, text in said(of, random.Random(SEED)) if by]
            parts.append(dice.choice(told))
        if dice.random() < 0.3:
            more = dice.choice(["project", "name", "person"])
            parts.append(dice.choice(ABOUT[language][more]).format(**fill))
        dice.shuffle(parts)
        text = whole(of, parts, who, dice, greet=kind == "greeting")
        to = (of.address(who),) if kind == "recipient" else ()
        yield Draft(into=into, of=of, kind=kind, text=careless(text, dice), recipients=to)


def whole(
    client: Client, parts: list[str], who: str, dice: random.Random, *, greet: bool | None = None
) -> str:
    """Put sentences together, with a greeting and a closing."""
    greetings = GREETINGS[client.language]
    greeting = dice.choice(greetings[:-1] if greet else greetings)
    if greet is False:
        greeting = ""
    filled = [
        part.format(
            thing=dice.choice(client.things), board=dice.choice(client.boards),
            who=dice.choice(client.people).split()[0], calendar=client.calendar,
        )
        for part in parts
    ]  # fmt: skip
    body = dice.choice([" ", "\n", "\n\n"]).join(filled)
    first = who.split(maxsplit=1)[0]
    return greeting.format(first=first) + body + dice.choice(CLOSINGS[client.language])


def careless(text: str, dice: random.Random) -> str:
    """Write one in six as in a chat: no capitals, no accents."""
    return plain(text) if dice.random() < 1 / 6 else text

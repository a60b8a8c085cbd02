"""Honest drafts of other kinds: of one word, long ones, with months, cities, brands, streets and
people who are nobody's client.

In two halves. The guard was mended while the first was looked at; the second was written at the
same time, and only measured.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from benchmarks.wrong_drafts import SEED, Draft, World, careless, whole

Bank = Mapping[str, Sequence[str]]

LOOKED_AT: Final[Bank] = {
    "es": (
        "Ok.", "Hecho.", "Perfecto, gracias.", "👍", "Recibido, lo miro luego.", "Sí, adelante.",
        "El vuelo a Lisboa sale el 3 de mayo a las siete y cuarto.",
        "He reservado el AVE a Sevilla para el jueves, vuelta el domingo.",
        "La reunión pasa del lunes al martes; os llega la invitación de Google Calendar.",
        "He comprado el dominio en Namecheap y lo he apuntado a Cloudflare.",
        "Subí los vídeos a YouTube y a Vimeo, y las historias a Instagram.",
        "En junio y julio la oficina de Correos cierra a las dos.",
        "La gestora, Pilar, dice que el modelo 303 se presenta antes del 20 de abril.",
        "Me ha escrito Marcos, de Endesa, por lo del contador.",
        "El mensajero de Seur deja el paquete en la calle Mayor, 14.",
        "Nos vemos en el bar Luna, en la plaza del Carmen, a las nueve.",
        "Feliz lunes. Hoy toca repaso: lo de ayer está cerrado y lo de mañana, empezado.",
        "Te he dejado tres opciones de hotel en Valencia: dos cerca del mar y una en el centro.",
        "El banco pide el DNI en vigor; con el pasaporte no les vale.",
        "He pasado el Excel a Google Sheets para que lo veáis los dos a la vez.",
        "La impresora Canon no reconoce el papel; mañana traen la HP.",
        "Hay luna llena el viernes, por si quieres las fotos de noche.",
        "Según la ley de protección de datos, el formulario necesita una casilla más.",
        "El presupuesto de Vistaprint son 84 euros con envío; el de la imprenta, 112.",
        "Pide a Amazon que cambien la dirección de envío a Paseo de Gracia, 20.",
        "Queda pendiente: 1) logo en blanco, 2) textos legales, 3) fotos del equipo.",
        "He quitado a Sara de la lista porque se dio de baja.",
        "¿Prefieres Zoom, Meet o Teams? A mí me da igual.",
        "Como dice el refrán: al mal tiempo, buena cara.",
        "Ha salido el sol, así que las fotos del jueves van adelante.",
        "Por cierto, en Navidad cierro del 24 de diciembre al 6 de enero.",
        "Ojo: el IVA de Portugal es el 23 %, no el 21.",
        "La canción que pediste es «Brisa», de Mecano; hay que pagar derechos.",
        "He visto la web de la competencia, muy verde y con mucho texto.",
        "La nueva becaria se llama Elena y empieza en septiembre.",
        "Don Manuel quiere la factura en papel.",
        "¿Te va bien que lo deje para después de Semana Santa?",
        "Copio lo que pone en su web: «abierto de martes a domingo, lunes cerrado».",
    ),
    "en": (
        "Ok.", "Done.", "Perfect, thanks.", "👍", "Got it, will look later.", "Yes, go ahead.",
        "The flight to Lisbon leaves on May 3rd at a quarter past seven.",
        "I booked the train to Boston for Thursday, back on Sunday.",
        "The call moves from Monday to Tuesday; Google Calendar will invite you.",
        "I bought the domain at Namecheap and pointed it to Cloudflare.",
        "The videos are on YouTube and Vimeo, the stories on Instagram.",
        "The post office closes at two in June and July.",
        "Our accountant, Diane, says the form is due before April 15.",
        "Mark from the power company wrote about the meter.",
        "The FedEx driver leaves the parcel at 14 Rose Street.",
        "Let us meet at the Moon Bar on Harbor Road at nine.",
        "Happy Monday. Yesterday's list is closed, tomorrow's is under way.",
        "Here are three hotels in Chicago: two near the lake, one downtown.",
        "The bank wants a valid passport; a driver's licence will not do.",
        "I moved the Excel sheet to Google Sheets so you can both see it.",
        "The Canon printer is jammed; the HP comes tomorrow.",
        "There is a full moon on Friday, if you want the night shots.",
        "By law the form needs one more box to tick.",
        "Vistaprint asks $84 with shipping, the local printer $112.",
        "Ask Amazon to change the address to 20 Park Avenue.",
        "Still open: 1) white logo, 2) legal copy, 3) team photos.",
        "I took Sarah off the list since she unsubscribed.",
        "Zoom, Meet or Teams? Any of them works for me.",
        "As they say, no news is good news.",
        "The sun is out, so Thursday's shoot goes ahead.",
        "By the way, I am closed from December 24 to January 6.",
        "Mind that VAT in Portugal is 23 %, not 21.",
        'The song you asked for is "Northern Star"; we have to pay for it.',
        "I saw the competitor's site: very green and a lot of text.",
        "The new intern is called Emma and starts in September.",
        "Mr. Collins wants the invoice on paper.",
        "Could I leave it till after Easter?",
        'Their site says: "open Tuesday to Sunday, closed on Mondays".',
    ),
}  # fmt: skip
ONLY_MEASURED: Final[Bank] = {
    "es": (
        "Vale.", "Listo.", "Gracias a ti.", "¡Genial!", "Lo veo y te digo.", "No, de momento no.",
        "El congreso es en Bilbao del 12 al 14 de marzo; el hotel ya está pagado.",
        "He cambiado la cita del dentista al miércoles 8 a las cinco.",
        "Renfe devuelve el importe en diez días laborables.",
        "Canva no deja bajar el PDF con sangrado; lo hago con Illustrator.",
        "El anuncio de Facebook lleva 300 clics y 12 euros gastados.",
        "En agosto está cerrado el registro, así que mejor antes.",
        "Laura, la de recursos humanos, pide las nóminas de enero y febrero.",
        "Ha llamado un señor de Iberdrola, vuelve a llamar mañana.",
        "La furgoneta de MRW no encontró la calle Rosal; han quedado en volver.",
        "Os espero el sábado en la terraza del hotel Faro, junto al puerto.",
        "Buen fin de semana; el lunes por la mañana retomo lo que falta.",
        "En Oporto llueve toda la semana, según la previsión.",
        "Hacienda ha mandado una notificación; la abro con el certificado digital.",
        "Te he compartido la carpeta de Dropbox con permiso de edición.",
        "El móvil nuevo es un Samsung; el Apple se queda de reserva.",
        "Hubo un corte de luz y se perdió lo último que escribí.",
        "Falta la firma en la segunda hoja del contrato de alquiler.",
        "El pedido de Ikea llega entre las nueve y las dos.",
        "He pedido presupuesto a tres fotógrafos: Andrés, Julia y un tal Pons.",
        "Resumen: dos cosas hechas, una a medias y otra que no depende de mí.",
        "Tu madre ha llamado al fijo; dice que la llames tú.",
        "Skype ya no funciona; uso WhatsApp o el teléfono.",
        "A veces lo barato sale caro, tú decides.",
        "Hace mucho viento, las mesas de fuera no se pueden montar.",
        "Los festivos de este año: 12 de octubre, 1 de noviembre y 6, 8 y 25 de diciembre.",
        "El dólar está a 0,92; la factura sube un poco.",
        "El libro que buscas es «La casa de los espíritus», de Isabel Allende.",
        "La foto de la nube sobre el campo queda mejor en la portada.",
        "La sustituta de Marta en el banco se llama Nieves.",
        "Doña Carmen, la vecina, guarda la llave del portal.",
        "Si no te importa, lo entrego el martes después del puente de mayo.",
        "En el cartel pone: «prohibido aparcar de ocho a dos, excepto carga y descarga».",
    ),
    "en": (
        "Sure.", "Ready.", "Thank you too.", "Great!", "Let me see and tell you.", "No, not yet.",
        "The conference is in Denver from March 12 to 14; the hotel is paid.",
        "I moved the dentist to Wednesday the 8th at five.",
        "Amtrak refunds it within ten working days.",
        "Canva will not export the bleed; I will do it in Illustrator.",
        "The Facebook ad has 300 clicks and cost twelve dollars.",
        "The registry is closed in August, so sooner is better.",
        "Laura in HR asks for the payslips of January and February.",
        "Somebody from Verizon rang, he will ring again tomorrow.",
        "The UPS van could not find Willow Lane; they will come back.",
        "I will wait for you on Saturday at the Summit Hotel, by the lake.",
        "Have a good weekend; on Monday morning I pick up what is left.",
        "It rains all week in Porto, says the forecast.",
        "The IRS sent a notice; I will open it with your login.",
        "I shared the Dropbox folder with you, with leave to edit.",
        "The new phone is a Samsung; the Apple one stays as a spare.",
        "The power went out and my last lines are lost.",
        "The second page of the lease still needs a signature.",
        "The Ikea order comes between nine and two.",
        "I asked three photographers for a price: Andrew, Julia and one Pons.",
        "In short: two things done, one half way, one out of my hands.",
        "Your mother rang the office; she wants you to call her.",
        "Skype is gone; use WhatsApp or the phone.",
        "Cheap can turn out dear, you decide.",
        "It is very windy, the tables outside cannot be set up.",
        "Holidays this year: July 4, Labor Day, Thanksgiving and December 25.",
        "The dollar is at 0.92; the invoice goes up a little.",
        'The book you are looking for is "The Honey Bus" by Meredith May.',
        "The picture of the cloud over the field works better on the cover.",
        "The woman who stands in for Helen at the bank is called Joy.",
        "Mrs. Cole next door keeps the key to the gate.",
        "If you do not mind, I will deliver on Tuesday, after the May holiday.",
        'The sign says: "no parking from eight to two, except for loading".',
    ),
}  # fmt: skip


def others(count: int, bank: Bank, world: World, seed: int = SEED) -> Iterator[Draft]:
    """Draft from a bank for the client in whose item it stands: one to eight sentences."""
    dice = random.Random(seed + 3)
    for number in range(count):
        client = world.clients[number % len(world.clients)]
        parts = dice.sample(bank[client.language], dice.choice((1, 1, 2, 3, 5, 8)))
        who = dice.choice(client.people)
        to = (client.address(who),) if dice.random() < 0.5 else ()
        text = careless(whole(client, parts, who, dice), dice)
        yield Draft(into=client, text=text, recipients=to, kind="honest")

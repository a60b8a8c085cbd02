"""Words that everybody uses, in Spanish and English: alone and in small letters, they name nobody.

Folded, as `normalizer.text.fold` spells. It is a start: what is said with other clients too counts
as everyday besides (`triage.guard`), so the list need not be whole.
"""

from __future__ import annotations

from typing import Final

_SPANISH: Final = """
a abajo abierto abrazo abrir abril acabar acceso aceptar acerca adelante ademas adjuntar adjunto
agosto agua ahi ahora aire al alguien algun alguna algunas alguno algunos alli alto amable ambos
amigo amor anterior antes año años apartado aparte aprobar aqui archivo archivos arriba arte asi
aun aunque aviso ayer ayuda ayudar azul bajo banco bien blanco boda bonito bosque brisa buen buena
buenas bueno buenos buscar cada calendario calidad calle calor cambiar cambio cambios camino
campaña campo canal cara carpeta carta cartel casa casas casi caso catalogo centro cerca cerrar
cielo cierto ciudad claro clase clases cliente clientes coche color comida como compra comprar con
confirmar confirmacion conmigo contacto contar contenido contigo contra contrato control copia
correo cosa cosas cual cualquier cuando cuanto cuatro cuenta cuentas cuerpo cuidado curso dar datos
de debajo decir deja dejar del demas dentro derecho derechos desde despues detalle dia dias
diciembre dice dime dinero direccion diseño documento documentos donde dos dudas duda durante e
edicion ejemplo el ella ellas ello ellos empezar empresa en enero encima encuentro enlace entonces
entrega entregas entrada entre enviar envio equipo era eres es esa esas ese eso esos espacio espera
esperar esta estaba estado estamos estan estar estas este esto estos estoy estrella estudio etapa
euros evento eventos expediente expedientes facil factura facturas falta faltan familia faro
febrero fecha feliz feria ferias fiesta fin final finca flor flores foto fotos fuego fuera fuerte
fue gente gestion gracias gran grande gris grupo guia gusto ha haber habia hablado hablar hace
hacer hacia han has hasta hay he hecho hemos hijo hijos hilo historia hola hogar hoja hora horario
horarios horas hotel hoy huerta idea ideas igual imagen imagenes imprenta informacion informe
informes inicio instagram ir isla jardin jueves jugar julio junio junto juntos la lado lago largo
las le leer leido lejos les libre libro libros limpieza linea lista listado listo llamada llamar
llegada llegadas llegar llevar lo local los luego lugar luna lunes luz madre mal mandar mande mando
mano manos mañana mañanas mapa mar marca marcas marketing martes marzo mas material mayo me media
mejor memoria menos mensaje mercado mes mesa meses mi mia mientras miercoles mil minuto mio mirar
mis misma mismo mitad modelo momento monte movil mucha muchas mucho muchos mujer mundo musica muy
nada nadie natural ni ningun ninguna niño niños no noche nombre norte nos nosotros nota notas
noticias novedades noviembre nube nuestra nuestro nueva nuevas nuevo nuevos numero nunca o obra
obras ocho octubre oferta oficina ojo otra otras otro otros padre pagar pagina paginas pago pagos
pais palabra papel para parece parte partes paz pedido pedidos pedir pena pendiente pequeño perdon
perfecto pero persona personal personas plan planes plano planta playa plaza plazo poco poder por
porque portada portadas posible precio pregunta preguntas primavera primer primera primero problema
programa pronto propuesta proximo proyecto proyectos prueba pruebas publicar puede puedes puedo
puente puerta puerto pues punto que quedar queda quedo querida querido queridos quien quiere
quieres quiero raiz rama rato razon recibir recuerda redes reforma reparto reserva reservas
respuesta resto resumen reunion reuniones revisar rio rojo rosa ropa saber sabado sala salir saludo
saludos se sea seguir segun segundo seis semana semanas sencillo senda señor señora septiembre ser
servicio si siempre siete siguiente sin sitio sobre social sociales sol sola solo solucion somos
son soy su subir sur sus tal tambien tampoco tan tanto tarde tardes tarea tareas te tema temas
tener tengo terminado terraza tiempo tienda tiene tienes tierra tipo toda todas todavia todo todos
tomar trabajo traer tres tu tus tuya tuyo u ultima ultimas ultimo ultimos un una unas uno unos usar
usted va valle vale vamos van varios vemos ven venta ventas ver verano verde verdad version vez
vida video videos viaje viajes viento viernes vino vista vistas vivir volver voy web y ya yo zona
"""

_ENGLISH: Final = """
able about above access account accounts across after again against ago agree all almost along
already also always am among an and another answer any anyone anything apple april are area around
art as ask asked at attached august autumn available away back bank bay be beach because bed been
before began behind being below best better between big bill billing bit black bloom blue board
book books both bright bring budget build business but buy by calendar call calls came campaign can
card care case cases centre center chance change changes check city class classes clean clear
clients client close cloud coast code coffee cold colour color come coming company contact content
contract copy corner could country course cover crew current daily date day days deal dear december
design detail details did do document does done door down draft drive due during each early earth
east easy eat edge email end english enough event events ever every everything example face family
far farm fast february feel few field file files find fine fire first five flow flower flowers
folder food for form forest four free fresh friday friend friends from front full game garden gave
get give glad go going gold good got grand great green grey ground group grow guide had half hall
hand happy harbor harbour hard has have he hear heart hello help her here hi high hill him his hold
holiday home hope hot hotel hour hours house how i idea ideas if image images important in
information into invoice invoices is island it its january job july june just keep kind kitchen
know lake land large last late later launch law leaf learn leave left legal less let letter letters
life light like line link links list little live local long look looking lot love low made mail
main make man many march mark market marketing may maybe me meadow mean media meet meeting menu
menus message met might mind mine minute missing monday money month months moon more morning most
mountain move much music must my name near need needs never new news next nice night nine no none
north not note notes nothing november now number october of off offer office often ok old on once
one only open or orange orders order other our out over own page pages paper park part parts party
past people perfect person phone photo photos picture place plan plans plant please point post
price prices problem product products project projects proposal public put quality question
questions quick quite read ready real really red regards remember report reports rest retail right
river road room rose roses round run said sale sales same saturday say school sea second see send
sent september service services set seven several shall share she ship shop short should show side
sign since site six sky small so social some someone something song soon sorry south space spring
star start stay step still stone stop store story street studio style such suite sum summer sun
sunday supplier suppliers support sure table take talk task tasks team tell ten text than thank
thanks that the their them then there these they thing things think third this those though three
through thursday time times to today together told tomorrow tonight too top town trade traders
travel tree trees trip true try tuesday turn two under until up update us use valley vendors
version very view wait want was water way we web website wednesday week weeks well went were west
what when where which while white who whole why will wind window winter wish with within without
wood word words work world would write yard year years yellow yes yesterday yet you young your
yours
"""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


EVERYDAY: Final = _set(_SPANISH.replace("ñ", "n")) | _set(_ENGLISH)

BEFORE_NAMES: Final = _set(
    "agenda board cal calendar calendario carpeta chat folder grupo group lista proyecto project"
    " room sala tablero workspace"
)
"""What stands before the name of a place, and makes a name of the plainest word."""

BEFORE_NOUNS: Final = _set(
    "a an the this that these those my your his her its our their some any no every each all more"
    " less much many of on at from"
    " el la los las un una unos unas lo al del de con sin mi tu su mis tus sus nuestro nuestra"
    " este esta ese esa aquel aquella cada otro otra algun alguna ningun ninguna todo toda mucho"
    " mucha poca poco tanta tanto mas menos y o ni e"
)
"""What stands before nouns more often than before the name of a client."""

GREETINGS: Final = _set(
    "hola buenas buenos dias tardes noches dia querida querido estimada estimado hello hi hey dear"
    " good morning afternoon evening muy"
)
"""What stands before the name of whoever is spoken to."""

PUBLIC: Final = _set(
    "gmail.com googlemail.com hotmail.com hotmail.es outlook.com outlook.es live.com msn.com"
    " yahoo.com yahoo.es icloud.com me.com mac.com aol.com gmx.com gmx.es proton.me protonmail.com"
    " telefonica.net movistar.es terra.es google.com zoom.us trello.com asana.com whatsapp.com"
    " wa.me microsoft.com office.com sharepoint.com dropbox.com wetransfer.com canva.com matrix.org"
    " instagram.com facebook.com linkedin.com youtube.com notion.so slack.com apple.com amazon.es"
    ""
    " amazon.com tiktok.com pinterest.com telegram.org spotify.com airbnb.com"
    " booking.com paypal.com stripe.com mailchimp.com calendly.com"
)
"""Domains that belong to nobody's business alone."""

MACHINES: Final = _set(
    "noreply no-reply donotreply do-not-reply notifications notification notificaciones newsletter"
    " mailer-daemon postmaster bounce bounces alerts automated"
)
"""Before the @ of addresses that nobody reads: their domains are a service's."""

ALWAYS_CAPITAL: Final = _set(
    "i monday tuesday wednesday thursday friday saturday sunday january february march april may"
    " june july august september october november december"
) | {domain.partition(".")[0] for domain in PUBLIC}
"""What has a capital wherever it stands: by English custom, and the names of everybody's tools."""

FILES: Final = _set(
    "adobe agenda album anexo anuncio apuntes archivo audio avatar backup banner bill blank bocetos"
    " borrador brief briefing brochure budget camera camscanner captura cartel casilla certificado"
    " chart checklist comprobante contrato contract copia copy cover curriculum datos deck descarga"
    " design diapositivas diseno doc document documento download draft dsc dscn email escaneado"
    " escritura estado export factura facturas ficha final firma firmado flyer folleto form"
    " formulario foto fotografia freebusy gastos guion hoja icon icono image imagen img informe"
    " inventario invite invoice justificante letter libro listado logo logotipo mail manual maqueta"
    " material memoria minutes modelo movie nomina note notes noname outlook page pantalla paper"
    " photo picture planning plantilla portada post poster ppt presentacion presentation"
    " presupuesto presupuestos proforma programa project propuesta proposal prueba pxl quote"
    " receipt recibo recording report resumen resume reunion sample scan screen screenshot"
    " sheet signature signed slide slides smime spreadsheet statement story summary tarifa tarifas"
    " template test texto textos ticket timesheet titulo transcript unknown untitled upload"
    " version video voice whatsapp winmail word work xlsx"
)
"""What files are called that anybody has, besides the words of every day."""

"""A project such as a small business keeps in Asana, as large as wanted and the same every time."""

from __future__ import annotations

import random
from datetime import timedelta

from tests.servers.asana_things import Field, Project, Section, Task, User, Workspace
from tests.servers.asana_world import World

SECTIONS = ("Ideas", "Por hacer", "En curso", "Esperando al cliente", "Hecho ✅")
VERBS = ("Publicar", "Revisar", "Preparar", "Enviar", "Traducir", "Llamar por", "Facturar")
THINGS = ("el catálogo", "la portada", "las fotos", "el boletín", "la agenda", "el presupuesto")
SAID = (
    "¿Cómo va?",
    "Lo miro mañana",
    "👍",
    "Falta la foto de la portada",
    "Ok, gracias",
    "Mejor en azul",
)
LONG = "Lo que hablamos:\n" + "- cada punto,\xa0con su “detalle” & <sin> marcas 🎉\n" * 300
"""About 16,000 characters, with what is easily lost on the way."""


def project(
    world: World,
    workspace: Workspace,
    her: User,
    *others: User,
    tasks: int = 300,
    seed: int = 7,
    name: str = "Campaña",
) -> Project:
    """A project of so many tasks, some with subtasks, its last change an hour ago."""
    chance = random.Random(seed)
    start = world.now() - timedelta(days=90)
    end = world.now() - timedelta(hours=1)
    with world.as_of(start):
        made = world.project(workspace, name, her, *others)
        for section in SECTIONS:
            world.section(made, section, her)
        world.field(made, "Prioridad", "enum", "Alta", "Media", "Baja")
        world.field(made, "Horas", "number")
    for number in range(tasks):
        with world.as_of(start + (end - start) * number / tasks):
            task = _task(world, made, chance, (her, *others), number)
        with world.as_of(start + (end - start) * (number + chance.random()) / tasks):
            _live(world, task, chance, (her, *others), made.fields)
    return made


def _task(
    world: World, project: Project, chance: random.Random, people: tuple[User, ...], number: int
) -> Task:
    by = chance.choice(people)
    day = world.now().replace(hour=16, minute=30, second=0, microsecond=0)
    due = day + timedelta(days=chance.randrange(-5, 40))
    dated: tuple[dict[str, object], ...] = (
        {},
        {"due_on": due.date(), "start_on": due.date() - timedelta(days=3)},
        {"due_at": due},
    )
    when = chance.choice(dated)
    kind = chance.choices(("default_task", "approval", "milestone"), (90, 7, 3))[0]
    notes = LONG if number % 100 == 50 else chance.choice(("", "Con las medidas de siempre."))
    section: Section = chance.choice(project.sections)
    name = f"{chance.choice(VERBS)} {chance.choice(THINGS)} {number}"
    assignee = chance.choice((None, *people))
    return world.task(section, name, by, notes=notes, assignee=assignee, kind=kind, **when)


def _live(
    world: World,
    task: Task,
    chance: random.Random,
    people: tuple[User, ...],
    fields: list[Field],
) -> None:
    """Let a task have a past."""
    by = chance.choice(people)
    for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
        mentions = (chance.choice(people),) if chance.random() < 0.2 else ()
        world.comment(task, chance.choice(SAID), chance.choice(people), mentions=mentions)
    if chance.random() < 0.2:
        world.fill_in(task, fields[0], chance.choice(tuple(fields[0].options)), by)
    if chance.random() < 0.1:
        world.attach(task, "presupuesto (1).pdf", by, b"%PDF-1.4 " + bytes(99))
    if chance.random() < 0.1:
        world.task(task, f"Parte de «{task.name}»", by, assignee=chance.choice(people))
    if chance.random() < 0.1:
        known = [tag for other in task.projects[0].tasks for tag in other.tags]
        world.tag(task, known[0] if known else "urgente", by)
    if task.kind == "approval":
        world.edit(task, by, approval_status=chance.choice(("approved", "changes_requested")))
    elif chance.random() < 0.6:
        world.complete(task, by)

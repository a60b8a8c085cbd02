# ruff: noqa: E501 - a table reads best with one case a line
"""Configs that cannot be used, and what is said of each."""

from __future__ import annotations

CHANNEL = '[clients.acme.channels.chat]\nkind = "memory"\n'

# fmt: off
PROBLEMS = [
    ('[va]\nnam = "x"\n', "2:1: [va] has no setting nam. Did you mean name?"),
    ("[va]\nqqq = 1\n", "2:1: [va] has no setting qqq. It has: identities, language, name, timezone."),
    ("clints = 1\n", "1:1: [config.toml] has no setting clints. Did you mean clients?"),
    ('[va]\n  language = "fr"\n', '2:3: language must be "es" | "en".'),
    ("[va]\nname = 7\n", '2:1: name must be "text".'),
    ('[va]\nidentities = "x"\n', '2:1: identities must be ["text", …].'),
    ("[va]\nidentities = [1]\n", '2:1: identities must be ["text", …].'),
    ('[va]\ntimezone = "Europe/Madrit"\n', "2:1: There is no timezone Europe/Madrit. Did you mean Europe/Madrid?"),
    ('[va]\ntimezone = "../../etc/passwd"\n', "2:1: There is no timezone ../../etc/passwd. Write it as Europe/Madrid or America/Bogota."),
    ('[va]\ntimezone = "Europe"\n', "2:1: There is no timezone Europe. Did you mean Europe/Rome?"),
    ('[va]\nname = "a\\u001b]0;x"\n', '2:1: name must be "text".'),
    ('[va]\nname = "a\\u202Eb"\n', '2:1: name must be "text".'),
    ('[va]\n"\\u001b[2J" = 1\n', "2:1: [va] has no setting ␛[2J. It has: identities, language, name, timezone."),
    ("va = 1\n", "1:1: va must be a table: [va]"),
    ('[clients.ACME]\nname = "x"\n', "1:2: ACME cannot be a short name: use up to 40 lower-case letters without accents, digits, - and _. What she is called goes into name."),
    ('[clients."a b"]\n', "1:2: a b cannot be a short name: use up to 40 lower-case letters without accents, digits, - and _. What she is called goes into name."),
    (f"[clients.{'a' * 41}]\n", f"1:2: {'a' * 41} cannot be a short name: use up to 40 lower-case letters without accents, digits, - and _. What she is called goes into name."),
    ('[clients.a]\nname = "Luz"\n[clients.b]\nname = "LUZ"\n', "4:1: Two clients are called LUZ. Give each its own name."),
    ("[clients.a]\n[clients.a]\n", "2:11: This is not valid TOML. Look here, or just before, for a quote, a bracket or an = that is missing, or for something that is said twice."),
    ("[clients.a]\nsla_hours = 0\n", "2:1: sla_hours must be 1 … 720."),
    ("[clients.a]\nsla_hours = true\n", "2:1: sla_hours must be 1, 2 … 9999."),
    ("[clients.a]\nchanels.x = 1\n", "2:1: [clients.a] has no setting chanels. Did you mean channels?"),
    ('[clients.a]\ncolor = "beige"\n', "2:1: color must be orange, teal, purple, green, pink, blue, yellow, red, brown, gray, #rrggbb."),
    ("[clients.acme.channels.chat]\n", "1:2: [clients.acme.channels.chat] needs kind."),
    (CHANNEL + 'write = "yes"\n', '3:1: write must be "no" | "comment" | "all".'),
    (CHANNEL + "pages = 3\n", "3:1: [clients.acme.channels.chat] has no setting pages. Did you mean page?"),
    (CHANNEL + "page = 0\n", "3:1: page must be at least 1."),
    (CHANNEL + 'knd = "x"\n', "3:1: [clients.acme.channels.chat] has no setting knd. Did you mean kind?"),
    ('[clients.a.channels.b]\nkind = "memry"\n', "2:1: There is no connector memry. Did you mean memory?"),
    ('[database]\nurl = "postgresql://lola:x@db/x"\n', "2:1: A database URL may not hold a password. Put it in ~/.pgpass, or in PGPASSFILE."),
    ('[database]\nurl = "postgresql://db/x?password=x"\n', "2:1: A database URL may not hold a password. Put it in ~/.pgpass, or in PGPASSFILE."),
    ('[database]\nurl = "mysql://db/x"\n', "2:1: url must be postgresql://user@host/database."),
    ("a = \n", "1:5: This is not valid TOML. Look here, or just before, for a quote, a bracket or an = that is missing, or for something that is said twice."),
    ('a = "', "1:1: This is not valid TOML. Look here, or just before, for a quote, a bracket or an = that is missing, or for something that is said twice."),
    ("a = " + "[" * 5000, "1:1: The file is not valid TOML."),
    ("a = " + "9" * 5000, "1:1: The file is not valid TOML."),
    ("#" + "x" * 1_000_000, "1:1: The file is larger than 1 MB, which no config is."),
    ("[snippets.a]\n", "1:2: [snippets.a] needs es."),
    ('[snippets.a]\nes = "Hola, {nombr}"\n', "2:1: Nothing is called {nombr}. Did you mean {nombre}?"),
    ('[snippets.a]\nes = "a"\nen = "{Titel} {?fecha} {Título}"\n', "3:1: Nothing is called {Titel}. Did you mean {title}?"),
    ('[snippets.a]\nes = "{zzz} {{x}}"\n', "2:1: Nothing is called {zzz}. There are {nombre}, {name}, {cliente}, {client}, {titulo}, {title}, {hoy}, {today}, {yo}, {me}; {?…} is asked, and {{ }} are braces."),
    ('[snippets.a]\nes = "x"\n[clients.b]\ndone = "aa"\n', "4:1: There is no snippet aa. Did you mean a?"),
]

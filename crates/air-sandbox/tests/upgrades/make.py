"""Writes a database as SQL, with the tables of a commit: the fixture of an upgrade.

    python3 crates/air-sandbox/tests/upgrades/make.py DATABASE COMMIT CRATE > NAME.sql

DATABASE is an SQLite file with rows. CRATE has the migrations: air-store, or air-issuer. Columns that the
commit did not have are left out. The page on testing has the steps for a release.
"""

import hashlib
import sqlite3
import subprocess
import sys

# The platform indexes schemas at each start. Sessions end, and responses are kept for a day.
LEFT_OUT = ("schema_numbers", "schema_texts", "sessions", "idempotency_keys", "sqlite_sequence")


def git(*arguments):
    return subprocess.run(["git", *arguments], check=True, capture_output=True).stdout


def migrations(commit, crate):
    """The migrations of the commit by kind of database, each with its text. air-store was a part of air-sandbox."""
    files = {"sqlite": {}, "postgres": {}}
    paths = git("ls-tree", "-r", "--name-only", "--full-tree", commit, "crates/").decode().split()
    folders = {"air-store": ("crates/air-store/", "crates/air-sandbox/")}.get(crate, (f"crates/{crate}/",))
    for path in paths:
        if path.startswith(folders) and "/migrations/" in path and path.endswith(".sql"):
            kind = "postgres" if "/postgres/" in path else "sqlite"
            files[kind][path.rsplit("/", 1)[1]] = git("show", f"{commit}:{path}")
    return files


def in_order(connection):
    """The tables, each after those that it refers to."""
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")]
    names = [name for name in names if not name.startswith(LEFT_OUT)]
    ordered = []

    def place(name):
        if name in ordered or name not in names:
            return
        for key in connection.execute(f"PRAGMA foreign_key_list({name})").fetchall():
            if key[2] != name:
                place(key[2])
        ordered.append(name)

    for name in names:
        place(name)
    return ordered


def literal(value, kind):
    match value:
        case None:
            return "NULL"
        case bytes():
            return f"X'{value.hex().upper()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _ if kind == "BOOLEAN":
            return "TRUE" if value else "FALSE"
        case _:
            return str(value)


def main(database, commit, crate):
    rows = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    state = sqlite3.connect(":memory:")
    date, commit = git("show", "-s", "--format=%as %h", commit).decode().split()
    print(f"-- A database of {date}: the tables of commit {commit}. Made by make.py; the keys in it protect nothing.")
    for kind, files in migrations(commit, crate).items():
        for name, text in sorted(files.items()):
            print(f"-- migration {kind} {name} {hashlib.sha384(text).hexdigest()}")
            if kind == "sqlite":
                # Older versions of SQLite don't have this option, which changes no column.
                state.executescript(text.decode().replace("contentless_delete = 1,", ""))
    for table in in_order(state):
        # Generated columns are not in `table_info`.
        kinds = {column[1]: column[2] for column in state.execute(f"PRAGMA table_info({table})")}
        present = [column[1] for column in rows.execute(f"PRAGMA table_info({table})")]
        columns = [name for name in kinds if name in present]
        if not columns:
            continue
        # Rows of the same second are in the order of their `rowid`, which some tables don't have.
        has_rowid = not rows.execute("SELECT 1 FROM pragma_table_list WHERE name = ? AND wr", (table,)).fetchall()
        order = "rowid" if has_rowid else "1, 2"
        for row in rows.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {order}"):
            values = ", ".join(literal(value, kinds[name]) for name, value in zip(columns, row, strict=True))
            print(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values});")


main(*sys.argv[1:])

"""Writes a database as the statements that make it anew, for `Connection.iterdump`."""


def name_of(identifier):
    return '"' + identifier.replace('"', '""') + '"'


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def schema(cursor, kinds, pattern, order=""):
    """Names and statements of the objects of some kinds that statements made."""
    condition, parameters = ("", ()) if not pattern else (' AND "name" LIKE ?', (pattern,))
    return cursor.execute(
        f'SELECT "name", "sql" FROM "sqlite_master" WHERE "sql" NOT NULL AND "type" IN {kinds}{condition}{order}',
        parameters,
    ).fetchall()


def rows(cursor, table):
    """Statements that insert the rows of a table. SQLite itself writes the values."""
    columns = [info[1] for info in cursor.execute(f"PRAGMA table_info({name_of(table)})").fetchall()]
    values = " || ',' || ".join(f"quote({name_of(str(column))})" for column in columns)
    start = literal(f"INSERT INTO {name_of(table)} VALUES(")
    # A table without columns that are shown still has rows.
    expression = f"{start} || {values} || ')'" if columns else f"{start} || ')'"
    for (statement,) in cursor.execute(f"SELECT {expression} FROM {name_of(table)}"):
        yield f"{statement};"


def _iterdump(connection, *, filter=None):
    cursor = connection.cursor()
    cursor.row_factory = None
    if cursor.execute("PRAGMA foreign_key_check").fetchall():
        yield "PRAGMA foreign_keys=OFF;"
    yield "BEGIN TRANSACTION;"
    writes_schema = False
    counters = []
    for table, statement in schema(cursor, "('table')", filter, ' ORDER BY "name"'):
        if table == "sqlite_sequence":
            # The counters of AUTOINCREMENT are set when all rows are there.
            counters.append('DELETE FROM "sqlite_sequence";')
            for name, count in cursor.execute('SELECT * FROM "sqlite_sequence"').fetchall():
                counters.append(f'INSERT INTO "sqlite_sequence" VALUES({literal(name)},{count});')
            continue
        if table == "sqlite_stat1":
            yield 'ANALYZE "sqlite_master";'
        elif table.startswith("sqlite_"):
            continue
        elif statement.startswith("CREATE VIRTUAL TABLE"):
            if not writes_schema:
                writes_schema = True
                yield "PRAGMA writable_schema=ON;"
            shown = literal(table)
            yield (
                "INSERT INTO sqlite_master(type,name,tbl_name,rootpage,sql)"
                f"VALUES('table',{shown},{shown},0,{literal(statement)});"
            )
        else:
            yield f"{statement};"
        yield from rows(cursor, table)
    for _, statement in schema(cursor, "('index', 'trigger', 'view')", filter):
        yield f"{statement};"
    if writes_schema:
        yield "PRAGMA writable_schema=OFF;"
    yield from counters
    yield "COMMIT;"

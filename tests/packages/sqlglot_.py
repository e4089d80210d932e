"""Parses, rewrites and runs SQL."""

import sqlglot
from sqlglot import exp, optimizer
from sqlglot.executor import execute

query = """
    with top as (select user_id, sum(amount) as total from orders where day >= '2024-01-01' group by 1 having total > 10)
    select u.name, t.total, row_number() over (partition by u.country order by t.total desc) as place
    from users u left join top t on u.id = t.user_id where u.name like 'a%' or not u.active limit 5
"""
tree = sqlglot.parse_one(query)
print(tree.sql(pretty=True))
print([table.name for table in tree.find_all(exp.Table)])
for dialect in ("duckdb", "bigquery", "tsql", "spark", "mysql"):
    print(dialect, sqlglot.transpile("SELECT EPOCH_MS(1), x::TEXT, a || b, DATE_TRUNC('month', d) FROM t", read="duckdb", write=dialect))
print(repr(sqlglot.parse_one("a + b * 2 > c AND NOT d IN (1, 2)")))
schema = {"x": {"a": "int", "b": "text"}, "y": {"a": "int", "c": "double"}}
print(optimizer.optimize("select * from x join y on x.a = y.a where 1 = 1 and x.b = 'q'", schema=schema).sql(pretty=True))
tables = {"people": [{"id": i, "name": name, "age": 20 + i * 7 % 30} for i, name in enumerate(["ann", "bob", "cy", "dee"])]}
print(execute("select name, age from people where age > 25 order by age desc", tables=tables))
print(tree.transform(lambda node: exp.column("x") if isinstance(node, exp.Column) and node.name == "name" else node).sql())
try:
    sqlglot.parse_one("select foo( from bar")
except sqlglot.errors.ParseError as error:
    print(error.errors[0]["description"], error.errors[0]["line"], error.errors[0]["col"])

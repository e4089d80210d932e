"""Templates: inheritance, macros, filters, sandbox, errors."""

from jinja2 import DictLoader, Environment, StrictUndefined, Template, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment, SecurityError
from markupsafe import Markup, escape

templates = {
    "base": "<title>{% block title %}none{% endblock %}</title>\n{% block body %}{% endblock %}",
    "macros": "{% macro item(x, cls='c') -%}<li class='{{ cls }}'>{{ x }}{{ caller() if caller }}</li>{%- endmacro %}",
    "page": """{% extends 'base' %}{% from 'macros' import item %}{% block title %}{{ super() }}: {{ title|upper }}{% endblock %}
{% block body %}{% for row in rows recursive %}{{ loop.index }}/{{ loop.length }} {{ item(row.name) }}
{% if row.kids %}{{ loop(row.kids) }}{% endif %}{% else %}nothing{% endfor %}
{% call item('called', cls='z') %}inner{% endcall %}
{% set ns = namespace(n=0) %}{% for i in range(5) if i is odd %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}
{{ rows|map(attribute='name')|join(', ') }} {{ '%.2f'|format(3.14159) }} {{ [3, 1, 2]|sort|first }} {{ 'a b'|wordcount }} {{ {'k': 1}|tojson }}
{{ '<b>' }} {{ '<b>'|safe }} {{ none|default('d', true) }} {{ "x" ~ 1 ~ 2 // 1 }} {{ rows[0].missing }} {%- raw %} {{ raw }} {% endraw %}{% endblock %}""",
}
environment = Environment(loader=DictLoader(templates), autoescape=True, trim_blocks=True)
environment.filters["shout"] = lambda text: Markup("%s!") % text
rows = [{"name": "a<", "kids": [{"name": "b"}]}, {"name": "c"}]
print(environment.get_template("page").render(title="t&t", rows=rows))
print(environment.from_string("{{ '<x>'|shout }} {{ a.b.c is defined }}").render(a={"b": {}}))
print(Template("{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{{ f(1, *[2], x=3) }}").render(d={"p": 1}, f=lambda *a, **k: (a, k)))
for source in ("{% if x %}", "{{ 1 + }}", "{% nope %}", "{{ x|nofilter }}"):
    try:
        environment.from_string(source)
    except TemplateSyntaxError as error:
        print(type(error).__name__, error.message, error.lineno)
try:
    Environment(undefined=StrictUndefined).from_string("{{ nope }}").render()
except UndefinedError as error:
    print(error)
try:
    SandboxedEnvironment().from_string("{{ ().__class__.__base__.__subclasses__() }}").render()
except SecurityError as error:
    print(error)
print(escape("<a href='x'>&"), Markup("<i>%s</i>") % "<b>", Markup("<p>x &amp; y</p>").striptags(), repr(Markup("a") + "<"))

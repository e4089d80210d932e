"""Highlights sources of several languages."""

import pygments
from pygments.formatters import HtmlFormatter, LatexFormatter, NullFormatter, RawTokenFormatter, TerminalFormatter
from pygments.lexers import get_all_lexers, get_lexer_by_name, guess_lexer

SOURCES = {
    "python": "@decorated\nasync def f(x: int = 0x1F) -> str:\n    '''Doc.'''\n    return f'{x!r:>{5}} {1.5e3}' # end\n",
    "rust": "fn main() { let x: Vec<u8> = vec![1, 2]; println!(\"{:?} {}\", x, 'c'); /* c */ }\n",
    "html": "<!doctype html><p class='a'>text &amp; <script>var x = 1 + /re/g;</script></p>\n",
    "json": '{"a": [1, 2.5e-3, null, true, "\\u00e9"]}\n',
    "sql": "SELECT a, COUNT(*) FROM t WHERE b = 'x''y' -- comment\nGROUP BY 1;\n",
    "bash": "for f in *.txt; do echo \"${f%.txt}\" | tr a-z A-Z; done\n",
    "c": "#include <stdio.h>\nint main(void) { return printf(\"%d\\n\", 0x10u) ? 0 : 1; }\n",
}
for name, source in SOURCES.items():
    lexer = get_lexer_by_name(name)
    print(name, list(pygments.lex(source, lexer))[:12])
    print(pygments.highlight(source, lexer, HtmlFormatter(nowrap=True)), end="")
    assert pygments.highlight(source, lexer, NullFormatter()) == source
python = get_lexer_by_name("python")
print(pygments.highlight(SOURCES["python"], python, TerminalFormatter()).encode())
print(pygments.highlight(SOURCES["python"], python, LatexFormatter()))
print(pygments.highlight(SOURCES["json"], get_lexer_by_name("json"), RawTokenFormatter()).decode())
print(HtmlFormatter(style="monokai").get_style_defs(".c").splitlines()[:5])
print(len(list(get_all_lexers())), guess_lexer("#!/usr/bin/perl\nprint 1;").name)

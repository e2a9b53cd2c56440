"""Jinja templates at random, always the same from the same seed; most make sense, some don't."""

import random
from collections.abc import Iterable


PIECES = [
    "{{", "}}", "{{-", "-}}", "{%", "%}", "{%-", "-%}", "{%+", "+%}", "{#", "#}", "{#-", "-#}", "+}}", "{{+", " i ", "i", "'a'",
    '"', "'", "raw", "endraw", "{% raw %}", "{% endraw %}", "{%- raw -%}", "{%- endraw -%}", "{% endraw +%}", "{% if t %}",
    "{% endif %}", "{% for v in l %}", "{% endfor %}", "set x = 1", "if", " ", "\n", "\t", "\r\n", "\r", "\v", "\x1c", "\xa0",
    "\u2028", "é", "{", "}", "%", "#", "-", "+", "a", "|upper", "(", ")", "[", "]", ":", "~", "1", "1.5", "1_0", "0x1f", "1e3",
    "1.", "..", ".5", "\\", "'\\x41'", "=", "==", "!", "!=", "<", ">", "*", "**", "//", "/", ",", ";", "`", "$", "@", "not", "is",
    "in", "and", "none", "True", "{'a':1}", "[1,2]", "_", "x",
]


class Grammar:
    """One template per seed."""

    def __init__(self, seed: int, names: Iterable[str]):
        self.random = random.Random(seed)
        self.names = list(names)

    def pick(self, *options):
        return self.random.choice(options)

    def atom(self) -> str:
        return self.pick(*self.names, "missing", "1", "0", "-2", "3.0", "1e16", "0.1", "'a'", "'x y'", "\"it's\"", "'%s'",
                         "true", "none", "[]", "{}", "()", "range(3)", "d.a", "d.a.x", "rows[0].k", "l[-1]", "m[1:3]",
                         "s[::-1]", "words[2:]", "d['b']", "rows[9]", "(1,)", "[1, 'a']", "{'k': i}", "d.nothing")

    def filter(self) -> str:
        return self.pick("upper", "lower", "title", "capitalize", "trim", "length", "list", "first", "last", "sort", "join(',')",
                         "join", "reverse|list", "default('z')", "d('z', true)", "string", "int", "float", "abs", "round(1)",
                         "tojson", "tojson(indent=2)", "safe", "e", "replace('l', 'LL')", "truncate(5, true, 'zz', 0)", "unique|list",
                         "truncate(9)", "indent(2)", "indent(2, true)", "sum", "min", "max", "center(12)", "wordcount",
                         "map('upper')|list", "map(attribute='k')|list", "select('string')|list", "reject('none')|list",
                         "selectattr('v', 'gt', 1)|list", "batch(2)|list", "slice(2)|list", "dictsort", "items|list",
                         "urlencode", "format(1)", "groupby('k')", "groupby('v')|map(attribute='list')|list", "filesizeformat", "filesizeformat(true)",
                         "wordwrap(6)", "wordwrap(3, false)", "pprint", "striptags", "xmlattr", "int(base=16)", "int(7, 2)", "round(-1)", "round(1, 'ceil')",
                         "sort(attribute='k,v')", "map(attribute='v', default=0)|list", "forceescape", "wordwrap(width=9, wrapstring='|')", "batch(2, 'z')|list",
                         "slice(3, 0)|list", "dictsort(true, 'value')", "rejectattr('k', 'eq', 'u')|list", "max(attribute='v')", "sum(attribute='v')", "attr('x')", "sort(reverse=true)", "round(method='floor')", "int(5)", "reverse")

    def test(self) -> str:
        return self.pick("defined", "undefined", "none", "string", "number", "mapping", "iterable", "sequence", "odd", "even",
                         "divisibleby 2", "true", "false", "boolean", "integer", "float", "in [1, 'a']", "eq 1", "lower", "upper",
                         "sameas none", "callable", "gt 1")

    def method(self) -> str:
        return self.pick("upper()", "split()", "split(' ')", "split('l', 1)", "rsplit(' ', 1)", "replace('l', '')", "strip()", "items()", "keys()|list",
                         "values()|list", "get('b')", "get('zz', 0)", "startswith('h')", "endswith('d')", "title()", "count('l')",
                         "find('o')", "index(1)", "join(['a', 'b'])", "zfill(5)", "ljust(14)", "partition(' ')", "isdigit()", "keys()",
                         "format(1, a=2)", "center(15)", "swapcase()", "splitlines()", "rfind('l')", "pop()", "append(1)", "isupper()", "find('o', 2)", "count('l', 0, 4)",
                         "startswith(('x', 'h'))", "rjust(9, '.')", "expandtabs(4)", "splitlines(true)", "istitle()", "isalpha()", "format_map(d)",
                         "replace('l', '<', 1)", "removeprefix('h')", "rpartition('o')", "strip('hd')", "sort()", "insert(0, 9)", "reverse()", "update(z=1)",
                         "setdefault('q', 2)", "copy()", "rindex('o')", "endswith('d', 1, -1)", "casefold()", "isdecimal()")

    def expression(self, depth: int) -> str:
        if depth <= 0:
            return self.atom()
        below = lambda: self.expression(depth - 1 - self.random.randrange(2))
        match self.random.randrange(13):
            case 0 | 1:
                return f"{below()}|{self.filter()}"
            case 2:
                return f"({below()}).{self.method()}"
            case 3 | 4:
                return f"{below()} {self.pick('+', '-', '*', '/', '//', '%', '~', '~')} {below()}"
            case 5:
                return f"{below()} {self.pick('==', '!=', '<', '<=', '>', '>=', 'in', 'not in')} {below()}"
            case 6:
                return f"{below()} is {self.pick('', '', 'not ')}{self.test()}"
            case 7:
                return f"{below()} {self.pick('and', 'or')} {below()}"
            case 8:
                return f"({below()} if {below()}{self.pick('', f' else {below()}', f' else {below()}')})"
            case 9:
                return f"[{below()}, {below()}]{self.pick('', '', '[0]')}"
            case 10:
                # Small exponents: Python takes forever for others.
                return f"{below()} ** {self.pick('2', '3', '-1', '0.5', 'i', 'neg', 't', 's')}"
            case 11:
                return f"{self.pick('not ', '-', '')}({below()})"
            case _:
                return f"'{self.pick('%s', '%5s|', '%d', '%.2f', '%r', '%05d', '%s-%s', '%x', '%e', '%g')}' % {self.pick('', '')}({below()})"

    def pieces(self) -> str:
        """What hardly ever makes sense: where texts, tags and words begin and end."""
        pieces = "".join(self.pick(*PIECES) for _ in range(self.random.randrange(1, 9)))
        return self.pick(pieces, f"{{{{ {pieces} }}}}x")

    def text(self) -> str:
        return self.pick("a", " b ", "\n", "\n  ", "é: ", "# c\n", "}}", "{ ", "%}", "")

    def nodes(self, depth: int) -> str:
        return "".join(self.node(depth) for _ in range(self.random.randrange(1, 4)))

    def node(self, depth: int) -> str:
        o, c = self.pick("{%", "{%", "{%-", "{%+"), self.pick("%}", "%}", "-%}", "+%}")
        value = self.expression(self.random.randrange(3))
        kind = self.random.randrange(19) if depth > 0 else self.random.randrange(3)
        body = self.nodes(depth - 1) if kind > 2 else ""
        match kind:
            case 0:
                return self.text()
            case 1 | 2:
                return f"{self.pick('{{', '{{-')} {value} {self.pick('}}', '-}}')}{self.text()}"
            case 3 | 4:
                return f"{o} if {value} {c}{body}{self.pick('', '{% else %}z', '{% elif t %}y')}{o} endif {c}"
            case 5 | 6 | 7:
                source = self.pick("l", "m", "names", "range(2)", "rows", "d.items()", "words.split()", "d", "empty", value)
                inner = self.pick("", "{{ loop.index }}{{ loop.last }}", "{{ v }},", "{{ loop.cycle('o', 'e') }}", "{{ loop.changed(v) }}",
                                  "{{ loop.revindex0 }}", "{{ loop.previtem is defined }}{{ loop.length }}", "{% set i = v %}{{ i }}")
                condition = self.pick("", "", " if v", " if loop is defined", " if v is string")
                return f"{o} for v in {source}{condition} {c}{inner}{body}{self.pick('', '{% else %}none')}{o} endfor {c}"
            case 8:
                return f"{o} set i = {value} {c}{body}"
            case 9:
                return f"{o} set w {c}{body}{o} endset {c}{{{{ w }}}}{{{{ w|length }}}}"
            case 10:
                return f"{o} macro g(a, b={value}) {c}{{{{ a }}}}{{{{ b }}}}{body}{o} endmacro {c}{{{{ g({self.pick('1', '1, 2', 'b=1', 'a=s')}) }}}}"
            case 11:
                return f"{o} with i = {value}, j = i {c}{body}{{{{ j }}}}{o} endwith {c}"
            case 12:
                return f"{o} filter {self.pick('upper', 'trim', 'indent(2)')} {c}{body}{o} endfilter {c}"
            case 13:
                return f"{o} macro h(a) {c}{body}{{{{ caller({value}) }}}}{o} endmacro {c}{o} call(i) h(1) {c}{{{{ i }}}}{body}{o} endcall {c}"
            case 14:
                return f"{o} for v in [[1, [2]], 3, []] recursive {c}{{{{ loop.depth }}}}{{{{ loop(v) if v is sequence else v }}}}{body}{o} endfor {c}"
            case 15:
                return f"{o} set ns = namespace(i=0) {c}{o} for v in l if {self.pick('v > ns.i', 'v not in m', value)} {c}{o} set ns.i = v {c}{body}{o} endfor {c}{{{{ ns.i }}}}"
            case 16:
                source = self.pick("l", "m", "out", "names|map('upper')")
                return f"{o} set out = [] {c}{o} for v in {source} {c}{o} set _ = out.append({value}) {c}{body}{o} endfor {c}{{{{ out }}}}"
            case 17:
                name = self.pick("i", "v", "s", "w")
                return f"{o} if {value} {c}{o} set {name} = {self.atom()} {c}{o} endif {c}{o} for v in l {c}{{{{ {name} }}}}{o} endfor {c}{body}{o} set {name} = 1 {c}"
            case _:
                return self.pick("{# c -#} ", "{% raw %}{{ x }}{% endraw -%} ", "{% set ns = namespace(a=1) %}{% set ns.a = 2 %}{{ ns.a }}")


class Scopes:
    """Templates about nothing but names: which of them is seen where."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def pick(self, *options):
        return self.random.choice(options)

    def nodes(self, depth: int) -> str:
        return "".join(self.node(depth) for _ in range(self.random.randrange(1, 5)))

    def read(self) -> str:
        name = self.pick("i", "a", "b", "x", "loop", "v")
        return self.pick(f"{{{{ {name} if {name} is defined else '-' }}}}", f"{{{{ {name}|default('?') }}}}", f"{{{{ [{name}]|length }}}}")

    def node(self, depth: int) -> str:
        kind = self.random.randrange(14) if depth > 0 else self.random.randrange(5)
        name = self.pick("i", "a", "b", "x", "v")
        body = self.nodes(depth - 1) if kind > 4 else ""
        otherwise = self.pick("", "{% else %}" + self.read())
        match kind:
            case 0 | 1 | 2:
                return self.read()
            case 3 | 4:
                return f"{{% set {name} = {self.pick('1', 'i', 'a', '[a, i]', 'a is defined')} %}}"
            case 5:
                return f"{{% if {self.pick('t', 'f', 'a is defined', 'i')} %}}{body}{otherwise}{{% endif %}}"
            case 6 | 7:
                source = self.pick("l", "[1, 2]", "empty", "[i]") + self.pick("", " if i", " if a is defined")
                return f"{{% for {name} in {source} %}}{body}{otherwise}{{% endfor %}}"
            case 8:
                macro, parameters = self.pick("m", "a"), self.pick("", "a", "i=a", "b, x=i", "b=b")
                end = self.pick("", "{{ caller() if caller is defined }}", "{{ kwargs }}")
                return f"{{% macro {macro}({parameters}) %}}{body}{end}{{% endmacro %}}{{{{ {macro}({self.pick('', '3')}) }}}}"
            case 9:
                return f"{{% set {name} {self.pick('', '| upper ')}%}}{body}{{% endset %}}"
            case 10:
                return f"{{% with {self.pick('', 'a=1', 'i=2, a=i', 'x=a')} %}}{body}{{% endwith %}}"
            case 11:
                return f"{{% filter upper %}}{body}{{% endfilter %}}"
            case 12:
                macro = f"{{% macro c() %}}{self.read()}{{{{ caller({self.pick('', '1')}) }}}}{{% endmacro %}}"
                return f"{macro}{{% call{self.pick('', '(a)', '(i=4)')} c() %}}{body}{{% endcall %}}"
            case _:
                return f"{{% for v in [[1, [2]]] recursive %}}{body}{{{{ loop(v) if v is iterable else v }}}}{{% endfor %}}"

"""Our CloudFormation engine against Python's Jinja2: same text, or both refuse, or ours says what it doesn't support.

PROTIUM_BATCH names the program `batch` (an example of `protium-bundle`); without it, Cargo builds it.
"""

import json
import os
import random
import subprocess
from pathlib import Path

import jinja2
import pytest

ROOT = Path(__file__).resolve().parents[2]
CASES = 6000
CONTEXT = {
    "t": True, "f": False, "n": None, "i": 7, "neg": -3, "x": 2.5, "large": 1e20, "small": 1e-7, "big": 2**70,
    "s": "héllo World", "q": "it's \"q\"\n\\", "e": "", "words": "the quick  brown fox",
    "l": [3, 1, 2], "m": [1, True, None, "a'b", 2.5], "empty": [], "names": ["b", "a", "C"],
    "d": {"b": 1, "a": {"x": "y"}, "c": [1, 2]}, "rows": [{"k": "u", "v": 2}, {"k": "w", "v": 1}],
}
ENVIRONMENT = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)

CURATED = (Path(__file__).parent / "jinja-cases.txt").read_text().split("\n----\n")


class Grammar:
    """Templates from a seed; most make sense, some don't."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def pick(self, *options):
        return self.random.choice(options)

    def atom(self) -> str:
        return self.pick(*CONTEXT, "missing", "1", "0", "-2", "3.0", "1e16", "0.1", "'a'", "'x y'", "\"it's\"", "'%s'",
                         "true", "none", "[]", "{}", "()", "range(3)", "d.a", "d.a.x", "rows[0].k", "l[-1]", "m[1:3]",
                         "s[::-1]", "words[2:]", "d['b']", "rows[9]", "(1,)", "[1, 'a']", "{'k': i}", "d.nothing")

    def filter(self) -> str:
        return self.pick("upper", "lower", "title", "capitalize", "trim", "length", "list", "first", "last", "sort", "join(',')",
                         "join", "reverse|list", "default('z')", "d('z', true)", "string", "int", "float", "abs", "round(1)",
                         "tojson", "tojson(indent=2)", "safe", "e", "replace('l', 'LL')", "truncate(5, true, 'zz', 0)", "unique|list",
                         "truncate(9)", "indent(2)", "indent(2, true)", "sum", "min", "max", "center(12)", "wordcount",
                         "map('upper')|list", "map(attribute='k')|list", "select('string')|list", "reject('none')|list",
                         "selectattr('v', 'gt', 1)|list", "batch(2)|list", "slice(2)|list", "dictsort", "items|list",
                         "urlencode", "format(1)", "sort(reverse=true)", "round(method='floor')", "int(5)", "reverse")

    def test(self) -> str:
        return self.pick("defined", "undefined", "none", "string", "number", "mapping", "iterable", "sequence", "odd", "even",
                         "divisibleby 2", "true", "false", "boolean", "integer", "float", "in [1, 'a']", "eq 1", "lower", "upper",
                         "sameas none", "callable", "gt 1")

    def method(self) -> str:
        return self.pick("upper()", "split()", "split(' ')", "split('l', 1)", "rsplit(' ', 1)", "replace('l', '')", "strip()", "items()", "keys()|list",
                         "values()|list", "get('b')", "get('zz', 0)", "startswith('h')", "endswith('d')", "title()", "count('l')",
                         "find('o')", "index(1)", "join(['a', 'b'])", "zfill(5)", "ljust(14)", "partition(' ')", "isdigit()", "keys()",
                         "format(1, a=2)", "center(15)", "swapcase()", "splitlines()", "rfind('l')", "pop()", "append(1)", "isupper()")

    def expression(self, depth: int) -> str:
        if depth <= 0:
            return self.atom()
        below = lambda: self.expression(depth - 1 - self.random.randrange(2))
        match self.random.randrange(12):
            case 0 | 1:
                return f"{below()}|{self.filter()}"
            case 2:
                return f"({below()}).{self.method()}"
            case 3 | 4:
                return f"{below()} {self.pick('+', '-', '*', '/', '//', '%', '**', '~', '~')} {below()}"
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
                return f"{self.pick('not ', '-', '')}({below()})"
            case _:
                return f"'{self.pick('%s', '%5s|', '%d', '%.2f', '%r', '%05d', '%s-%s', '%x', '%e', '%g')}' % {self.pick('', '')}({below()})"

    def text(self) -> str:
        return self.pick("a", " b ", "\n", "\n  ", "é: ", "# c\n", "}}", "{ ", "%}", "")

    def nodes(self, depth: int) -> str:
        return "".join(self.node(depth) for _ in range(self.random.randrange(1, 4)))

    def node(self, depth: int) -> str:
        o, c = self.pick("{%", "{%", "{%-", "{%+"), self.pick("%}", "%}", "-%}", "+%}")
        value = self.expression(self.random.randrange(3))
        kind = self.random.randrange(14) if depth > 0 else self.random.randrange(3)
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
            case _:
                return self.pick("{# c -#} ", "{% raw %}{{ x }}{% endraw -%} ", "{% set ns = namespace(a=1) %}{% set ns.a = 2 %}{{ ns.a }}")


def batch(requests: list[dict]) -> list[dict]:
    program = os.environ.get("PROTIUM_BATCH")
    command = [program] if program else ["cargo", "run", "-q", "-p", "protium-bundle", "--example", "batch"]
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, cwd=ROOT)
    # Not splitlines: texts may hold other line breaks.
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def reference(template: str) -> str | None:
    try:
        return ENVIRONMENT.from_string(template).render(json.loads(json.dumps(CONTEXT)))
    except Exception:  # noqa: BLE001 - whatever Python refuses
        return None


def differences(templates: list[str]) -> tuple[list[str], int, int]:
    """Silent differences; how many rendered alike; how many ours refused though Python renders them."""
    answers = batch([{"do": "render", "template": t, "context": CONTEXT} for t in templates])
    assert len(answers) == len(templates)
    found, same, refused = [], 0, 0
    for template, ours in zip(templates, answers):
        theirs = reference(template)
        if "ok" in ours and ours["ok"] == theirs:
            same += 1
        elif "ok" in ours:
            found.append(f"{template!r}\n  Jinja2  {theirs!r}\n  Protium {ours['ok']!r}")
        elif theirs is not None:
            refused += 1
            if "not supported" not in ours["error"]:
                found.append(f"{template!r}\n  Jinja2  {theirs!r}\n  Protium {ours['error']}")
    return found, same, refused


def test_curated_templates_render_alike():
    found, same, refused = differences(CURATED)
    assert not found, "\n".join(found)
    assert (same, refused) == (len(CURATED), 0)


def test_generated_templates_never_differ_silently():
    templates = [Grammar(seed).nodes(3) for seed in range(CASES)]
    templates += ["{{ " + Grammar(seed).expression(3) + " }}" for seed in range(CASES, 2 * CASES)]
    found, same, refused = differences(templates)
    assert not found, f"{len(found)} differ\n" + "\n".join(found[:40])
    assert same > CASES / 3 and refused < same / 5, (same, refused)


def sample_templates() -> list[Path]:
    below = ROOT.parent / "shared" / "samples"
    return [path for path in sorted(below.rglob("*.y*ml")) if "{{" in path.read_text() or "{%" in path.read_text()]


@pytest.mark.skipif(not sample_templates(), reason="the public samples don't lie beside the checkout")
def test_samples_are_read():
    texts = [path.read_text() for path in sample_templates()]
    answers = batch([{"do": "check", "template": text} for text in texts])
    assert not [answer for answer in answers if "error" in answer]

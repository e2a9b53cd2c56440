"""Our CloudFormation engine against Python's Jinja2: same text, or both refuse, or ours says what it doesn't support.

PROTIUM_BATCH names the program `batch` (an example of `protium-bundle`); without it, Cargo builds it.
"""

import json
import os
import subprocess
from pathlib import Path

import jinja2
from grammar import Grammar, Scopes

ROOT = Path(__file__).resolve().parents[2]
CASES = int(os.environ.get("PROTIUM_CASES", "1500"))
SEED = int(os.environ.get("PROTIUM_SEED", "0"))
CONTEXT = {
    "t": True, "f": False, "n": None, "i": 7, "neg": -3, "x": 2.5, "large": 1e20, "small": 1e-7, "big": 2**63 + 1,
    "s": "héllo World", "q": "it's \"q\"\n\\", "e": "", "words": "the quick  brown fox",
    "l": [3, 1, 2], "m": [1, True, None, "a'b", 2.5], "empty": [], "names": ["b", "a", "C"],
    "d": {"b": 1, "a": {"x": "y"}, "c": [1, 2]}, "rows": [{"k": "u", "v": 2}, {"k": "w", "v": 1}],
}
# What ours says that it doesn't do, and what it bounds.
REFUSALS = ["not supported", "bytes that CloudFormation takes", "makes values of more than", "takes more than"]
ENVIRONMENT = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)

CURATED = (Path(__file__).parent / "jinja-cases.txt").read_text().split("\n----\n")


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
            if not any(words in ours["error"] for words in REFUSALS):
                found.append(f"{template!r}\n  Jinja2  {theirs!r}\n  Protium {ours['error']}")
    return found, same, refused


def test_curated_templates_render_alike():
    found, same, refused = differences(CURATED)
    assert not found, "\n".join(found)
    assert (same, refused) == (len(CURATED), 0)


def test_generated_templates_never_differ_silently():
    seeds = range(2 * SEED * CASES, 2 * (SEED + 1) * CASES)
    templates = [Grammar(seed, CONTEXT).nodes(3) for seed in seeds[:CASES]]
    templates += ["{{ " + Grammar(seed, CONTEXT).expression(3) + " }}" for seed in seeds[CASES:]]
    found, same, refused = differences(templates)
    assert not found, f"{len(found)} differ\n" + "\n".join(found[:40])
    assert same > CASES / 3 and refused < same / 5, (same, refused)


def test_pieces_of_templates_are_read_alike():
    templates = [Grammar(seed, CONTEXT).pieces() for seed in range(SEED * CASES, (SEED + 1) * CASES)]
    found, same, _ = differences(templates)
    assert not found, f"{len(found)} differ\n" + "\n".join(found[:40])
    assert same > CASES / 10, same


def test_names_are_seen_alike():
    templates = [Scopes(seed).nodes(3) for seed in range(SEED * CASES, (SEED + 1) * CASES)]
    found, same, refused = differences(templates)
    assert not found, f"{len(found)} differ\n" + "\n".join(found[:40])
    assert same > CASES / 2 and not refused, (same, refused)

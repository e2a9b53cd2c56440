"""Our validation of specs against Python's jsonschema: the same specs are valid, and they give the same inputs.

Schemas are those that templates may have: objects of texts, numbers, truth values, lists and objects, with the
constraints of the subset. What Protium adds to JSON Schema is done here by hand: unknown inputs are refused, defaults
stand in, numbers and truth values become text where text is wanted.

PROTIUM_BATCH names the program `batch` (an example of `protium-bundle`); without it, Cargo builds it.
"""

import functools
import json
import os
import random
import subprocess
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parents[2]
# Another seed, other cases.
SEED = int(os.environ.get("PROTIUM_SEED", "0"))
SCHEMAS = 1000
SPECS = 6
TEXTS = ["", "a", "ab", "abc", "abcdef", "A1", "a-b", "10.0.0.1", "::1", "2024-01-31", "2024-02-30", "é", "😀😀", "yes", "007", "1.10",
         "x" * 40, "true", "~", "a b", "a\nb", "${x}", "0"]
NUMBERS = [0, 1, -1, 2, 3, 5, 10, 2.5, 0.5, -0.25, 1.0, 5.0, 100, 1e3, 2**53, 2**53 + 1, -(2**40), 7.75]
PATTERNS = ["^[a-z]*$", "^a", "b$", "^(ab|c).*$", "^[A-Za-z0-9-]{1,5}$", "^.{2,3}$", "[0-9]", "^\\S+$", "^$", "^(a|b)+$", "\\d\\.\\d"]
FORMATS = ["ipv4", "ipv6", "date"]


class Grammar:
    """Schemas and values, always the same from the same seed."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def sometimes(self, chance: float = 0.3) -> bool:
        return self.random.random() < chance

    def pick(self, options):
        return self.random.choice(options)

    def type(self, depth: int) -> dict:
        kinds = ["string"] * 4 + ["number", "integer", "boolean"] * 2 + (["array", "object"] if depth else [])
        schema: dict = {"type": self.pick(kinds)}
        match schema["type"]:
            case "string":
                if self.sometimes():
                    schema["minLength"] = self.pick([0, 1, 2, 3])
                if self.sometimes():
                    schema["maxLength"] = schema.get("minLength", 0) + self.pick([0, 1, 4, 30])
                if self.sometimes():
                    schema["pattern"] = self.pick(PATTERNS)
                if self.sometimes(0.1):
                    schema["format"] = self.pick(FORMATS)
            case "number" | "integer":
                self.limits(schema)
            case "array":
                # A default of an item stands in for nothing.
                schema["items"] = {key: value for key, value in self.type(depth - 1).items() if key != "default"}
                if self.sometimes():
                    schema["minItems"] = self.pick([0, 1, 2])
                if self.sometimes():
                    schema["maxItems"] = schema.get("minItems", 0) + self.pick([0, 1, 2])
                if self.sometimes():
                    schema["uniqueItems"] = self.pick([True, False])
            case "object":
                schema.update(self.members(depth - 1))
        if schema["type"] in ("string", "number", "integer") and self.sometimes(0.2):
            schema["enum"] = [self.of_type(schema) for _ in range(3)]
        if self.sometimes(0.25) and schema["type"] != "object":
            schema["default"] = self.of_type(schema)
        for note in ["title", "description"]:
            if self.sometimes(0.1):
                schema[note] = self.pick(TEXTS)
        return schema

    def limits(self, schema: dict):
        low = self.pick([-5, 0, 1, 2, 2.5])
        if self.sometimes():
            schema[self.pick(["minimum", "exclusiveMinimum"])] = low
        if self.sometimes():
            schema[self.pick(["maximum", "exclusiveMaximum"])] = low + self.pick([0, 1, 8, 2**53])
        if "minimum" in schema and self.sometimes():
            schema["exclusiveMinimum"] = self.pick([True, False])
        if "maximum" in schema and self.sometimes():
            schema["exclusiveMaximum"] = self.pick([True, False])
        if self.sometimes(0.2):
            schema["multipleOf"] = self.pick([1, 2, 5, 0.5, 0.25])

    def members(self, depth: int) -> dict:
        names = self.random.sample(["size", "port", "note", "tags", "deep", "on"], self.random.randrange(5))
        properties = {name: self.type(depth) for name in names}
        members: dict = {"type": "object", "properties": properties}
        if properties and self.sometimes(0.5):
            members["required"] = [name for name in properties if self.sometimes(0.5)]
        return members

    def of_type(self, schema: dict):
        match schema["type"]:
            case "string":
                return self.pick(TEXTS)
            case "number":
                return self.pick(NUMBERS)
            case "integer":
                return self.pick([n for n in NUMBERS if n == int(n)])
            case "boolean":
                return self.pick([True, False])
            case "array":
                return [self.value(schema["items"]) for _ in range(self.random.randrange(4))]
            case "object":
                return self.section(schema)

    def value(self, schema: dict):
        if self.sometimes(0.15):
            return self.pick([*NUMBERS, *TEXTS, True, False, None, [], {}, [1, 1.0], ["a"], {"a": 1}])
        if "enum" in schema and self.sometimes(0.6):
            return self.pick(schema["enum"])
        return self.of_type(schema)

    def section(self, schema: dict) -> dict:
        required = schema.get("required", [])
        chance = lambda name: 0.95 if name in required else 0.7
        given = {name: self.value(of) for name, of in schema["properties"].items() if self.sometimes(chance(name))}
        if self.sometimes(0.04):
            given["unknown"] = 1
        return given


def coerced(schema: dict, value):
    """Numbers and truth values as the text that was written, where text is wanted."""
    match schema["type"]:
        case "string" if isinstance(value, (bool, int, float)):
            return json.dumps(value)
        case "array" if isinstance(value, list):
            return [coerced(schema["items"], item) for item in value]
        case "object" if isinstance(value, dict):
            return {name: coerced(schema["properties"].get(name, {"type": "any"}), item) for name, item in value.items()}
        case _:
            return value


def completed(schema: dict, value):
    """Defaults in place of what isn't given."""
    match schema["type"]:
        case "object" if isinstance(value, dict):
            given = {name: completed(schema["properties"].get(name, {"type": "any"}), item) for name, item in value.items()}
            defaults = {name: coerced(of, of["default"]) for name, of in schema["properties"].items() if name not in value and "default" in of}
            return given | defaults
        case "array" if isinstance(value, list):
            return [completed(schema["items"], item) for item in value]
        case _:
            return value


def strict(schema: dict, top: bool = False) -> dict:
    """The schema in draft 2020-12: unknown members are refused where any are named, defaults count as given."""
    schema = dict(schema)
    for exclusive, inclusive in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")]:
        if isinstance(schema.get(exclusive), bool):
            if schema.pop(exclusive):
                schema[exclusive] = schema.pop(inclusive)
    if schema["type"] == "object":
        schema["required"] = [name for name in schema.get("required", []) if "default" not in schema["properties"][name]]
        schema["properties"] = {name: strict(of) for name, of in schema["properties"].items()}
        schema["additionalProperties"] = not top and not schema["properties"]
    if schema["type"] == "array":
        schema["items"] = strict(schema["items"])
    return schema


def validator(schema: dict) -> jsonschema.Draft202012Validator:
    return compiled(json.dumps(schema))


@functools.lru_cache(maxsize=200)
def compiled(text: str) -> jsonschema.Draft202012Validator:
    schema = json.loads(text)
    return jsonschema.Draft202012Validator(strict(schema, top=True), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def defaults_fit(schema: dict) -> bool:
    own = "default" not in schema or validator(schema).is_valid(coerced(schema, schema["default"]))
    below = list(schema.get("properties", {}).values()) + ([schema["items"]] if "items" in schema else [])
    return own and all(defaults_fit(of) for of in below)


def written(document: dict, as_yaml: bool) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True) if as_yaml else json.dumps(document, ensure_ascii=False)


def batch(requests: list[dict]) -> list[dict]:
    program = os.environ.get("PROTIUM_BATCH")
    command = [program] if program else ["cargo", "run", "-q", "-p", "protium-bundle", "--example", "batch"]
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, cwd=ROOT)
    return [json.loads(line) for line in done.stdout.splitlines()]


def cases():
    for seed in range(SEED * SCHEMAS, (SEED + 1) * SCHEMAS):
        grammar = Grammar(seed)
        schema = grammar.members(2)
        document = {"schema": {"format": {"openapi": "3.0.0"}, "environment_input_type": "In", "types": {"In": schema}}}
        for number in range(SPECS):
            section = grammar.section(schema)
            spec = {"proton": "EnvironmentSpec", "spec": section}
            yield schema, section, {"do": "inputs", "schema": written(document, seed % 2 == 0), "spec": written(spec, number % 2 == 0)}


def test_the_same_specs_are_valid_and_give_the_same_inputs():
    prepared = list(cases())
    differences, valid, invalid, refused = [], 0, 0, 0
    for (schema, section, request), answer in zip(prepared, batch([request for *_, request in prepared]), strict=True):
        given = coerced(schema, section)
        if "schema" in answer:
            refused += 1
            if defaults_fit(schema):
                differences.append(f"schema refused: {answer['schema']}\n{json.dumps(schema)}")
        elif not defaults_fit(schema):
            differences.append(f"a default doesn't fit, and the schema is taken:\n{json.dumps(schema)}")
        elif validator(schema).is_valid(given):
            valid += 1
            expected = completed(schema, coerced(schema, given))
            if answer.get("ok") != json.loads(json.dumps(expected)):
                differences.append(f"expected {json.dumps(expected)}\ngot {json.dumps(answer)}\n{json.dumps(schema)}")
        else:
            invalid += 1
            if "error" not in answer:
                why = next(validator(schema).iter_errors(given)).message
                differences.append(f"taken: {json.dumps(section)}\nalthough {why}\n{json.dumps(schema)}")
    assert not differences, f"{len(differences)} differences\n\n" + "\n\n".join(differences[:10])
    assert min(valid, invalid, refused) > 500, (valid, invalid, refused)

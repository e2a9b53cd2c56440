"""Python's side of `cargo xtask bench bundle`: Jinja2, PyYAML and jsonschema at the work of `bundle_measure.rs`.

A workload (JSON) in, durations and memory (JSON) out, measured as there. Everything is given its best: one environment
for all templates, validators made beforehand, and PyYAML with libyaml where it was built with it; only specs are also
read as everybody reads them, with `yaml.safe_load`.
"""

import importlib.metadata
import json
import resource
import sys
import time

import jinja2
import jsonschema
import yaml

TIME = 1.5
WARM = 2
LEAST = 3
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ENVIRONMENT = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)


class CloudFormationLoader(LOADER):
    """Reads CloudFormation's short forms as what stands behind them."""


def short_form(loader, _suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


CloudFormationLoader.add_multi_constructor("!", short_form)


# Proton's own filters, which Python hasn't got: the least that they can do.
for name in (
    "proton_cfn_sanitize",
    "proton_cfn_iam_policy_arns",
    "proton_cfn_ecs_task_definition_formatted_env_vars",
    "proton_cfn_lambda_function_formatted_env_vars",
):
    ENVIRONMENT.filters[name] = lambda value, *_arguments, **_options: str(value)


def each(pieces, runs, prepare):
    found = []
    for piece in pieces:
        try:
            found.append(samples(runs, prepare(piece)))
        except Exception:  # noqa: BLE001 - work that doesn't go well isn't measured
            found.append([])
    return found


def samples(runs, work):
    for _ in range(WARM):
        work()
    found, begun = [], time.monotonic()
    while len(found) < runs and (len(found) < LEAST or time.monotonic() - begun < TIME):
        since = time.perf_counter_ns()
        work()
        found.append(time.perf_counter_ns() - since)
    return found


def compile_and_render(piece):
    text, context = piece["text"], piece["context"]
    return lambda: ENVIRONMENT.from_string(text).render(context)


def compile_alone(piece):
    text = piece["text"]
    return lambda: ENVIRONMENT.from_string(text)


def render(piece):
    template, context = ENVIRONMENT.from_string(piece["text"]), piece["context"]
    return lambda: template.render(context)


def validators(piece):
    """For the inputs, and for the pipeline's, as far as the schema has them."""
    schema = yaml.load(piece["schema"], LOADER)["schema"]
    types = schema["types"]
    inputs = schema.get("environment_input_type") or schema.get("service_input_type")
    pipeline = schema.get("pipeline_input_type")
    make = lambda name: jsonschema.Draft202012Validator(types[name]) if name else None  # noqa: E731
    return make(inputs), make(pipeline)


def conform(document, inputs, pipeline):
    if document["proton"] == "EnvironmentSpec":
        found = list(inputs.iter_errors(document.get("spec") or {}))
    else:
        found = [e for instance in document["instances"] for e in inputs.iter_errors(instance.get("spec") or {})]
        if pipeline:
            found += pipeline.iter_errors(document.get("pipeline") or {})
    if found:
        raise ValueError(found)


def spec(piece):
    inputs, pipeline = validators(piece)
    text = piece["text"]
    return lambda: conform(yaml.safe_load(text), inputs, pipeline)


def spec_libyaml(piece):
    inputs, pipeline = validators(piece)
    text = piece["text"]
    return lambda: conform(yaml.load(text, LOADER), inputs, pipeline)


def values(piece):
    inputs, pipeline = validators(piece)
    document = yaml.load(piece["text"], LOADER)
    return lambda: conform(document, inputs, pipeline)


def bundle(piece):
    """What a careful author's script does: every YAML file is read, the schema checked, every template compiled,
    rendered, and its output read as YAML."""
    files, contexts = piece["files"], piece["contexts"]

    def work():
        schema = yaml.load(files["schema/schema.yaml"], LOADER)["schema"]
        for type_ in schema["types"].values():
            jsonschema.Draft202012Validator.check_schema(type_)
        for path, text in files.items():
            if path.endswith("/manifest.yaml"):
                yaml.load(text, LOADER)
        for path, context in contexts.items():
            yaml.load(ENVIRONMENT.from_string(files[path]).render(context), CloudFormationLoader)

    return work


def peak_memory():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        workload = json.load(file)
    loaded, runs = peak_memory(), workload["runs"]
    answer = {
        "compile and render": each(workload["templates"], runs, compile_and_render),
        "compile": each(workload["templates"], runs, compile_alone),
        "render": each(workload["templates"], runs, render),
        "growth": each(workload["growth"], runs, compile_and_render),
        "spec": each(workload["specs"], runs, spec),
        "spec libyaml": each(workload["specs"], runs, spec_libyaml),
        "values": each(workload["specs"], runs, values),
        "bundle": each(workload["bundles"], runs, bundle),
    }
    answer["memory"] = {"loaded": loaded, "peak": peak_memory()}
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("Jinja2", "PyYAML", "jsonschema"))
    libyaml = "with" if LOADER is not yaml.SafeLoader else "without"
    answer["versions"] = f"Python {sys.version.split()[0]}, {packages}, {libyaml} libyaml"
    print(json.dumps(answer))


if __name__ == "__main__":
    main()

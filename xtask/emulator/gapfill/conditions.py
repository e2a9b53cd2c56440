"""CloudFormation: conditions may join the members of a list parameter.

MiniStack compares the unresolved `Fn::Join` instead, so that a list parameter never counts as empty.
"""

import sys

from ministack.services.cloudformation import engine


def install() -> None:
    """Patches the evaluation of conditions wherever it was imported."""
    evaluate = engine._evaluate_conditions

    def evaluate_joins(template, params):
        joined = _joined(template.get("Conditions", {}), params)
        return evaluate(template | {"Conditions": joined}, params)

    for module in list(sys.modules.values()):
        if getattr(module, "_evaluate_conditions", None) is evaluate:
            module._evaluate_conditions = evaluate_joins


def _joined(node, params):
    """The expression with every join of a parameter's members replaced by its text."""
    if isinstance(node, list):
        return [_joined(item, params) for item in node]
    if not isinstance(node, dict):
        return node
    match node.get("Fn::Join"):
        case [str(delimiter), {"Ref": name}] if name in params:
            return delimiter.join(member.strip() for member in str(params[name]["Value"]).split(","))
    return {key: _joined(value, params) for key, value in node.items()}

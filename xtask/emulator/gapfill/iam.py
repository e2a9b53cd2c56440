"""Condition keys as AWS fills them in, for the control plane's policies (they matter with AUTH=true), and simulations.

- `aws:SecureTransport`: the buckets refuse requests without TLS. Here everything goes over the loopback interface,
  where nobody can listen in that TLS would keep out, so such a request counts as secure.
- `aws:PrincipalArn`: for the session of a role AWS gives the ARN of the role (`…:role/NAME`); MiniStack gives the
  ARN of the session (`…:assumed-role/NAME/SESSION`). The artifact bucket lets only Protium's roles write by that key.
- `sts:ExternalId`: MiniStack shows it to the trust policy of the role, not to the policies of the caller. Protium's
  principal may borrow roles only with the installation's external id.
- `${aws:PrincipalAccount}` and other policy variables in the values of conditions: MiniStack compares them as they are
  written. The role of environment accounts takes sessions only that are named after the account which assumes it.

SimulatePrincipalPolicy looks for a role under its path and name; MiniStack keeps roles by name alone. `protium doctor` asks
what provisioning roles may do to stacks.
"""

import re

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.services import iam


def install() -> None:
    """Patches the transport, the principal and the external id that policies see, and how simulations find roles."""
    loopback_is_secure()
    role_sessions_are_their_role()
    external_id_for_callers()
    policy_variables()
    roles_by_name()


def loopback_is_secure() -> None:
    """Every request counts as if it had come over TLS: the launcher binds nothing but the loopback interface."""
    pin = app.pin_request_origin
    app.pin_request_origin = lambda address, _secure: pin(address, True)


def role_sessions_are_their_role() -> None:
    """Answers `aws:PrincipalArn` with the role's ARN, path included, when the caller is a session of a role."""
    resolve = iam_evaluator._resolve_condition_key

    def resolve_role(key, ctx):
        value = resolve(key, ctx)
        if key.lower() != "aws:principalarn" or ":assumed-role/" not in str(value):
            return value
        role = iam._roles.get_scoped(ctx.principal_account, None, iam_evaluator._role_name_from_assumed_arn(value))
        return role["Arn"] if role else value

    iam_evaluator._resolve_condition_key = resolve_role


def external_id_for_callers() -> None:
    """Adds the external id of AssumeRole to what the caller's own policies can ask about."""
    context = iam_actions.request_tag_context

    def context_with_external_id(service, iam_action, body, params):
        found = context(service, iam_action, body, params)
        external_id = iam_actions._query_param(params, "ExternalId")
        if iam_action == "sts:AssumeRole" and external_id:
            found["sts:ExternalId"] = external_id
        return found

    iam_actions.request_tag_context = context_with_external_id


def policy_variables() -> None:
    """Fills the variables in the values of a condition before they are compared. One that has no value stays, and so
    equals nothing."""
    met = iam_evaluator._conditions_met

    def met_with_variables(conditions, ctx):
        return met(filled(conditions, ctx), ctx)

    iam_evaluator._conditions_met = met_with_variables


def filled(value, ctx):
    """The value with its variables filled."""
    if isinstance(value, dict):
        return {key: filled(inner, ctx) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, ctx) for inner in value]
    if not isinstance(value, str):
        return value

    def resolved(variable):
        found = iam_evaluator._resolve_condition_key(variable[1], ctx)
        return variable[0] if found is None else str(found)

    return re.sub(r"\$\{([A-Za-z0-9:/_-]+)\}", resolved, value)


def roles_by_name() -> None:
    """Leaves the path out where the policies of a role are gathered."""
    gather = iam_evaluator._gather_role_policies
    iam_evaluator._gather_role_policies = lambda name, account: gather(name.rsplit("/", 1)[-1], account)

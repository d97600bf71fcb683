"""Roles, permissions, and the one table of which operation of the API needs which permission."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """A user's role. Each includes the permissions of those before it."""

    viewer = "viewer"
    buyer = "buyer"
    operator = "operator"
    admin = "admin"


class Permission(StrEnum):
    """Permission that an operation needs; also a scope of an API key."""

    public = "public"
    """No sign-in."""
    own = "own"
    """Any signed-in user, on objects of their own."""
    read = "read"
    buy = "buy"
    operate = "operate"
    administer = "administer"


ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.viewer: frozenset({Permission.own, Permission.read}),
    Role.buyer: frozenset({Permission.own, Permission.read, Permission.buy}),
    Role.operator: frozenset({Permission.own, Permission.read, Permission.buy, Permission.operate}),
    Role.admin: frozenset(
        {Permission.own, Permission.read, Permission.buy, Permission.operate, Permission.administer}
    ),
}
SCOPES = (Permission.read, Permission.buy, Permission.operate, Permission.administer)
"""Scopes that an API key can be limited to. Without scopes a key has all permissions of its role."""

_P = Permission
OPERATIONS: Mapping[str, Permission] = {
    # products
    "list_products": _P.read,
    "create_product": _P.operate,
    "get_product": _P.read,
    "update_product": _P.operate,
    "delete_product": _P.operate,
    "list_price_history": _P.read,
    "refresh_price": _P.operate,
    "get_valuation": _P.read,
    "get_contents": _P.read,
    "get_outcome": _P.read,
    "list_offers": _P.read,
    "list_valuations": _P.read,
    # opportunities
    "list_opportunities": _P.read,
    "get_opportunity": _P.read,
    "execute_opportunity": _P.buy,
    "update_opportunity": _P.buy,
    "cancel_opportunity": _P.buy,
    "get_opportunity_stats": _P.read,
    "analyze_all": _P.operate,
    "list_opportunity_events": _P.read,
    "record_sale": _P.buy,
    "get_portfolio": _P.buy,
    "get_purchase": _P.buy,
    "correct_purchase": _P.buy,
    "remove_purchase": _P.buy,
    "remove_sale": _P.buy,
    # buyers
    "calculate_what_if": _P.buy,
    "list_price_lists": _P.buy,
    "create_price_list": _P.buy,
    "get_price_list": _P.buy,
    "list_price_list_rows": _P.buy,
    "match_price_list_row": _P.buy,
    "delete_price_list": _P.buy,
    # data team
    "list_sources": _P.read,
    "list_quarantine": _P.operate,
    "replay_quarantine": _P.operate,
    "get_latest_backtest": _P.read,
    "get_calibration": _P.read,
    "get_run": _P.read,
    "list_runs": _P.operate,
    "cancel_run": _P.operate,
    # administration
    "list_alert_rules": _P.operate,
    "put_alert_rule": _P.operate,
    "delete_alert_rule": _P.operate,
    "preview_alert_rule": _P.operate,
    "preview_parameter": _P.administer,
    "list_parameters": _P.read,
    "create_parameter_value": _P.administer,
    "list_users": _P.administer,
    "create_user": _P.administer,
    "update_user": _P.administer,
    "erase_user": _P.administer,
    "export_user": _P.administer,
    "list_api_keys": _P.administer,
    "create_api_key": _P.administer,
    "revoke_api_key": _P.administer,
    "list_audit": _P.administer,
    # session and account
    "get_session": _P.public,
    "sign_in": _P.public,
    "sign_out": _P.own,
    "change_password": _P.own,
    "export_account": _P.own,
    "list_sign_in_methods": _P.public,
    "stream_events": _P.read,
}
"""Operation id of the OpenAPI document -> permission. A route without an entry fails a test."""


def permissions(role: Role, scopes: tuple[str, ...] = ()) -> frozenset[Permission]:
    """Permissions of a role, limited to an API key's scopes where it has some."""
    granted = ROLES[role]
    return granted & (frozenset(map(Permission, scopes)) | {Permission.own}) if scopes else granted


def roles_with(permission: Permission) -> list[Role]:
    """Roles that include a permission."""
    return [role for role in Role if permission is Permission.public or permission in ROLES[role]]

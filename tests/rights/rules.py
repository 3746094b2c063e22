"""Whoever leads a community or works for the street reads the rules that hold under their post."""

from domain.organisation import Role

EXPECTED = {
    Role.COMMUNITY_SECRETARY: "see U",
    Role.ASSIGNED_LEADER: "see U",
    Role.DISPATCHER: "see U",
    Role.STREET_LEADER: "see U",
    Role.DATA_PROTECTION_OFFICER: "see U",
    Role.ADMINISTRATOR: "see U",
}

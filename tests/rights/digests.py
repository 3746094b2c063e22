"""Whoever leads reads what became of their units."""

from domain.organisation import Role

EXPECTED = {
    Role.GRID_SECRETARY: "read U",
    Role.COMMUNITY_SECRETARY: "read U",
    Role.ASSIGNED_LEADER: "read U",
    Role.DISPATCHER: "read U",
    Role.STREET_LEADER: "read U",
}

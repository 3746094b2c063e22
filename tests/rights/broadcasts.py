"""A community and the street speak to residents; a grid does not."""

from domain.organisation import Role

EXPECTED = {
    Role.COMMUNITY_SECRETARY: "send U",
    Role.ASSIGNED_LEADER: "send U",
    Role.DISPATCHER: "send U",
    Role.STREET_LEADER: "send U",
}

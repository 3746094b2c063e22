"""The street's leadership opens and closes; whoever works for the street sees the roll-out."""

from domain.organisation import Role

EXPECTED = {
    Role.DISPATCHER: "see U",
    Role.STREET_LEADER: "see U, set U",
    Role.ADMINISTRATOR: "see U",
}

"""Residents book for themselves; the window receives; who leads sees when, not who."""

from domain.organisation import Role

_LEADS = "see_appointment U, open_times U"
_RECEIVES = f"{_LEADS}, change_appointment U, book_for U, receive U, see_visitor U"

EXPECTED = {
    Role.RESIDENT: "book X, see_appointment O, change_appointment O",
    Role.WINDOW_CLERK: _RECEIVES,
    Role.COMMUNITY_SECRETARY: _RECEIVES,
    Role.DISPATCHER: _RECEIVES,
    Role.ASSIGNED_LEADER: _LEADS,
    Role.STREET_LEADER: _LEADS,
}

"""Whoever has a matter works on it; each level sees what is below, and puts it right."""

from domain.organisation import Role

_WORK = """
    see A, see_reporter A, accept A, return A, contact A, ask A, note A, ask_help A, resolve A,
    see_part P, give_help P, refer A, report_sign U
"""
_LEAD = """
    accept A, return A, contact A, ask A, note A, ask_help A, resolve A,
    see ACUS, see_reporter ACUS, hand_over ACUS, triage ACUS, resort ACUS, reassign ACUS,
    instruct CUS, refer A, recall ACUS, see_part P, give_help P, report_sign U, overview U
"""
_OFFICER = "see A, accept A, note A, see_part P, give_help P, report_sign U"

EXPECTED = {
    Role.RESIDENT: "file X, support X, see O, add O, withdraw O, urge O, answer O, judge O",
    Role.GRID_WORKER: _WORK,
    Role.GRID_SECRETARY: _WORK
    + """, see AU, see_reporter AU, hand_over AU, triage AU, resort AU, recall AU, instruct U,
         overview U""",
    Role.WINDOW_CLERK: _WORK,
    Role.PARTY_OFFICER: _OFFICER,
    Role.RESIDENT_AFFAIRS_OFFICER: _OFFICER,
    Role.POLICE_OFFICER: _OFFICER,
    Role.COMMUNITY_SECRETARY: _LEAD + ", unseal AUS, merge AUS, split AUS, export_ledger U",
    Role.ASSIGNED_LEADER: _LEAD + ", export_ledger U",
    Role.DISPATCHER: _LEAD,
    # A dispute reaches the street's leadership when it climbs there, not before.
    Role.STREET_LEADER: _LEAD
    + """, see ACU, see_reporter AC, hand_over ACU, triage ACU, resort ACU, reassign ACU,
         recall ACU, instruct CU, export_ledger U""",
}

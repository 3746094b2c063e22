"""Whoever protects personal data sees who looked, and nothing of what they saw."""

from domain.organisation import Role

EXPECTED = {Role.DATA_PROTECTION_OFFICER: "read U"}

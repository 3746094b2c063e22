"""Every module with a table or a writer, so that nothing is registered by being imported somewhere.

A process that opens a database has imported all of them with `storage.migrate`.
"""

from types import ModuleType

from storage import (
    categories,
    conversations,
    copies,
    database,
    erasures,
    forgetting,
    numbers,
    outbox,
    reminders,
    send_pauses,
    session_rows,
    slots,
    supplements,
    work_calendars,
)
from storage.matters import alarms, followers, help_requests, lookup_codes, matters
from storage.posts import erasure as staff_erasure
from storage.registry import DECLARING
from storage.residents import erasure, linking
from storage.services import orders
from storage.visits import entries as visit_entries
from storage.visits import visits

MODULES: tuple[ModuleType, ...] = (
    *DECLARING,
    alarms,
    categories,
    conversations,
    copies,
    database,
    erasure,
    erasures,
    followers,
    forgetting,
    help_requests,
    linking,
    lookup_codes,
    matters,
    numbers,
    orders,
    outbox,
    reminders,
    send_pauses,
    session_rows,
    slots,
    staff_erasure,
    supplements,
    visit_entries,
    visits,
    work_calendars,
)

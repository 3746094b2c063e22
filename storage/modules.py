"""Every module with a table or a writer, so that nothing is registered by being imported somewhere.

A process that opens a database has imported all of them with `storage.migrate`.
"""

from types import ModuleType

from storage import (
    access_log,
    attachments,
    categories,
    chain,
    codes,
    conversations,
    copies,
    database,
    device_codes,
    drafts,
    erasures,
    forgetting,
    gathered_reminders,
    inbox,
    numbers,
    organisation,
    outbox,
    people,
    reminders,
    send_pauses,
    session_rows,
    switches,
)
from storage.broadcasts import broadcasts, public_notices
from storage.digests import digests
from storage.matters import alarms, followers, help_requests, lookup_codes, matters
from storage.posts import erasure as staff_erasure
from storage.residents import erasure, linking
from storage.tickets import tickets

MODULES: tuple[ModuleType, ...] = (
    access_log,
    alarms,
    attachments,
    broadcasts,
    categories,
    chain,
    codes,
    conversations,
    copies,
    database,
    device_codes,
    digests,
    drafts,
    erasure,
    erasures,
    followers,
    forgetting,
    gathered_reminders,
    help_requests,
    inbox,
    linking,
    lookup_codes,
    matters,
    numbers,
    organisation,
    outbox,
    people,
    public_notices,
    reminders,
    send_pauses,
    session_rows,
    staff_erasure,
    switches,
    tickets,
)

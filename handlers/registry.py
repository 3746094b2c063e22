"""Everything that can be done in chat: the one list of the features of this layer.

Where the order shows, this is it: of the buttons on a menu, and of what is asked first.
"""

from handlers import (
    access_log,
    conduct,
    first_words,
    menus,
    overview,
    rules,
    switches,
    text_messages,
    todo,
)
from handlers.broadcasts import broadcasts
from handlers.digests import digests
from handlers.enquiries import questions, thanks
from handlers.features import Features
from handlers.learning import corrections, learning
from handlers.matters import (
    assignments,
    danger,
    directing,
    disputes,
    helping,
    instructing,
    nearby,
    opinions,
    owed_cases,
    own_cases,
    referring,
    replies,
    requests,
    resorting,
    searching,
    sorting,
    splitting,
    urging,
)
from handlers.posts import own_data, posts, staff, windows
from handlers.registers import registers
from handlers.residents import arrival, community, linking, me, my_data, returning
from handlers.services import services
from handlers.tickets import tickets
from handlers.visits import visits

FEATURES = Features(
    (
        first_words.FEATURE,
        danger.FEATURE,
        sorting.FEATURE,
        requests.FEATURE,
        opinions.FEATURE,
        questions.FEATURE,
        thanks.FEATURE,
        todo.FEATURE,
        overview.FEATURE,
        owed_cases.FEATURE,
        helping.FEATURE,
        own_cases.FEATURE,
        urging.FEATURE,
        nearby.FEATURE,
        *services.RESIDENTS,
        my_data.FEATURE,
        me.FEATURE,
        community.FEATURE,
        *visits.RESIDENTS,
        linking.FEATURE,
        text_messages.FEATURE,
        *learning.FEATURES,
        returning.FEATURE,
        assignments.FEATURE,
        directing.FEATURE,
        splitting.FEATURE,
        resorting.FEATURE,
        referring.FEATURE,
        referring.RESIDENTS,
        searching.FEATURE,
        *replies.FEATURES,
        instructing.FEATURE,
        *digests.FEATURES,
        windows.FEATURE,
        *services.STAFF,
        *visits.STAFF,
        *disputes.FEATURES,
        *broadcasts.FEATURES,
        posts.FEATURE,
        staff.FEATURE,
        own_data.FEATURE,
        access_log.FEATURE,
        registers.FEATURE,
        rules.FEATURE,
        switches.FEATURE,
        *tickets.FEATURES,
        arrival.FEATURE,
        conduct.FEATURE,
        *corrections.FEATURES,
        *menus.FEATURES,
    )
)

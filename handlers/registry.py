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
    requests,
    searching,
    sorting,
    urging,
)
from handlers.posts import own_data, posts, staff, windows
from handlers.residents import arrival, community, linking, me, my_data, returning
from handlers.tickets import tickets
from handlers.visits import (
    door,
    family,
    keeping,
    needs,
    opening,
    owed,
    register,
    rounds,
    wishes,
)

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
        my_data.FEATURE,
        me.FEATURE,
        community.FEATURE,
        *family.FEATURES,
        linking.FEATURE,
        text_messages.FEATURE,
        returning.FEATURE,
        assignments.FEATURE,
        directing.FEATURE,
        searching.FEATURE,
        instructing.FEATURE,
        *digests.FEATURES,
        windows.FEATURE,
        *disputes.FEATURES,
        *broadcasts.FEATURES,
        opening.FEATURE,
        register.FEATURE,
        keeping.FEATURE,
        wishes.FEATURE,
        door.FEATURE,
        needs.FEATURE,
        rounds.FEATURE,
        owed.FEATURE,
        posts.FEATURE,
        staff.FEATURE,
        own_data.FEATURE,
        access_log.FEATURE,
        rules.FEATURE,
        switches.FEATURE,
        *tickets.FEATURES,
        arrival.FEATURE,
        conduct.FEATURE,
        *menus.FEATURES,
    )
)

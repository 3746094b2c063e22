"""What refusals cite, by name and article: the laws, and the office's own rules.

Source of the laws' wordings: ``laws.po``. A rule of the office says so, and is a local rule.
"""

from domain.messages import text

#: What a legal duty or the managing of one's own staff needs, is kept without a consent.
PIPL_13 = text("laws.pipl_13")
#: Sensitive personal information: only for a purpose that needs it, and under strict protection.
PIPL_28 = text("laws.pipl_28")
#: Who may handle personal information is set by their work.
PIPL_51 = text("laws.pipl_51")
#: Records of how personal information is handled are kept for three years at least.
PIPL_56 = text("laws.pipl_56")
#: Mediators keep what is private to the parties.
MEDIATION_15 = text("laws.mediation_15")

OFFICE_CONDUCT = text("laws.office_conduct")
OFFICE_WITHDRAWAL = text("laws.office_withdrawal")
OFFICE_POSTS = text("laws.office_posts")
OFFICE_RETURNS = text("laws.office_returns")
OFFICE_SUPPORTS = text("laws.office_supports")

"""What refusals cite: a place in a document, by name and article, or a rule of the office.

The documents stand in the configuration, with issuer, date and version. A rule of the office says
so, and is a local rule.
"""

from domain.messages import text
from domain.policies import Citation

#: What a legal duty or the managing of one's own staff needs, is kept without a consent.
PIPL_13 = Citation("pipl", "13", text("laws.pipl_13"))
#: Sensitive personal information: only for a purpose that needs it, and under strict protection.
PIPL_28 = Citation("pipl", "28", text("laws.pipl_28"))
#: Who may handle personal information is set by their work.
PIPL_51 = Citation("pipl", "51", text("laws.pipl_51"))
#: Records of how personal information is handled are kept for three years at least.
PIPL_56 = Citation("pipl", "56", text("laws.pipl_56"))
#: Mediators keep what is private to the parties.
MEDIATION_15 = Citation("mediation_law", "15", text("laws.mediation_15"))
#: Whoever agrees does so knowing what to, and of their own will.
PIPL_14 = Citation("pipl", "14", text("laws.pipl_14"))
#: A guardian acts for the ward.
CIVIL_CODE_34 = Citation("civil_code", "34", text("laws.civil_code_34"))
#: An authority in writing names the agent, what for, how far and until when, and is signed.
CIVIL_CODE_165 = Citation("civil_code", "165", text("laws.civil_code_165"))
#: A reliable electronic signature has the force of one by hand.
E_SIGNATURE_14 = Citation("e_signature_law", "13–14", text("laws.e_signature_14"))

#: Whoever does it for somebody works by slips, free of charge, with name, post and telephone known.
AGENCY_STANDARD = Citation("db3205_t_1077", says=text("laws.agency_standard"))
#: What is missing is said at once, and once.
TOLD_ONCE = Citation("service_standards_2022", says=text("laws.told_once"))

OFFICE_CONDUCT = text("laws.office_conduct")
OFFICE_WITHDRAWAL = text("laws.office_withdrawal")
OFFICE_POSTS = text("laws.office_posts")
OFFICE_RETURNS = text("laws.office_returns")
OFFICE_SUPPORTS = text("laws.office_supports")
OFFICE_URGING = text("laws.office_urging")

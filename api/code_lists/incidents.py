"""The lists that incidents use. Sections are those of the procedure."""

from api.code_lists.codes import Code, CodeList

PLACES = CodeList(
    "incident_place",
    "§6",
    "Where it happened.",
    (
        Code("home_visit", "On a home visit"),
        Code("office", "At an office"),
        Code("telephone", "On the telephone"),
        Code("message", "By message", "Letter, e-mail or text message."),
        Code("social_media", "On social media"),
        Code("court", "At court"),
        Code("school", "At a school"),
        Code("other", "Elsewhere"),
    ),
)

UNCOOPERATIVENESS_REASONS = CodeList(
    "uncooperativeness_reason",
    "§2",
    "Why a family may be uncooperative, as a practitioner or the family asserts. Never scored.",
    (
        Code("privacy_invaded", "Does not want its privacy invaded"),
        Code("something_to_hide", "Has something to hide"),
        Code("refuses_to_believe_problem", "Refuses to believe that there is a problem"),
        Code("resents_outside_interference", "Resents outside interference"),
        Code("cultural_differences", "Cultural differences"),
        Code("lacks_understanding_of_expectations", "Does not understand what is expected"),
        Code("poor_previous_experience", "Poor previous experience of practitioners"),
        Code("resents_staff_changes", "Resents staff changes"),
        Code("dislikes_or_fears_authority", "Dislikes or fears authority"),
        Code("fears_children_taken_away", "Fears that the children will be taken away"),
        Code(
            "fears_being_judged_poor_parent",
            "Fears being judged a poor parent",
            "Because of substance misuse or mental health.",
        ),
        Code(
            "nothing_left_to_lose",
            "Has nothing left to lose",
            "Such as where the children have been removed already.",
        ),
    ),
)

CHILD_RESPONSES = CodeList(
    "child_response",
    "§3",
    "How the child responds to hostility around it.",
    (
        Code("hostage_like", "Hostage-like"),
        Code("desensitised_to_violence", "Desensitised to violence"),
        Code("appeases_and_minimises", "Appeases and minimises", "Such as by always smiling."),
        Code("too_frightened_to_tell", "Too frightened to tell"),
        Code("identifies_with_aggressor", "Identifies with the aggressor"),
    ),
)

HATE_ELEMENTS = CodeList(
    "hate_element",
    "§6",
    "What the behaviour was aimed at in a person.",
    (
        Code("race", "Race"),
        Code("religion", "Religion"),
        Code("disability", "Disability"),
        Code("sexual_orientation", "Sexual orientation"),
        Code("gender", "Gender"),
        Code("transgender_identity", "Transgender identity"),
        Code("other", "Another element"),
    ),
)

BEYOND_WORK = CodeList(
    "threat_beyond_work",
    "§6",
    "Where a threat reaches into life outside work. Never where that is.",
    (
        Code("home", "The practitioner's home"),
        Code("family", "The practitioner's family"),
        Code("vehicle", "The practitioner's car"),
        Code("followed", "Followed on the way"),
        Code("social_media", "The practitioner's own social media"),
        Code("other", "Otherwise"),
    ),
)

NOT_SHARED_REASONS = CodeList(
    "not_shared_reason",
    "§4",
    "Why an incident is not shared with an agency that is involved.",
    (
        Code(
            "more_detrimental_to_child",
            "Sharing would harm the child more than not sharing",
            "The test of the Children Act 2004, section 16LA(3).",
        ),
        Code(
            "no_relevant_function",
            "It would help no relevant function of the agency",
            "The Children Act 2004, section 16LA(2).",
        ),
        Code(
            "no_contact_likely",
            "Nobody of the agency is likely to meet the person",
            "Clift v Slough BC [2010] EWCA Civ 1484.",
        ),
        Code("source_at_risk", "It would put the person who told of it at risk"),
        Code("police_request", "The police have asked that it is not shared for now"),
        Code("known_to_agency", "The agency was there, or has recorded it itself"),
        Code("other", "Another reason", "Rests on the text alone."),
    ),
)

ALL = (
    PLACES,
    UNCOOPERATIVENESS_REASONS,
    CHILD_RESPONSES,
    HATE_ELEMENTS,
    BEYOND_WORK,
    NOT_SHARED_REASONS,
)

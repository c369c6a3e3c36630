"""The lists that reflections use: what practitioners consider in their own work (procedure §3)."""

from api.code_lists.codes import Code, CodeList

COLLUSION_SIGNS = CodeList(
    "collusion_sign",
    "§3",
    "Signs of colluding with the parents. For one's own reflection: private, and never scored.",
    (
        Code("remote_contact_instead_of_visits", "Remote contact instead of visits"),
        Code("parents_version_accepted", "The parent's version accepted without evidence"),
        Code("less_contentious_issues", "Less contentious issues", "Such as benefits or housing."),
        Code("house_not_looked_round", "Not asked to look round the house"),
        Code("food_not_looked_at", "Not looked how much food there is"),
        Code("sleeping_place_not_seen", "Not seen where the child sleeps"),
        Code("parents_needs_not_childs", "The parent's needs, not the child's"),
        Code("child_not_asked_to_be_seen_alone", "Not asked to see the child alone"),
        Code("behaviour_changed_to_avoid_conflict", "Behaviour changed to avoid conflict"),
        Code("negative_information_filtered", "Negative information filtered or minimised"),
        Code(
            "undue_weight_on_positive",
            "Undue weight on positive information",
            "The rule of optimism.",
        ),
        Code("fear_of_confronting", "Fear of confronting the family about concerns"),
        Code(
            "worries_kept_quiet",
            "Worries kept quiet",
            "Not shared with others in the network, or with managers.",
        ),
    ),
)

SELF_QUESTIONS = CodeList(
    "self_question",
    "§3",
    "What practitioners ask themselves. Private, and never scored.",
    (
        Code("relieved_when_nobody_answers", "Relieved when nobody answers the door?"),
        Code("relieved_out_of_the_door", "Relieved to be out of the door again?"),
        Code("usual_said_asked_and_done", "Said, asked and did what one usually would?"),
        Code("key_people_identified_and_seen", "Identified and saw the key people?"),
        Code("others_living_there_observed", "Observed evidence of others living there?"),
        Code(
            "only_one_high_need_adult",
            "Works with one high-need adult only?",
            "Rather than with both parents, even where the other is a perpetrator of abuse.",
        ),
    ),
)

ALL = (COLLUSION_SIGNS, SELF_QUESTIONS)

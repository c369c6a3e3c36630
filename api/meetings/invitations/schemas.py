"""Request bodies of invitations to meetings."""

from pydantic import ConfigDict, Field

from api.agencies.schemas import ByWhom
from api.foundation.schemas import Narrative, RequestBody
from api.meetings.schemas import InvitedBody


class InviteToMeeting(InvitedBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "agency_id": "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11",
                    "reason": "Was called to the home in June.",
                }
            ]
        }
    )

    practitioner: ByWhom = None


class WithdrawMeetingInvitation(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The family does not know this agency."}]}
    )

    reason: Narrative = Field(
        description="Why it is not to come. Kept with the step, which the agency does not read."
    )
    practitioner: ByWhom = None

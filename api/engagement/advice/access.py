"""Expert advice is read by every agency involved: see `api.engagement.access`."""

from api.engagement.access import register_record
from api.engagement.advice.models import ExpertAdvice

NAME = "expert_advice"

register_record(NAME, "/v1/expert-advice", ExpertAdvice)

"""Every operation shows a real answer, recorded from the service, that fits its own schema."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from api.foundation.openapi import EXAMPLES_FILE
from tests.conformance.routes import APP, OPERATIONS, Operation

EXAMPLES: dict[str, Any] = json.loads(EXAMPLES_FILE.read_text())
ANSWERING_JSON = [
    each for each in OPERATIONS if each.documented and each.response_model is not None
]


@pytest.mark.parametrize("operation", ANSWERING_JSON, ids=str)
def test_the_recorded_answer_fits_the_documented_schema(operation: Operation) -> None:
    assert operation.name in EXAMPLES, "record it: make openapi"
    TypeAdapter(operation.response_model).validate_json(json.dumps(EXAMPLES[operation.name]))


@pytest.mark.parametrize("operation", ANSWERING_JSON, ids=str)
def test_the_document_shows_it(operation: Operation) -> None:
    documented = APP.openapi()["paths"][operation.path][operation.method.lower()]
    content = documented["responses"][str(operation.status)]["content"]["application/json"]
    assert content["example"] == EXAMPLES[operation.name]


def test_no_example_is_of_an_operation_that_is_gone() -> None:
    assert EXAMPLES.keys() <= {each.name for each in OPERATIONS}

"""What a list of codes is: code, label, definition, and the section of the procedure."""

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Code:
    code: str
    label: str
    definition: str = ""
    retired: bool = False


@dataclass(frozen=True)
class CodeList:
    name: str
    section: str
    description: str
    codes: tuple[Code, ...]

    @property
    def accepted(self) -> frozenset[str]:
        """The codes a new record may use."""
        return frozenset(each.code for each in self.codes if not each.retired)

    @cached_property
    def _labelled(self) -> dict[str, dict[str, str]]:
        return {each.code: {"code": each.code, "label": each.label} for each in self.codes}

    def labelled(self, code: str) -> dict[str, str]:
        """The code with its label; with itself where the list does not have it."""
        return self._labelled.get(code) or {"code": code, "label": code}

    def label(self, code: str) -> str:
        return self.labelled(code)["label"]

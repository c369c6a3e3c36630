"""Columns that hold ciphertexts: what each is bound to, and under which keys they are."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, cast

from sqlalchemy import Column, LargeBinary, MetaData, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeDecorator

from api.foundation.crypto import KEY_ID_BYTES

BATCH = 500


class Sealed(TypeDecorator[bytes]):
    """A ciphertext of `Keyring`. `row` is what it is bound to, made of columns of its row."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, row: str) -> None:
        super().__init__()
        self.row = row


def row_of(column: InstrumentedAttribute[bytes], **values: object) -> str:
    """What a ciphertext of this column is bound to, in the row that has these values."""
    return cast(Sealed, column.type).row.format(**values)


@dataclass(frozen=True)
class SealedColumn:
    """A column of ciphertexts, with the columns that tell its rows apart."""

    column: Column[Any]

    @property
    def name(self) -> str:
        return f"{self.column.table.name}.{self.column.name}"

    @property
    def primary_key(self) -> list[Column[Any]]:
        return list(self.column.table.primary_key)

    @property
    def bound_to(self) -> list[Column[Any]]:
        parts = Formatter().parse(self._row)
        return [self.column.table.c[name] for _, name, _, _ in parts if name]

    def row_of(self, values: Mapping[Any, Any]) -> str:
        """What the ciphertext is bound to, in a row by its columns."""
        return self._row.format(**{each.name: values[each] for each in self.bound_to})

    @property
    def _row(self) -> str:
        return cast(Sealed, self.column.type).row


def sealed_columns(metadata: MetaData) -> list[SealedColumn]:
    columns = (column for table in metadata.sorted_tables for column in table.columns)
    return [SealedColumn(each) for each in columns if isinstance(each.type, Sealed)]


async def count_by_key(session: AsyncSession, sealed: SealedColumn) -> Counter[bytes]:
    """How many ciphertexts are under which key, by its id."""
    counted: Counter[bytes] = Counter()
    async for batch in batches(session, sealed):
        counted.update(batch.values())
    return counted


async def batches(
    session: AsyncSession, sealed: SealedColumn
) -> AsyncIterator[dict[tuple[Any, ...], bytes]]:
    """Every row by its primary key, with the id of the key it is under; no statement reads more
    than a batch, and each is a transaction of its own."""
    key_id = func.substring(sealed.column, 1, KEY_ID_BYTES, type_=LargeBinary)
    primary_key = sealed.primary_key
    query = select(*primary_key, key_id).order_by(*primary_key).limit(BATCH)
    after = query
    while rows := (await session.execute(after)).all():
        await session.commit()
        yield {tuple(row[:-1]): row[-1] for row in rows}
        after = query.where(tuple_(*primary_key) > tuple(rows[-1][:-1]))
    await session.commit()

"""Pydantic models of all kinds, whose schemas people hand in as a function's parameters."""

import enum
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AnyUrl, BaseModel, ConfigDict, Field, JsonValue, RootModel

__all__ = ["MODELS"]


class Unit(enum.Enum):
    METRIC = "metric"
    IMPERIAL = "imperial"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Inner(BaseModel):
    """Something inside."""

    name: str = Field(description="Its name", min_length=1, max_length=40)
    level: Level = Level.LOW


class Everyday(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str
    maybe: int | None = None
    either: int | str | None = None
    unit: Unit = Unit.METRIC
    literal: Literal["a", "b", 3, None] = "a"
    many: list[Inner] = []
    one: Annotated[Inner | None, Field(description="One of them")] = None
    by_name: dict[str, Inner] = {}
    anything: Any = None
    free: dict[str, Any] = {}
    value: JsonValue = None
    pair: tuple[int, str] = (1, "a")
    endless: tuple[int, ...] = ()
    several: set[str] = set()
    flags: frozenset[Unit] = frozenset()


class Formats(BaseModel):
    day: date
    moment: datetime
    length: timedelta
    price: Annotated[Decimal, Field(gt=0, decimal_places=2)]
    id: UUID
    page: AnyUrl
    digits: Annotated[str, Field(pattern=r"^\d+$")]
    raw: bytes
    share: Annotated[float, Field(ge=0, le=1, multiple_of=0.25)]


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    friends: list["Pet"] = []


class Pet(BaseModel):
    animal: Cat | Dog = Field(discriminator="kind")


class Tree(BaseModel):
    name: str
    children: list["Tree"] = []
    parent: "Tree | None" = None


class Listed(BaseModel):
    rows: RootModel[list[list[float]]]


MODELS: list[type[BaseModel]] = [Everyday, Formats, Dog, Pet, Tree, Listed]

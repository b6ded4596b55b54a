"""Three domains with words, units and field names of their own, and requests made from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """The words of a domain; the ``*_key`` are field names its JSON uses."""

    name: str
    noun: str
    entity_key: str
    items_key: str
    name_key: str
    count_key: str
    value_key: str
    limit_key: str
    unit: str
    entities: tuple[str, ...]
    goods: tuple[str, ...]
    low: float
    high: float

    @property
    def fields(self) -> str:
        """The field names as instructions list them."""
        item = f"{self.name_key}, {self.count_key}, {self.value_key}"
        return f"{self.entity_key}, {self.items_key} ({item}), {self.limit_key}"


PURCHASING = Domain(
    name="purchasing",
    noun="Order",
    entity_key="supplier",
    items_key="lines",
    name_key="article",
    count_key="pieces",
    value_key="price",
    limit_key="budget",
    unit="EUR",
    entities=("Alder Works", "Brightwater Tools", "Cobalt Supply", "Dunmore Trading"),
    goods=("cable drum", "desk lamp", "steel bolt", "work glove", "paint roller", "hand pump"),
    low=4.0,
    high=180.0,
)
PHARMACY = Domain(
    name="pharmacy",
    noun="Requisition",
    entity_key="ward",
    items_key="medicines",
    name_key="substance",
    count_key="packs",
    value_key="dose",
    limit_key="ceiling",
    unit="mg",
    entities=("Ward East", "Ward Harbour", "Ward Linden", "Ward North"),
    goods=("test syrup", "saline", "zinc tablet", "iron drops", "fever powder", "eye wash"),
    low=5.0,
    high=400.0,
)
FREIGHT = Domain(
    name="freight",
    noun="Consignment",
    entity_key="carrier",
    items_key="loads",
    name_key="goods",
    count_key="crates",
    value_key="weight",
    limit_key="capacity",
    unit="kg",
    entities=("Estuary Lines", "Fell Haulage", "Granite Freight", "Hollow Road"),
    goods=("roof tile", "engine part", "apple crate", "glass pane", "wool bale", "salt sack"),
    low=12.0,
    high=260.0,
)
DOMAINS = {domain.name: domain for domain in (PURCHASING, PHARMACY, FREIGHT)}


@dataclass(frozen=True, slots=True)
class Request:
    """A pipeline input: its domain's name and its text."""

    domain: str
    text: str


def make_request(domain: Domain, seed: int) -> Request:
    """A request of that domain with 3 to 5 items, different for every seed."""
    random = Random(f"{domain.name} {seed}")
    goods = random.sample(domain.goods, random.randint(3, 5))
    items = [(g, random.randint(2, 9), _value(domain, random)) for g in goods]
    total = sum(count * value for _, count, value in items)
    limit = round(total * random.choice((0.6, 0.9, 1.3, 1.8)))
    lines = "; ".join(f"{count} x {name} at {value} {domain.unit}" for name, count, value in items)
    month, day = random.randint(1, 9), random.randint(10, 28)
    text = (
        f"{domain.noun} {random.randint(2000, 9999)} from {random.choice(domain.entities)} "
        f"on 2025-0{month}-{day}. Items: {lines}. The {domain.limit_key} is {limit} {domain.unit}. "
        f"Handling: {random.choice(('standard', 'express'))}."
    )
    return Request(domain.name, text)


def _value(domain: Domain, random: Random) -> float:
    return round(random.uniform(domain.low, domain.high), 2)


@dataclass(frozen=True, slots=True)
class Document:
    """A reference document: the factor that applies to an entity; ``valid_until`` "" = in force."""

    entity: str
    version: str
    factor: float
    valid_until: str

    @property
    def text(self) -> str:
        """The document in words."""
        return f"Terms {self.version} for {self.entity}: the factor is {self.factor}."


def documents(domain: Domain) -> list[Document]:
    """Two versions for each entity, the one in force first."""
    random = Random(domain.name)
    made = []
    for entity in domain.entities:
        now = round(random.uniform(1.02, 1.4), 2)
        made.append(Document(entity, "2025", now, ""))
        made.append(Document(entity, "2022", round(now - 0.17, 2), "2024-12-31"))
    return made

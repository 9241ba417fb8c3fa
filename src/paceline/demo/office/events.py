"""What visitors do, noted page by page. Mistake `leak` lives here; every event is also written to an index too many."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from paceline.demo import mistakes, schema
from paceline.demo.state import Answer, AnyId, Session, ShopOf

router = APIRouter(prefix="/events", tags=["events"])

MOST_KEPT_BYTES = 200_000_000
"""Where the leak ends, so that the demo survives it."""

LAST = 1_000

STEP_BYTES = 580
"""What a step takes as an object; measured with tracemalloc on Python 3.11."""


class Step(BaseModel):
    """One thing that somebody did on a page."""

    at_ms: Annotated[int, Field(ge=0, le=86_400_000)]
    did: Literal["scroll", "hover", "click", "type", "leave"]
    where: Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00]*$")] = ""


class Event(BaseModel):
    """One page that was seen."""

    kind: Literal["view", "search", "cart", "checkout", "login"]
    product_id: AnyId | None = None
    customer_id: AnyId | None = None
    steps: Annotated[list[Step], Field(max_length=1_000)]


@dataclass(slots=True)
class Evening:
    """Events as they came, for a report that is made in the evening; nobody ever takes them out: the mistake."""

    events: list[Event] = field(default_factory=list["Event"])
    steps: int = 0

    def keep(self, event: Event) -> None:
        """Keep an event, unless there is no room left."""
        if (self.steps + len(event.steps)) * STEP_BYTES <= MOST_KEPT_BYTES:
            self.events.append(event)
            self.steps += len(event.steps)


evening = Evening()
last: deque[tuple[str, int]] = deque(maxlen=LAST)
"""Kind and length of the last events: all that such a report would need."""


@router.post("", status_code=202)
async def note(event: Event, shop: ShopOf, session: Session) -> Answer:
    """Note a page view, with how long it took; the steps themselves are not kept in the table."""
    seen_ms = event.steps[-1].at_ms if event.steps else 0
    session.add(
        schema.Event(
            kind=event.kind,
            product_id=event.product_id,
            customer_id=event.customer_id,
            payload={"steps": len(event.steps), "seen_ms": seen_ms},
        )
    )
    await session.commit()
    if shop.options.has(mistakes.LEAK):
        evening.keep(event)
    else:
        last.append((event.kind, seen_ms))
    return {"noted": True}

"""What the handlers share."""

from __future__ import annotations

import asyncio

from paceline.demo import state


def test_an_answer_is_computed_once_for_all_who_ask_meanwhile():
    async def story():
        kept, computed = state.KeptAnswer(), []

        async def compute():
            computed.append(1)
            await asyncio.sleep(0)
            return {"number": len(computed)}

        answers = await asyncio.gather(*(kept.get(compute, keep_s=60) for _ in range(20)))
        assert answers == [{"number": 1}] * 20

    asyncio.run(story())


def test_an_answer_whose_time_is_over_is_computed_anew():
    async def story():
        kept, computed = state.KeptAnswer(), []

        async def compute():
            computed.append(1)
            return {"number": len(computed)}

        assert await kept.get(compute, keep_s=0) == {"number": 1}
        assert await kept.get(compute, keep_s=0) == {"number": 2}

    asyncio.run(story())

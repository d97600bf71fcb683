"""Background tasks of a server end with it."""

import asyncio

from arb_pipeline.api.background import ended


def test_a_task_that_drops_a_cancellation_is_cancelled_again():
    heard: list[str] = []

    async def deaf_once() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                heard.append("cancelled")
                if len(heard) > 1:
                    raise

    async def work() -> None:
        tasks = [asyncio.create_task(deaf_once())]
        await asyncio.sleep(0)
        await asyncio.wait_for(ended(tasks), timeout=10)
        assert tasks[0].cancelled()

    asyncio.run(work())

    assert heard == ["cancelled", "cancelled"]

"""These stories run on the gateway's own event loop."""

from tests.real_loop import it_is_noon, pages_may_be_silent, pytest_asyncio_loop_factories

__all__ = ["it_is_noon", "pages_may_be_silent", "pytest_asyncio_loop_factories"]

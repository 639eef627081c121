"""The triage page: server-rendered, live by htmx, readable and usable without scripts."""

from service.web.router import page_router, unknown_page

__all__ = ["page_router", "unknown_page"]

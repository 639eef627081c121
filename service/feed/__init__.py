"""The feed: everything the API and the page ask of the store, and everything people decide there."""

from service.feed.cursors import BadCursorError
from service.feed.feed import Feed
from service.feed.filters import EventFilter, Filter, Page, Sort

__all__ = ["BadCursorError", "EventFilter", "Feed", "Filter", "Page", "Sort"]

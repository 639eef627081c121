"""Pollers: what has to be fetched, because it is not sent, or was lost on its way."""

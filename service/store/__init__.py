"""The store: the only SQL about events scored and incidents found."""

"""Migrations: how the tables of one version became those of the next. A new one: see `__main__`."""

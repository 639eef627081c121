"""The command line, and the one place where all parts are wired."""

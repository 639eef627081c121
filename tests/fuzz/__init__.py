"""Everything that reads what others wrote, fed with what nobody should write; `make fuzz` does it for minutes."""

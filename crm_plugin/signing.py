"""See design: written next."""

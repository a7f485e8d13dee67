"""How sure we are: intervals for shares and means."""

"""Worlds for the ranking bench: something befalls households, departments see traces of it late and in part, and much of
what they see is harmless.  Whether a household is in need follows from what no feed holds: what it really earns, what it has
put by, and whether kin help."""

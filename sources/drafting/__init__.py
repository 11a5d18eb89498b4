"""A contract drafted from a sample: what the file shows is filled in, what only a person knows is left as a question."""

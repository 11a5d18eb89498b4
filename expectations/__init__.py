"""WHAT WE ACCEPT: checks derived from each contract, the gate that runs them, and where every row then stands."""

"""Invented feeds whose months are noisy but clean, and what can go wrong with a month.  All rates are our own invention."""

"""Figures, never tests: each command prints ratios against a baseline measured in the same run."""

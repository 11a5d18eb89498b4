"""Tests of casework/."""

"""What became of it: answers of visitors, cases and their clocks, what is asked once only, what the office learns."""

"""What is seen of a call from outside: its report, its line in the log, and who follows it."""

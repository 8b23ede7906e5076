"""What callers pass in, checked before anything is sent: arguments, options, headers, findings."""

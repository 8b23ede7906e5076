"""What reading a streamed answer costs: time for each event, memory, the first chunk's delay."""

"""What a stream reads from: an answer's body, raw or decoded, and the turn that hydrates it."""

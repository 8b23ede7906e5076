"""What the facade's tests stand on: turns taken side by side, waiting, canned streams."""

"""Records calls, redacted, and replays them; ``liminal.testing`` exports ``Recorder``."""

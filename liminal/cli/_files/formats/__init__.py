"""The formats of files: where their texts are, and how these are written. The rest is kept."""

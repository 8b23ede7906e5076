"""The file formats: each finds the texts, writes them again, and keeps everything else."""

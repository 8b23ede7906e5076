"""Parts of bulk runs: rate, journal, bars, threads, pieces of long texts, Recipe and Cleanser."""

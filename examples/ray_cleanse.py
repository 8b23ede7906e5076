"""Cleanse a column of a Ray dataset in two actors, and print its first rows.

Each actor signs in by itself, with the environment variable LIMINAL_TOKEN.
"""

import os

import ray

from liminal.bulk import Cleanser, Recipe

try:
    API_SERVER_URL = os.environ["LIMINAL_API_SERVER_URL"]
    MODEL_INSTANCE_NAME = os.environ["MODEL_INSTANCE_NAME"]
except KeyError as missing:
    raise SystemExit(f"Set {missing} in the environment") from None

WORKERS = 2
LETTERS = [{"letter": f"Write to Ada Lovelace, {number}"} for number in range(100)]


def main() -> None:
    """Cleanse the letters."""
    ray.init(include_dashboard=False)
    cleansed = ray.data.from_items(LETTERS).map_batches(
        Cleanser,
        fn_constructor_args=(Recipe(API_SERVER_URL, deadline=60), MODEL_INSTANCE_NAME, ["letter"]),
        fn_constructor_kwargs={"workers": WORKERS, "errors": "problem"},
        concurrency=WORKERS,
        num_cpus=0.25,  # an actor mostly waits; whole CPUs would leave none for reading
        batch_size=25,
        batch_format="pyarrow",
    )
    found = cleansed.take_all()
    print(sorted(row["letter"] for row in found)[:3])
    print(f"{len(found)} letters, {sum(row['problem'] is not None for row in found)} problems")


if __name__ == "__main__":
    main()

"""Scripts for maintainers. None of them is part of the package."""

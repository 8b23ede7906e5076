"""Cleanses files: finds them, reads their texts, and writes the results.

``finding`` lists files, ``planning`` reads each once, ``running`` sends the texts and writes,
``placing`` publishes whole results only. A format knows where the texts of its files are and how
they are written; it has a module each, and touches nothing else in a file.
"""

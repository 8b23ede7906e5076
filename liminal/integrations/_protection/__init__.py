"""What protects a model's API, whatever library calls it: JSON in, JSON out.

``fields`` says what each field of a request is, ``outgoing`` cleanses a request, ``envelope``
checks what it has besides its body, ``incoming`` and ``events`` hydrate what comes back. They are
generators that yield what has to be asked of Liminal and are sent the answer (``steps``), so that
one source serves blocking and asynchronous clients.
"""

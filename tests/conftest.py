"""Put ``tests/`` on the import path, so that tests share the ``simulation`` package."""

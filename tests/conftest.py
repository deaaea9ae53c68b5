"""Put ``tests/`` on the import path, so that tests share the ``simulation`` package and its places."""

pytest_plugins = ["simulation.places"]

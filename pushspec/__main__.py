"""``python -m pushspec`` is the same as ``pushspec``."""

from pushspec.cli.main import main

main()

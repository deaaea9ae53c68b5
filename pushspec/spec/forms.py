"""The forms of names: as patterns for machines, and in words for people."""

from __future__ import annotations

NAME = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"
ENVIRONMENT_NAME = r"^[a-z0-9][a-z0-9_-]{0,39}$"
VARIABLE_NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"

IN_WORDS = {
    NAME: "a name of a-z, 0-9 and -, such as spring-sale",
    ENVIRONMENT_NAME: "a name of a-z, 0-9, _ and -, up to 40 characters, such as prod",
    VARIABLE_NAME: "the name of an environment variable, such as TIM_SECRET_KEY",
    r"\S": "a text that says something",
}
"""What each pattern asks for."""

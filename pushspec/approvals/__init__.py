"""Who agreed to which bytes: statements, signatures, the people who may sign, and how they are counted."""

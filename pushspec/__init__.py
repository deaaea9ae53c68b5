"""Push as code: reviewed campaign files become pushes that are sent once."""

__version__ = "0.1.0"

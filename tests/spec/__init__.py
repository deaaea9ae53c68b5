"""Tests of what people write: YAML, templates, models, rules, schemas."""

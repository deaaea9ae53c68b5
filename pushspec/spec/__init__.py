"""What people write: YAML with places, templates, campaign and project models, schema."""

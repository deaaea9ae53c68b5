"""Every rule the vendor states about a body, one module a concern; each fault has its documented code."""

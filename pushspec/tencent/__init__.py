"""The service's own language: endpoints, bodies, messages, limits, codes, signature, client."""

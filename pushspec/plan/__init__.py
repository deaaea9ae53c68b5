"""Campaigns and lockfile become the exact calls, their cost, and what stands in their way."""

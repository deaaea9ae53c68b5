"""Turn campaigns and lockfile into the exact calls, their cost, and what blocks them."""

"""What each endpoint does once access has been checked, one module a family."""

"""What listens: the receiver of the service's callbacks, and the stores that keep what it acknowledged."""

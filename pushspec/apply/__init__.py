"""Carry out a plan: the engine, its pace, and the meaning of an answer."""

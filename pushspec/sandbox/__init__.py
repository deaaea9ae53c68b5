"""The service on this machine, its checks written from the vendor's facts."""

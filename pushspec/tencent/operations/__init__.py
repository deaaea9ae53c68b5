"""What the service does besides sending: each module asks for one area and reads the answers strictly."""

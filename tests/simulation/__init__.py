"""The real engine in a made-up world: virtual time, scripted or faulty services, lockfiles in memory."""

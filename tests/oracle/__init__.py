"""An independent judge of what arrives; it reads the files itself and shares no code with pushspec."""

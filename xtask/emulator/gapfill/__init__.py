"""What MiniStack 1.5.33 lacks of AWS, one module per service. Each `install()` patches the running emulator once."""

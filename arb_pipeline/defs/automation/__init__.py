"""What runs by itself: schedules, sensors of what has happened, upkeep."""

"""What templates need to show numbers, times and drawings."""

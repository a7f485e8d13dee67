"""Asks, times, judges, reports. Trusted; opens boxes only through `harness`."""

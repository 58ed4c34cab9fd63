"""Benchmarks: commands that print what the README claims. They are not tests."""

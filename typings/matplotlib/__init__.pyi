"""The few parts of matplotlib that fdnn and its tests use, with the types of their keywords."""

"""The few parts of Thinc that fdnn is compared with."""
